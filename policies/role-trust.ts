import type { Partition } from '../base/location.ts';

/** Who may become a role. At least one of the two lists names somebody. */
export interface RoleTrust {
  /** ARNs of IAM users and roles. */
  readonly principals: readonly string[];
  /** Jobs of GitHub Actions, by the whole `sub` claim of their tokens: `repo:acme/media:environment:production`. */
  readonly githubSubjects: readonly string[];
}

/** A role that a location on AWS is reached through, in place of a user with keys: it holds nothing that rotates. */
export interface RoleIdentity {
  /** `github-oidc`: jobs of GitHub Actions only. */
  readonly identity: 'role' | 'github-oidc';
  readonly trust: RoleTrust;
  /** The deploying account's, in which the role is made, whosever the bucket is. */
  readonly accountId: string;
  readonly partition: Partition;
}

/**
 * An IAM user or role, such as `arn:aws:iam::123456789012:role/ci/deploy` (AWS IAM User Guide, "IAM identifiers"). Not an account
 * or its root, which would let in whoever that account's administrators choose, nor a session, which is somebody for an hour.
 */
export const principalPattern =
  /^arn:(aws|aws-cn|aws-us-gov):iam::\d{12}:(user|role)\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;

/**
 * One branch, tag or environment of one repository of GitHub (GitHub docs, "OpenID Connect reference"). Repositories made since
 * June 2026 carry the owner's and their own number in it: `repo:acme@1234/media@5678:environment:production`.
 */
export const githubSubjectPattern =
  /^repo:[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?:(ref:refs\/(heads|tags)\/[^\s:*?$"\\]+|environment:[^\s:*?$"\\]+)$/;

/** Where GitHub's tokens come from; an account has at most one OpenID Connect provider with this URL. */
export const githubIssuerHost = 'token.actions.githubusercontent.com';

/** The audience that AWS is known by in GitHub's tokens. */
export const githubAudience = 'sts.amazonaws.com';

/**
 * Whether a caller, as GetCallerIdentity names it, is one of the principals. A session of a role counts as the role, which AWS
 * names without its path there.
 */
export function isTrustedPrincipal(callerArn: string, principals: readonly string[]): boolean {
  if (principals.includes(callerArn)) return true;
  const [, partition, accountId, roleName] =
    /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.+$/.exec(callerArn) ?? [];
  if (roleName === undefined) return false;
  return principals.some(
    (principal) =>
      principal.startsWith(`arn:${partition}:iam::${accountId}:role/`) && principal.endsWith(`/${roleName}`),
  );
}
