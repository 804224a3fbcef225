import assert from 'node:assert/strict';
import type { Partition } from '../../base/location.ts';
import { UserError } from '../../base/user-error.ts';
import type { Grant } from '../grant.ts';
import { iamQuotas, policyLength } from './iam-plan.ts';
import { iamDialect, type IamPolicyDocument, type IamStatement } from './iam.ts';

/** Who may take a role. */
export type RoleTrust =
  | {
      /** ARNs of users or roles, or account numbers; an external id for somebody else's account. */
      readonly kind: 'principals';
      readonly principals: readonly string[];
      readonly externalId?: string;
    }
  | {
      /** A job of GitHub Actions, by OpenID Connect. */
      readonly kind: 'github-oidc';
      readonly accountId: string;
      readonly partition: Partition;
      /** `ORG/REPOSITORY`. */
      readonly repository: string;
      /** What of the repository: one branch or tag (`refs/heads/main`), or one environment. Never all of it. */
      readonly only: { readonly ref: string } | { readonly environment: string };
    };

export interface TrustPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: 'Assume';
    readonly Effect: 'Allow';
    readonly Principal: Readonly<Record<string, string | readonly string[]>>;
    readonly Action: string;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

const github = 'token.actions.githubusercontent.com';

/**
 * A role instead of a user: nothing to rotate. The role holds the grant; a session policy narrows a session to one grant of
 * several, and cannot widen it (AWS IAM User Guide, "Policies and permissions in AWS IAM: Session policies").
 */
export function renderRole(
  grant: Grant,
  trust: RoleTrust,
): { readonly policy: IamPolicyDocument; readonly trustPolicy: TrustPolicyDocument } {
  return { policy: iamDialect.render(grant), trustPolicy: renderTrust(trust) };
}

/** The grant as `Policy` of AssumeRole. Throws `UserError` where it is longer than STS takes. */
export function renderSessionPolicy(grant: Grant): IamPolicyDocument {
  const policy = iamDialect.render(grant);
  const length = policyLength(policy);
  if (length <= iamQuotas.sessionPolicyCharactersMax) return policy;
  throw new UserError({
    where: grant.access,
    what: `makes a session policy of ${length} characters; STS takes ${iamQuotas.sessionPolicyCharactersMax}`,
    fix: 'shorten the prefix, or give the role no more than this grant and leave the session policy out',
  });
}

/**
 * A role's trust policy. With GitHub, audience and subject are compared whole: a missing or wildcard subject would let every
 * repository of GitHub take the role (GitHub docs, "Configuring OpenID Connect in Amazon Web Services").
 * Throws `UserError` for a repository, branch or environment that holds a wildcard.
 */
export function renderTrust(trust: RoleTrust): TrustPolicyDocument {
  if (trust.kind === 'principals') {
    assert(
      trust.principals.length > 0 && !trust.principals.includes('*'),
      'a role is trusted to somebody in particular',
    );
    return document({
      Principal: { AWS: trust.principals },
      Action: 'sts:AssumeRole',
      ...(trust.externalId !== undefined && { Condition: { StringEquals: { 'sts:ExternalId': trust.externalId } } }),
    });
  }
  return document({
    Principal: { Federated: `arn:${trust.partition}:iam::${trust.accountId}:oidc-provider/${github}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${github}:aud`]: 'sts.amazonaws.com', [`${github}:sub`]: subjectOf(trust) } },
  });
}

function subjectOf({ repository, only }: Extract<RoleTrust, { kind: 'github-oidc' }>): string {
  const subject = 'ref' in only ? `ref:${only.ref}` : `environment:${only.environment}`;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || /[*?$]/.test(subject)) {
    throw new UserError({
      where: 'trust',
      what: `"repo:${repository}:${subject}" is not one branch, tag or environment of one repository`,
      fix: 'write ORG/REPOSITORY, and a ref such as "refs/heads/main" or an environment, without wildcards',
    });
  }
  return `repo:${repository}:${subject}`;
}

function document(statement: Omit<TrustPolicyDocument['Statement'][number], 'Sid' | 'Effect'>): TrustPolicyDocument {
  return { Version: '2012-10-17', Statement: [{ Sid: 'Assume', Effect: 'Allow', ...statement }] };
}

export interface BucketPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly (IamStatement & { readonly Principal: { readonly AWS: readonly string[] } | '*' })[];
}

/**
 * The other side of a grant on a bucket of another account: what its owner adds to the bucket's policy, for the principals
 * that hold the grant. Both sides must allow (AWS IAM User Guide, "Cross-account policy evaluation logic").
 * A key of that account needs the `Key` statement in its key policy too; it has no place in a bucket policy.
 */
export function renderBucketPolicy(grant: Grant, principals: readonly string[]): BucketPolicyDocument {
  assert(principals.length > 0 && !principals.includes('*'), 'a bucket is shared with somebody in particular');
  const { Version, Statement } = iamDialect.render(grant);
  const own = Statement.filter(({ Sid: sid }) => !['Key', 'SourceList', 'SourceObjects'].includes(sid));
  return {
    Version,
    Statement: own.map((statement) => ({
      ...statement,
      // A deny on plain HTTP is for everybody.
      Principal: statement.Effect === 'Deny' ? '*' : { AWS: principals },
    })),
  };
}
