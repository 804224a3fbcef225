import assert from 'node:assert/strict';
import type { R2Location } from '../../base/location.ts';
import { type Ability, abilities } from '../ability.ts';
import type { Dialect, Excess } from '../dialect.ts';
import { decideR2Token } from '../evaluator/decide-r2-token.ts';
import { type R2TokenPolicies, r2BucketResource, r2PermissionGroups } from '../evaluator/r2-token.ts';
import type { Grant } from '../grant.ts';

export type { R2TokenPolicies } from '../evaluator/r2-token.ts';
export { decideR2Token } from '../evaluator/decide-r2-token.ts';

/** Which abilities an R2 permission group hands over, whatever was asked of it. */
const handedOver: Readonly<Record<'read' | 'write', readonly Ability[]>> = {
  read: ['list', 'read', 'multipart'],
  write: ['list', 'read', 'write', 'delete', 'multipart'],
};

const because: Readonly<Partial<Record<Ability, string>>> = {
  list: 'an R2 token that reads also lists',
  read: 'an R2 token that writes or lists also reads',
  delete: 'an R2 token cannot write without delete',
  multipart: 'an R2 token that lists also lists unfinished uploads',
};

/** Abilities that this dialect can say. */
const sayable = new Set<Ability>(['list', 'read', 'write', 'delete', 'multipart']);

/**
 * Cloudflare R2 account tokens: one policy, one permission group, one bucket (Cloudflare R2, "API tokens").
 * There are two groups for objects, read and write, and no prefixes: what that hands over too much is `excess`.
 */
export const r2TokenDialect: Dialect<R2TokenPolicies> = {
  render(grant) {
    const location = r2Location(grant);
    if (grant.abilities.length === 0) return [];
    const group = r2PermissionGroups[level(grant) === 'write' ? 'bucketItemWrite' : 'bucketItemRead'];
    return [
      { effect: 'allow', permissionGroups: [{ id: group.id }], resources: { [r2BucketResource(location)]: '*' } },
    ];
  },

  excess(grant): readonly Excess[] {
    const location = r2Location(grant);
    if (grant.abilities.length === 0) return [];
    const world = location.jurisdiction === 'default' ? '' : `.${location.jurisdiction}`;
    const place = `r2://${location.bucket}${world}/`;
    return abilities
      .filter((ability) => handedOver[level(grant)].includes(ability))
      .filter((ability) => location.prefix !== '' || !grant.abilities.includes(ability))
      .map((ability) => ({
        ability,
        place,
        ...(ability === 'multipart' && level(grant) === 'read'
          ? { operations: ['ListMultipartUploads', 'ListParts'] }
          : {}),
        because: grant.abilities.includes(ability)
          ? 'an R2 token reaches its whole bucket, whatever the prefix'
          : (because[ability] ?? 'R2 cannot withhold it'),
      }));
  },

  decide(rendered, request) {
    return decideR2Token(rendered, request, placeOf(rendered));
  },
};

/** A rendered token is asked at the endpoint of the one bucket it names. */
function placeOf(rendered: R2TokenPolicies): Pick<R2Location, 'accountId' | 'jurisdiction'> {
  const [key = ''] = Object.keys(rendered[0]?.resources ?? {});
  const [, accountId = '', jurisdiction = 'default'] = /([0-9a-f]{32})_([a-z]+)_/.exec(key) ?? [];
  return { accountId, jurisdiction: jurisdiction as R2Location['jurisdiction'] };
}

function level(grant: Grant): 'read' | 'write' {
  return grant.abilities.some((ability) => ability !== 'list' && ability !== 'read') ? 'write' : 'read';
}

function r2Location({ location, abilities: held, options }: Grant): R2Location {
  assert(location.provider === 'r2', 'the R2 dialect speaks of buckets on R2');
  assert(options === undefined, 'R2 tokens know no options');
  assert(location.prefix === '' || location.prefix.endsWith('/'), 'the configuration lets no other prefix through');
  assert(
    held.every((ability) => sayable.has(ability)),
    'no operation needs another ability',
  );
  return location;
}
