import { decideAccess } from '../../policies/evaluator/decide-access.ts';
import type { AccessQuestion } from '../../policies/evaluator/decide-access.ts';
import type { NamedPolicy } from '../../policies/evaluator/decide-iam.ts';
import { iamRequestsOf } from '../../policies/evaluator/iam-requests.ts';
import type { IamCallContext } from '../../policies/evaluator/iam-requests.ts';
import type { Authorizer, Identity } from '../s3/authorizer.ts';
import type { AwsAccount } from './account.ts';
import { roleArn } from './arns.ts';
import { findCaller, questionOf } from './caller.ts';
import type { Caller, NoCaller } from './caller.ts';
import { globalContext } from './request-context.ts';

export type AwsCaller = Identity & Caller;

export interface AwsAuthorizerOptions {
  /** The text of a bucket's policy, where it has one; it was checked when it was put. */
  readonly resourcePolicyOf?: (bucket: string) => string | undefined;
}

/** S3's own words (S3 API reference, "Error responses"). */
const refusals = {
  'unknown-key': {
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'The AWS Access Key Id you provided does not exist in our records.',
  },
  'invalid-token': {
    status: 400,
    code: 'InvalidToken',
    message: 'The provided token is malformed or otherwise invalid.',
  },
  'expired-token': { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' },
} as const satisfies Record<NoCaller, unknown>;

/**
 * Decides the requests at S3 by the policies of who signs, within boundary and session, and by the bucket's policy. The
 * account owns every bucket; an anonymous caller may do what a bucket policy allows everyone.
 */
export function awsAuthorizer(
  account: AwsAccount,
  { resourcePolicyOf = () => undefined }: AwsAuthorizerOptions = {},
): Authorizer<AwsCaller> {
  const bucketPolicy = (bucket: string | undefined): NamedPolicy | undefined => {
    const document = bucket === undefined ? undefined : resourcePolicyOf(bucket);
    if (document === undefined) return undefined;
    return { name: 'bucket policy', policy: account.parsePolicy(document, 'resource') };
  };

  /** The policy that a key has unless its owner says otherwise: it leaves all to IAM (KMS Developer Guide, "Default key policy"). */
  const keyPolicy = (key: string): NamedPolicy => {
    const Principal = { AWS: `arn:aws:iam::${accountOf(key)}:root` };
    const Statement = [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }];
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    return { name: 'default key policy', policy: account.parsePolicy(document, 'resource') };
  };

  return {
    identify(presented, now) {
      const caller = findCaller(account, presented, now);
      return typeof caller === 'string' ? { refused: refusals[caller] } : { ...caller, principal: caller.arn };
    },

    authorize(caller, request, now) {
      const { accountId, region } = account;
      const { secure, sourceIp } = request;
      const common = caller && globalContext({ caller, accountId, region, secure, sourceIp, now });
      const question = caller ? questionOf(caller) : anonymousQuestion;
      const decisions = iamRequestsOf(request, callOf(caller, accountId)).map((needed) => {
        const isKey = needed.action.startsWith('kms:');
        const resourcePolicy = isKey ? keyPolicy(needed.resource) : bucketPolicy(bucketOf(needed.resource));
        return decideAccess({
          ...question,
          // What the account knows of the caller goes before what the map of S3's calls makes of it.
          request: { ...needed, context: { ...needed.context, ...common } },
          resourceAccountId: isKey ? accountOf(needed.resource) : accountId,
          ...(resourcePolicy && { resourcePolicy }),
        });
      });
      return (
        decisions.find(({ verdict }) => verdict === 'explicitly-denied') ??
        decisions.find(({ verdict }) => verdict === 'implicitly-denied') ??
        decisions[0] ?? { verdict: 'implicitly-denied', because: 'the call maps to no IAM action' }
      );
    },

    used({ accessKeyId }, now) {
      account.recordUse(accessKeyId, { date: now.toISOString(), serviceName: 's3', region: account.region });
    },
  };
}

const anonymousQuestion: Omit<AccessQuestion, 'request'> = {
  caller: { accountId: '', arns: [], kind: 'anonymous' },
  identityPolicies: [],
};

function callOf(caller: Caller | undefined, accountId: string): IamCallContext {
  const common = { partition: 'aws' as const, accountId };
  if (caller === undefined) return common;
  const { arn, entity } = caller;
  if (entity.kind === 'role') return { ...common, principalArn: roleArn(accountId, entity.role) };
  return { ...common, principalArn: arn, userName: entity.user.userName };
}

/** `arn:aws:kms:REGION:ACCOUNT:key/ID`. */
function accountOf(key: string): string {
  return key.split(':')[4] ?? '';
}

/** `arn:aws:s3:::BUCKET` or `arn:aws:s3:::BUCKET/KEY`. */
function bucketOf(resource: string): string | undefined {
  return resource.split(':')[5]?.split('/')[0];
}
