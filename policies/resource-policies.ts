import assert from 'node:assert/strict';
import type { Configuration } from './configuration.ts';
import { type ExplainedStatement, type IamConditions, iamStatements } from './dialects/iam-statements.ts';
import { slots } from './generation.ts';
import type { Grant } from './grant.ts';
import { grantsOf } from './migration-grants.ts';
import { iamPath, iamRoleName, iamUserName } from './names.ts';
import type { Side } from './operation.ts';

/**
 * What the owner of another account's bucket or key has to add to its policy: across accounts, a credential's own policy is
 * only half of the permission (AWS IAM User Guide, "Cross-account policy evaluation logic").
 */
export interface ResourcePolicy {
  /** ARN of the bucket or key. */
  readonly resource: string;
  /** Whose it is, and who applies this. */
  readonly accountId: string;
  readonly policy: { readonly Version: '2012-10-17'; readonly Statement: readonly ResourceStatement[] };
}

/** Keys stand in this order, so that equal grants render to equal text. */
export interface ResourceStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition: IamConditions;
}

/** The policies that a stack needs in other accounts, one for each bucket or key; none where everything is in its own. Pure. */
export function resourcePoliciesOf(configuration: Configuration): readonly ResourcePolicy[] {
  const all = grantsOf(configuration).flatMap((grant) => resourcePoliciesFor(grant, configuration));
  return [...Map.groupBy(all, ({ resource }) => resource).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ ...first, policy: { ...first.policy, Statement: same.flatMap(({ policy }) => policy.Statement) } }];
  });
}

/** One credential's part in the policies of other accounts' buckets and keys. */
export function resourcePoliciesFor(grant: Grant, configuration: Configuration): readonly ResourcePolicy[] {
  const { aws } = configuration.providers;
  if (grant.location.provider !== 'aws' || aws === undefined) return [];
  const foreign = iamStatements(grant)
    .filter(({ effect }) => effect === 'Allow')
    .map((statement) => ({ statement, ...protectedBy(statement) }))
    .filter(({ accountId }) => accountId !== aws.accountId);
  if (foreign.length === 0) return [];
  const principals = principalArns(grant, configuration);
  const account = `arn:${aws.partition}:iam::${aws.accountId}:root`;
  return [...Map.groupBy(foreign, ({ resource }) => resource)].map(([resource, statements]) => ({
    resource,
    accountId: statements[0]?.accountId ?? '',
    policy: {
      Version: '2012-10-17' as const,
      Statement: statements.map(({ statement }) => lettingIn(statement, { grant, account, principals })),
    },
  }));
}

/** The bucket or key that a statement speaks of, and its owner. */
function protectedBy({ resources, condition }: ExplainedStatement): { resource: string; accountId: string } {
  const [first = ''] = resources;
  const [, , service, , keyAccountId = ''] = first.split(':');
  if (service === 'kms') return { resource: first, accountId: keyAccountId };
  const accountId = condition['StringEquals']?.['aws:ResourceAccount']?.[0];
  assert(accountId !== undefined, 'every statement about S3 names the account of its bucket');
  return { resource: first.split('/')[0] ?? first, accountId };
}

/**
 * The same statement from the other side. It trusts our account and, of it, only the credential's principals: named directly, one
 * that does not exist yet (the other slot's user) would be refused as an invalid principal, and one that was made anew would no
 * longer be let in (AWS IAM User Guide, "AWS JSON policy elements: Principal").
 */
function lettingIn(
  { sid, actions, resources, condition }: ExplainedStatement,
  { grant, account, principals }: { readonly grant: Grant; readonly account: string; readonly principals: string[] },
): ResourceStatement {
  const [resource = ''] = resources;
  return {
    // A Sid is of letters and digits only; X stands in no name of ours, so that two never meet.
    Sid: `${grant.access.replace(/[^a-z0-9]/g, 'X')}${sid}`,
    Effect: 'Allow',
    Principal: { AWS: account },
    Action: actions.map(({ action }) => action),
    // A key's policy speaks of its own key alone (AWS KMS Developer Guide, "Key policies").
    Resource: resource.includes(':kms:') ? '*' : resource,
    Condition: { ...withoutOwner(condition), ArnEquals: { 'aws:PrincipalArn': principals } },
  };
}

/** A bucket's own policy need not ask whose the bucket is. */
function withoutOwner(condition: IamConditions): IamConditions {
  return Object.fromEntries(
    Object.entries(condition).flatMap(([operator, keys]) => {
      const kept = Object.entries(keys).filter(([key]) => key !== 'aws:ResourceAccount');
      return kept.length === 0 ? [] : [[operator, Object.fromEntries(kept)]];
    }),
  );
}

/** Who holds the grant, now or after a rotation: a user for each slot, or a role. */
function principalArns({ access }: Grant, { stack, providers: { aws }, migrations }: Configuration): string[] {
  assert(aws, 'a location on AWS has its provider');
  const arn = (kind: 'user' | 'role', name: string) =>
    `arn:${aws.partition}:iam::${aws.accountId}:${kind}${iamPath}${name}`;
  const [name, side] = access.split('/') as [string, Side];
  const migration = migrations.find((candidate) => candidate.name === name);
  if (migration?.[side].role) return [arn('role', iamRoleName({ stack, access }))];
  return slots.map((slot) => arn('user', iamUserName({ stack, access, slot })));
}
