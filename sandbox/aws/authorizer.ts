import { decideEveryIam } from '../../policies/evaluator/decide-iam.ts';
import { iamRequestsOf } from '../../policies/evaluator/iam-requests.ts';
import type { Authorizer, Identity } from '../s3/authorizer.ts';
import type { KeyHolder } from './account-index.ts';
import type { AwsAccount } from './account.ts';
import { globalContext } from './request-context.ts';

export interface AwsCaller extends Identity {
  readonly accessKeyId: string;
  readonly holder: KeyHolder;
}

/** S3's own words (S3 API reference, "Error responses"). */
const refusals = {
  unknownKey: {
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'The AWS Access Key Id you provided does not exist in our records.',
  },
  sessionToken: {
    status: 400,
    code: 'InvalidToken',
    message: 'The provided token is malformed or otherwise invalid.',
  },
} as const;

/**
 * Decides the requests at S3 by the inline policies of the user who signs. The account owns every bucket; an anonymous
 * caller has no policies and may do nothing.
 */
export function awsAuthorizer(account: AwsAccount): Authorizer<AwsCaller> {
  return {
    identify({ accessKeyId, sessionToken }) {
      const holder = account.holder(accessKeyId);
      if (holder?.accessKey.status !== 'Active') return { refused: refusals.unknownKey };
      // Session tokens come with roles, which this account does not have: none can be valid.
      if (sessionToken !== undefined) return { refused: refusals.sessionToken };
      return { principal: holder.arn, secretAccessKey: holder.accessKey.secretAccessKey, accessKeyId, holder };
    },

    authorize(caller, request, now) {
      if (caller === undefined) {
        return { verdict: 'implicitly-denied', because: 'the request is anonymous, and no bucket policy allows it' };
      }
      const { accountId, region } = account;
      const { user, arn, policies } = caller.holder;
      const { secure, sourceIp } = request;
      const common = globalContext({ holder: caller.holder, accountId, region, secure, sourceIp, now });
      const call = { partition: 'aws' as const, accountId, principalArn: arn, userName: user.userName };
      const requests = iamRequestsOf(request, call).map((needed) => ({
        ...needed,
        context: { ...common, ...needed.context },
      }));
      return decideEveryIam({ policies, requests });
    },

    used({ accessKeyId }, now) {
      account.recordUse(accessKeyId, { date: now.toISOString(), serviceName: 's3', region: account.region });
    },
  };
}
