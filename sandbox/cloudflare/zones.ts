import { z } from 'zod';
import type { CloudflareAccount, Zone } from './account.ts';
import { ApiError, page, parseQuery } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import { groupIds } from './permission-groups.ts';
import { holdsOnZone } from './token-permissions.ts';

/** Zones: read only, as many as the sandbox was made with (Cloudflare API reference, "Zones"). */
export const zoneEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/zones', needs: 'live token', run: list },
  { method: 'GET', path: '/zones/:zone', needs: 'live token', run: get },
];

const listQuery = z.object({
  name: z.string().optional(),
  status: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  'account.id': z.string().optional(),
  'account.name': z.string().optional(),
});

/** Shows the zones that the token may read; the others are not there. */
function list(call: Call): Answer {
  const { account, query } = call;
  const filter = parseQuery(listQuery, query);
  const zones = account.zones
    .filter((zone) => mayRead(call, zone))
    .filter(
      ({ name }) =>
        [name, undefined].includes(filter.name) &&
        ['active', undefined].includes(filter.status) &&
        (filter.type === undefined || [filter.type].flat().includes('full')) &&
        [account.accountId, undefined].includes(filter['account.id']) &&
        [accountName, undefined].includes(filter['account.name']),
    );
  return page(
    zones.map((zone) => onWire(account, zone)),
    query,
  );
}

function get(call: Call): Answer {
  const zone = call.account.zones.find(({ id }) => id === call.parameter('zone'));
  if (zone === undefined || !mayRead(call, zone)) {
    throw new ApiError({ status: 403, code: 9109, message: 'Unauthorized to access requested resource' });
  }
  return { result: onWire(call.account, zone) };
}

function mayRead({ account, caller }: Call, zone: Zone): boolean {
  return holdsOnZone(caller.policies, [groupIds.zoneRead], { accountId: account.accountId, zoneId: zone.id });
}

const accountName = 'sluice sandbox';

function onWire({ accountId }: CloudflareAccount, { id, name }: Zone): Record<string, unknown> {
  return {
    id,
    name,
    account: { id: accountId, name: accountName },
    status: 'active',
    paused: false,
    type: 'full',
    name_servers: [],
    owner: { id: null, type: 'user', email: null },
    development_mode: 0,
    meta: { step: 4, page_rule_quota: 3 },
    created_on: '2026-01-01T00:00:00Z',
    modified_on: '2026-01-01T00:00:00Z',
    activated_on: '2026-01-01T00:00:00Z',
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    permissions: [],
    plan: { id: null, name: 'Free Website' },
  };
}
