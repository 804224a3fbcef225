import type { Partition } from '../../base/location.ts';
import { iamQuotas, policyLength } from '../dialects/iam-plan.ts';
import { renderTrust } from '../dialects/iam-trust.ts';
import { sides } from '../operation.ts';
import type { RoleIdentity } from '../role-trust.ts';
import { type ConfigurationPath, type LocatedMistake, mistakeAt } from './mistake.ts';
import { repeated } from './repeated.ts';
import type { AwsCredentialInput, ConfigurationInput } from './schema.ts';

/**
 * What must hold between the keys of an AWS credential.
 *
 * |             | generations, ttlDays, neverExpires | trust.principals | trust.githubSubjects |
 * | ----------- | ---------------------------------- | ---------------- | -------------------- |
 * | user        | as everywhere                      | refused          | refused              |
 * | role        | refused: nothing rotates           | one of the two is needed                ||
 * | github-oidc | refused                            | refused          | needed               |
 */
export function identityMistakes({ migrations, providers }: ConfigurationInput): readonly LocatedMistake[] {
  const { aws } = providers;
  return migrations.flatMap((migration, index) =>
    sides.flatMap((side) => {
      const place = migration[side];
      if (place.provider !== 'aws' || place.credential === undefined) return [];
      const path = ['migrations', index, side, 'credential'];
      return [
        ...(place.credential.identity === 'user'
          ? userMistakes(place.credential, path)
          : [...rotationMistakes(place.credential, path), ...trustMistakes(place.credential, path)]),
        ...(aws ? accountMistakes(place.credential, path, aws) : []),
      ];
    }),
  );
}

/** The role of an AWS credential, in the deploying account; absent where it is a user's. */
export function roleIdentity(
  { identity, trust = { principals: [], githubSubjects: [] } }: AwsCredentialInput,
  { accountId, partition }: Pick<RoleIdentity, 'accountId' | 'partition'>,
): RoleIdentity | undefined {
  return identity === 'user' ? undefined : { identity, trust, accountId, partition };
}

function userMistakes({ trust }: AwsCredentialInput, path: ConfigurationPath): readonly LocatedMistake[] {
  if (trust === undefined) return [];
  return [
    mistakeAt([...path, 'trust'], 'says who may become a role, and there is none', 'add identity: role, or remove it'),
  ];
}

function rotationMistakes(credential: AwsCredentialInput, path: ConfigurationPath): readonly LocatedMistake[] {
  return (['current', 'previous', 'ttlDays', 'neverExpires'] as const)
    .filter((key) => credential[key] !== undefined)
    .map((key) =>
      mistakeAt(
        [...path, key],
        `has no place beside identity: ${credential.identity}`,
        'remove it: a role has no keys to rotate, and its sessions end by themselves',
      ),
    );
}

function trustMistakes(credential: AwsCredentialInput, path: ConfigurationPath): readonly LocatedMistake[] {
  const { identity, trust } = credential;
  const { principals = [], githubSubjects = [] } = trust ?? {};
  const at = [...path, 'trust'];
  if (identity === 'github-oidc' && principals.length > 0) {
    const what = 'has no place beside identity: github-oidc, which only jobs of GitHub Actions take';
    return [mistakeAt([...at, 'principals'], what, 'remove it, or write identity: role')];
  }
  const named = identity === 'github-oidc' ? githubSubjects : [...principals, ...githubSubjects];
  if (named.length === 0) {
    const example =
      identity === 'github-oidc'
        ? 'githubSubjects: ["repo:acme/media:environment:production"]'
        : 'principals: ["arn:aws:iam::123456789012:role/deploy"]';
    return [mistakeAt(at, 'names nobody who may become the role', `write trust: { ${example} }`)];
  }
  return [
    ...twice('principals', principals, at),
    ...twice('githubSubjects', githubSubjects, at),
    ...quotaMistakes(credential, at),
  ];
}

function twice(key: string, named: readonly string[], at: ConfigurationPath): readonly LocatedMistake[] {
  return repeated(named, (name) => name).map(({ index, key: name }) =>
    mistakeAt([...at, key, index], `"${name}" stands there twice`, 'remove one'),
  );
}

/** AWS IAM User Guide, "IAM and AWS STS quotas". */
function quotaMistakes(credential: AwsCredentialInput, at: ConfigurationPath): readonly LocatedMistake[] {
  // Any account's number has as many digits.
  const role = roleIdentity(credential, { accountId: '0'.repeat(12), partition: 'aws' });
  if (role === undefined) return [];
  const length = policyLength(renderTrust(role));
  const { trustPolicyCharactersMax } = iamQuotas;
  if (length <= trustPolicyCharactersMax) return [];
  const what = `makes a trust policy of ${length} characters; IAM takes ${trustPolicyCharactersMax}`;
  return [mistakeAt(at, what, 'name fewer, or let them all take one role that this one trusts')];
}

/** An ARN of another partition names nobody here: IAM would refuse the role half way through a deploy. */
function accountMistakes(
  { trust }: AwsCredentialInput,
  path: ConfigurationPath,
  { partition }: { readonly partition: Partition },
): readonly LocatedMistake[] {
  return (trust?.principals ?? []).flatMap((principal, index) =>
    principal.startsWith(`arn:${partition}:`)
      ? []
      : [
          mistakeAt(
            [...path, 'trust', 'principals', index],
            `"${principal}" is not in partition ${partition}`,
            `name a user or role whose ARN begins with arn:${partition}:`,
          ),
        ],
  );
}
