import { z } from 'zod';
import { jurisdictions, locationUrl, type R2Location } from '../../base/location.ts';
import { UserError } from '../../base/user-error.ts';
import { decideR2Token } from '../evaluator/decide-r2-token.ts';
import { type R2TokenPolicies, r2PermissionGroups } from '../evaluator/r2-token.ts';
import { r2TokenDialect } from '../dialects/r2-token.ts';
import { type Audit, nearestPurpose, type TooMuch } from './audit.ts';
import { callsOf, type Purpose } from './purpose.ts';

const groupSchema = z.looseObject({ id: z.string() }).transform(({ id }) => ({ id }));
const policySchema = z.union([
  z.looseObject({ effect: z.enum(['allow', 'deny']), permission_groups: z.array(groupSchema), resources: z.unknown() }),
  z.looseObject({ effect: z.enum(['allow', 'deny']), permissionGroups: z.array(groupSchema), resources: z.unknown() }),
]);
const resourcesSchema = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]));
const tokenSchema = z.union([z.array(policySchema), z.looseObject({ policies: z.array(policySchema) })]);

/**
 * A token's policies as Cloudflare's API answers them, alone or within the token, or as Pulumi programs write them; `undefined` for
 * a value that is no token. Only the policies are kept.
 */
export function readR2Token(value: unknown): R2TokenPolicies | undefined {
  const parsed = tokenSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const policies = Array.isArray(parsed.data) ? parsed.data : parsed.data.policies;
  return policies.map((policy, index) => {
    const resources = resourcesSchema.safeParse(policy.resources);
    if (!resources.success) {
      throw new UserError({
        where: `token, policies[${index}].resources`,
        what: 'is not a map of resources',
        fix: 'write { "<resource>": "*" }',
      });
    }
    const groups = 'permissionGroups' in policy ? policy.permissionGroups : policy.permission_groups;
    return { effect: policy.effect, permissionGroups: groups as { id: string }[], resources: resources.data };
  });
}

export interface R2AuditOptions {
  readonly policies: R2TokenPolicies;
  readonly bucket?: string;
  readonly prefix?: string;
  readonly candidates: readonly Purpose[];
}

/** Holds a token against the operations it may be for. Pure. Throws `UserError` where no bucket is named. */
export function auditR2Token({ policies, bucket, prefix = '', candidates }: R2AuditOptions): Audit {
  const location = placeOf(policies, bucket, prefix);
  const measured = candidates.map((purpose) => ({
    purpose,
    missing: callsOf(purpose)
      .filter(({ operation }) => !allows(policies, operation, location))
      .map(({ ability, operation, withoutIt }) => ({ ability, call: operation, right: ability, withoutIt })),
  }));
  const nearest = nearestPurpose(measured);
  if (!nearest) throw new UserError({ what: 'no operation has that side', fix: 'leave --side out' });
  const { purpose, missing } = nearest;
  const least = r2TokenDialect.render({ access: `audited/${purpose.side}`, location, abilities: purpose.abilities });
  return {
    place: locationUrl(location),
    purposes: measured.map((each) => ({ name: each.purpose.name, missing: each.missing })),
    purpose: purpose.name,
    missing,
    tooMuch: tooMuch(policies, least),
    findings: [],
    clients: [],
    least,
  };
}

function allows(
  policies: R2TokenPolicies,
  operation: ReturnType<typeof callsOf>[number]['operation'],
  location: R2Location,
): boolean {
  const { bucket, prefix } = location;
  const request = { operation, bucket, key: `${prefix}object`, secure: true };
  return decideR2Token(policies, request, location).verdict === 'allowed';
}

/** Groups and resources that the least token does not have. */
function tooMuch(policies: R2TokenPolicies, least: R2TokenPolicies): readonly TooMuch[] {
  const needed = new Set(least.flatMap(({ permissionGroups }) => permissionGroups.map(({ id }) => id)));
  const meant = new Set(least.flatMap(({ resources }) => Object.keys(resources)));
  return policies
    .filter(({ effect }) => effect === 'allow')
    .flatMap(({ permissionGroups, resources }) => {
      const places = Object.entries(resources).flatMap(([key, value]) =>
        typeof value === 'string' ? [key] : Object.keys(value).map((inner) => `${key}, ${inner}`),
      );
      return [
        ...permissionGroups
          .filter(({ id }) => !needed.has(id))
          .map(({ id }): TooMuch => ({
            right: groupName(id),
            level: groupLevel(id),
            where: places.join('; '),
            because: groupReason(id),
          })),
        ...places
          .filter((key) => !meant.has(key))
          .map((key): TooMuch => ({
            right: 'resource',
            level: 'place',
            where: key,
            because: 'is not the bucket that is meant',
          })),
      ];
    });
}

function known(id: string) {
  return Object.values(r2PermissionGroups).find((group) => group.id === id);
}

function groupName(id: string): string {
  return known(id)?.name ?? `permission group ${id}`;
}

function groupLevel(id: string): string {
  const group = known(id);
  if (!group) return 'unknown';
  return group.scope === 'com.cloudflare.api.account' ? 'Permissions management' : 'Write';
}

function groupReason(id: string): string {
  const group = known(id);
  if (!group) return 'is a group that this audit does not know';
  if (group.scope === 'com.cloudflare.api.account')
    return 'reaches every bucket of the account, and their configuration';
  return group.id === r2PermissionGroups.bucketItemWrite.id
    ? 'writes and deletes, which nothing here needs'
    : 'is not needed beside the other';
}

function placeOf(policies: R2TokenPolicies, bucket: string | undefined, prefix: string): R2Location {
  const keys = policies.flatMap(({ resources }) =>
    Object.entries(resources).flatMap(([key, value]) =>
      typeof value === 'string' ? [key] : [key, ...Object.keys(value)],
    ),
  );
  const named = keys.flatMap((key) => {
    const [, accountId, world, name] = /bucket\.([0-9a-f]{32})_([a-z]+)_([a-z0-9-]+)$/.exec(key) ?? [];
    const jurisdiction = jurisdictions.find((each) => each === world);
    return accountId !== undefined && jurisdiction && name !== undefined ? [{ accountId, jurisdiction, name }] : [];
  });
  const chosen = named.find(({ name }) => bucket === undefined || name === bucket);
  const account = keys.map((key) => /account\.([0-9a-f]{32})$/.exec(key)?.[1]).find((id) => id !== undefined);
  const name = chosen?.name ?? bucket;
  if (name === undefined) {
    throw new UserError({ where: 'token', what: 'it names no bucket', fix: 'say which one is meant: --bucket media' });
  }
  const accountId = chosen?.accountId ?? account ?? named[0]?.accountId ?? '0'.repeat(32);
  return { provider: 'r2', bucket: name, prefix, jurisdiction: chosen?.jurisdiction ?? 'default', accountId };
}
