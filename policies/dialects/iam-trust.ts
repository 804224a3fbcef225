import assert from 'node:assert/strict';
import type { Grant } from '../grant.ts';
import {
  githubAudience,
  githubIssuerHost,
  githubSubjectPattern,
  principalPattern,
  type RoleIdentity,
} from '../role-trust.ts';
import { iamQuotas, policyLength } from './iam-plan.ts';
import { iamDialect, type IamPolicyDocument } from './iam.ts';

export interface TrustPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly TrustStatement[];
}

interface TrustStatement {
  readonly Sid: 'Principals' | 'GitHub';
  readonly Effect: 'Allow';
  readonly Principal: { readonly AWS: readonly string[] } | { readonly Federated: string };
  readonly Action: 'sts:AssumeRole' | 'sts:AssumeRoleWithWebIdentity';
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string | readonly string[]>> };
}

/**
 * A role's trust policy: a statement for its principals, one for GitHub's jobs. Audience and subject are compared whole: a missing
 * or wildcard subject would let every repository of GitHub take the role (GitHub docs, "Configuring OpenID Connect in Amazon Web
 * Services").
 */
export function renderTrust({ trust, accountId, partition }: RoleIdentity): TrustPolicyDocument {
  // In one order: whoever moves a name in the list changes nothing.
  const [principals, githubSubjects] = [trust.principals.toSorted(), trust.githubSubjects.toSorted()];
  assert(principals.length + githubSubjects.length > 0, 'a role is trusted to somebody in particular');
  assert(
    principals.every((principal) => principalPattern.test(principal)) &&
      githubSubjects.every((subject) => githubSubjectPattern.test(subject)),
    'the configuration lets no other principals and subjects through',
  );
  const byPrincipals: TrustStatement = {
    Sid: 'Principals',
    Effect: 'Allow',
    Principal: { AWS: principals },
    Action: 'sts:AssumeRole',
  };
  const byGithub: TrustStatement = {
    Sid: 'GitHub',
    Effect: 'Allow',
    Principal: { Federated: githubProviderArn({ accountId, partition }) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${githubIssuerHost}:aud`]: githubAudience, [`${githubIssuerHost}:sub`]: githubSubjects },
    },
  };
  return {
    Version: '2012-10-17',
    Statement: [...(principals.length > 0 ? [byPrincipals] : []), ...(githubSubjects.length > 0 ? [byGithub] : [])],
  };
}

/** The account's one OpenID Connect provider of GitHub's tokens. */
export function githubProviderArn({ accountId, partition }: Pick<RoleIdentity, 'accountId' | 'partition'>): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${githubIssuerHost}`;
}

/**
 * The grant as `Policy` of AssumeRole: a session can do no more than this, whatever somebody adds to the role meanwhile (AWS IAM
 * User Guide, "Policies and permissions in AWS IAM: Session policies"). Undefined where it is longer than STS takes: the session
 * then has what the role has, which is the same grant.
 */
export function renderSessionPolicy(grant: Grant): IamPolicyDocument | undefined {
  const policy = iamDialect.render(grant);
  return policyLength(policy) <= iamQuotas.sessionPolicyCharactersMax ? policy : undefined;
}
