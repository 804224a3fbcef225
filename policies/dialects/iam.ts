import assert from 'node:assert/strict';
import type { AwsLocation } from '../../base/location.ts';
import type { Dialect, Excess } from '../dialect.ts';
import { decideEveryIam } from '../evaluator/decide-iam.ts';
import { parseIamPolicy } from '../evaluator/iam-policy.ts';
import { iamRequestsOf } from '../evaluator/iam-requests.ts';
import type { Grant } from '../grant.ts';
import { awsLocation, type IamConditions, type IamStatementId, iamStatements } from './iam-statements.ts';

/** An IAM policy's JSON as data. Keys stand in this order, so that equal grants render to equal text. */
export interface IamPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly IamStatement[];
}

export interface IamStatement {
  readonly Sid: IamStatementId;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition: IamConditions;
}

/** AWS: one policy, of few statements; see `iamStatements` for why they are apart. */
export const iamDialect: Dialect<IamPolicyDocument> = {
  render(grant) {
    return { Version: '2012-10-17', Statement: iamStatements(wholeCredential(grant)).map(rendered) };
  },

  excess(grant): readonly Excess[] {
    const { bucket, prefix } = awsLocation(grant);
    const { location, abilities } = wholeCredential(grant);
    if (prefix === '' || location.bucket !== bucket || !abilities.includes('multipart')) return [];
    return [
      {
        ability: 'multipart',
        place: `s3://${bucket}/`,
        operations: ['ListMultipartUploads'],
        because: 'S3 cannot limit the list of unfinished uploads to a prefix: it shows those of the whole bucket',
      },
    ];
  },

  decide(policy, request) {
    // A policy without statements is no valid IAM policy; whoever holds only that holds nothing.
    if (policy.Statement.length === 0) return { verdict: 'implicitly-denied', because: 'the policy is empty' };
    const policies = [{ name: 'sluice', policy: parseIamPolicy(JSON.stringify(policy)) }];
    return decideEveryIam({ policies, requests: iamRequestsOf(request, placeOf(policy)) });
  },
};

/** Whoever holds a grant holds all of the credential that it is part of. */
function wholeCredential(grant: Grant): Grant {
  return grant.options?.heldBy ?? grant;
}

/** Why each action of `iamDialect.render(grant)` is there, in the policy's order. */
export function explainIam(
  grant: Grant,
): readonly { readonly sid: IamStatementId; readonly action: string; readonly because: string }[] {
  return iamStatements(wholeCredential(grant)).flatMap(({ sid, actions }) =>
    actions.map((explained) => ({ sid, ...explained })),
  );
}

function rendered({ sid, effect, actions, resources, condition }: ReturnType<typeof iamStatements>[number]) {
  const [only] = resources;
  assert(only !== undefined, 'a statement names a resource');
  return {
    Sid: sid,
    Effect: effect,
    Action: actions.map(({ action }) => action),
    Resource: resources.length === 1 ? only : resources,
    Condition: condition,
  };
}

/** On paper, the caller's account owns every bucket: the hardest case for a policy to refuse. */
function placeOf({ Statement: statements }: IamPolicyDocument): Pick<AwsLocation, 'partition' | 'accountId'> {
  const [first] = statements;
  const partition = [first?.Resource ?? ''].flat()[0]?.split(':')[1];
  const accountId = first?.Condition['StringEquals']?.['aws:ResourceAccount']?.[0];
  assert(
    partition === 'aws' || partition === 'aws-cn' || partition === 'aws-us-gov',
    'rendered policies name a partition',
  );
  assert(accountId, 'rendered policies name the account');
  return { partition, accountId };
}
