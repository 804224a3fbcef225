import { isIP } from 'node:net';
import { z } from 'zod';
import { newTokenId, newTokenValue, sha256Hex } from './account.ts';
import type { CloudflareAccount } from './account.ts';
import { ApiError, instant, optional, page, parseBody, parseQuery, wireTime } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import { permissionGroup, permissionGroups, scopes } from './permission-groups.ts';
import type { AccountState, Token, TokenPolicy } from './state.ts';
import { groupNotHeldByCreator, statusOf } from './token-permissions.ts';
import { parseResources } from './token-resources.ts';

/** Account-owned API tokens: `/accounts/{id}/tokens` (Cloudflare API reference, "Account API Tokens"). */
const base = '/accounts/:account/tokens';

export const tokenEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: base, needs: 'write tokens', run: create },
  { method: 'GET', path: base, needs: 'read tokens', run: list },
  { method: 'GET', path: `${base}/verify`, needs: 'live token', run: verify },
  { method: 'GET', path: `${base}/permission_groups`, needs: 'read tokens', run: listGroups },
  { method: 'GET', path: `${base}/:token`, needs: 'read tokens', run: get },
  { method: 'PUT', path: `${base}/:token`, needs: 'write tokens', run: replace },
  { method: 'DELETE', path: `${base}/:token`, needs: 'write tokens', run: remove },
  { method: 'PUT', path: `${base}/:token/value`, needs: 'write tokens', run: roll },
  {
    method: 'GET',
    path: '/user/tokens/verify',
    needs: 'live token',
    run() {
      throw new ApiError({ status: 403, code: 9109, message: 'Unauthorized to access requested resource' });
    },
  },
];

const addressRange = z.string().refine(isAddressRange, 'not a CIDR block');
const policyBody = z.strictObject({
  id: optional(z.string()),
  effect: z.enum(['allow', 'deny']),
  permission_groups: z
    .array(z.strictObject({ id: z.string(), name: optional(z.string()), meta: optional(z.unknown()) }))
    .min(1),
  resources: z
    .record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]))
    .refine((resources) => Object.keys(resources).length > 0, 'names no resource'),
});
const tokenFields = {
  name: z.string().min(1).max(120),
  policies: z.array(policyBody).min(1),
  condition: optional(
    z.strictObject({
      request_ip: optional(
        z.strictObject({ in: optional(z.array(addressRange)), not_in: optional(z.array(addressRange)) }),
      ),
    }),
  ),
  not_before: optional(instant),
  expires_on: optional(instant),
};
const createBody = z.strictObject(tokenFields);
const replaceBody = z.strictObject({ ...tokenFields, status: optional(z.enum(['active', 'disabled', 'expired'])) });

async function create({ account, caller, now, body }: Call): Promise<Answer> {
  const wanted = parseBody(createBody, body, 'tokens');
  const value = newTokenValue();
  const token: Token = {
    id: newTokenId(),
    ...changedFields(account, caller, wanted, now),
    status: 'active',
    valueSha256: sha256Hex(value),
    issuedOn: now.toISOString(),
  };
  await account.update((draft) => void draft.tokens.push(token));
  return { result: { ...onWire(account, token, now), value } };
}

const listQuery = z.object({
  direction: z.enum(['asc', 'desc']).default('asc'),
  include_expired: z.enum(['true', 'false']).default('true'),
});

function list({ account, query, now }: Call): Answer {
  const { direction, include_expired: includeExpired } = parseQuery(listQuery, query);
  const tokens = account.state.tokens.filter(
    (token) => includeExpired === 'true' || statusOf(token, now) !== 'expired',
  );
  const ordered = direction === 'asc' ? tokens : tokens.toReversed();
  return page(
    ordered.map((token) => onWire(account, token, now)),
    query,
  );
}

function verify({ caller, now }: Call): Answer {
  const { id, notBefore, expiresOn } = caller;
  return {
    result: { id, status: statusOf(caller, now), ...times({ not_before: notBefore, expires_on: expiresOn }) },
    messages: [{ code: 10000, message: 'This API Token is valid and active', type: null }],
  };
}

const groupQuery = z.object({ name: z.string().optional(), scope: z.string().optional() });

function listGroups({ query }: Call): Answer {
  const { name, scope } = parseQuery(groupQuery, query);
  const result = permissionGroups
    .map((group) => ({ id: group.id, name: group.name, category: group.category, scopes: [scopes[group.scope]] }))
    .filter(
      (group) =>
        (name === undefined || matches(group.name, name)) &&
        (scope === undefined || matches(group.scopes[0] ?? '', scope)),
    );
  return { result };
}

/** Some clients encode the filter once more than HTTP asks. */
function matches(value: string, filter: string): boolean {
  if (value === filter) return true;
  try {
    return value === decodeURIComponent(filter.replaceAll('+', ' '));
  } catch {
    return false;
  }
}

function get({ account, parameter, now }: Call): Answer {
  const token = account.tokenById(parameter('token'));
  if (token === undefined) throw notFound();
  return { result: onWire(account, token, now) };
}

/** A full replacement: what the body leaves out is gone, only the value stays. */
async function replace({ account, caller, parameter, body, now }: Call): Promise<Answer> {
  const wanted = parseBody(replaceBody, body, 'tokens');
  const fields = changedFields(account, caller, wanted, now);
  const token = await account.update((draft) => {
    const existing = find(draft, parameter('token'));
    const { id, valueSha256, issuedOn, lastUsedOn } = existing;
    const next: Token = { id, valueSha256, issuedOn, lastUsedOn, ...fields, status: wanted.status ?? existing.status };
    draft.tokens[draft.tokens.indexOf(existing)] = next;
    return next;
  });
  return { result: onWire(account, token, now) };
}

async function remove({ account, parameter }: Call): Promise<Answer> {
  const id = parameter('token');
  await account.update((draft) => {
    draft.tokens.splice(draft.tokens.indexOf(find(draft, id)), 1);
  });
  return { result: { id } };
}

/** The old value, and the R2 secret derived from it, end at once. */
async function roll({ account, parameter, now }: Call): Promise<Answer> {
  const value = newTokenValue();
  const id = parameter('token');
  await account.update((draft) => {
    const token = find(draft, id);
    token.valueSha256 = sha256Hex(value);
    token.modifiedOn = now.toISOString();
  });
  await account.rolled(id, value);
  return { result: value };
}

type ChangedFields = Pick<Token, 'name' | 'policies' | 'condition' | 'notBefore' | 'expiresOn' | 'modifiedOn'>;

function changedFields(
  account: CloudflareAccount,
  caller: Token,
  wanted: z.infer<typeof createBody>,
  now: Date,
): ChangedFields {
  const policies = wanted.policies.map((policy) => storedPolicy(account, policy));
  const lacking = groupNotHeldByCreator(caller.policies, policies, account.accountId);
  if (lacking !== undefined) {
    const message = `Failed common permission check against resources. (Permission group: "${lacking}")`;
    throw new ApiError({ status: 400, code: 1001, message });
  }
  const { name, condition, not_before: notBefore, expires_on: expiresOn } = wanted;
  if (notBefore !== undefined && expiresOn !== undefined && Date.parse(notBefore) >= Date.parse(expiresOn)) {
    throw new ApiError({ status: 400, code: 1001, message: 'not_before is not before expires_on' });
  }
  return { name, policies, condition, notBefore, expiresOn, modifiedOn: now.toISOString() };
}

function storedPolicy(account: CloudflareAccount, policy: z.infer<typeof policyBody>): TokenPolicy {
  const { resources, unknownKeys } = parseResources(policy.resources);
  const foreign = resources.some((resource) =>
    resource.kind === 'zone'
      ? !account.zones.some(({ id }) => id === resource.zoneId)
      : resource.accountId !== account.accountId,
  );
  if (foreign || unknownKeys.length > 0) {
    throw new ApiError({ status: 403, code: 9109, message: 'Unauthorized to access requested resource' });
  }
  const permissionGroupIds = policy.permission_groups.map(({ id }) => id);
  const unknown = permissionGroupIds.find((id) => permissionGroup(id) === undefined);
  if (unknown !== undefined) {
    throw new ApiError({ status: 400, code: 1001, message: `No permission group has the id ${unknown}` });
  }
  return { id: newTokenId(), effect: policy.effect, permissionGroupIds, resources: policy.resources };
}

function onWire(account: CloudflareAccount, token: Token, now: Date): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    status: statusOf(token, now),
    ...times({
      issued_on: token.issuedOn,
      modified_on: token.modifiedOn,
      last_used_on: account.lastUse(token.id),
      not_before: token.notBefore,
      expires_on: token.expiresOn,
    }),
    ...(token.condition && { condition: token.condition }),
    policies: token.policies.map(({ id, effect, permissionGroupIds, resources }) => ({
      id,
      effect,
      permission_groups: permissionGroupIds.map((groupId) => ({ id: groupId, name: permissionGroup(groupId)?.name })),
      resources,
    })),
  };
}

function times(instants: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const present = Object.entries(instants).flatMap(([name, at]) => (at === undefined ? [] : [[name, wireTime(at)]]));
  return Object.fromEntries(present) as Record<string, string>;
}

function find(state: AccountState, id: string): Token {
  const token = state.tokens.find((candidate) => candidate.id === id);
  if (token === undefined) throw notFound();
  return token;
}

function notFound(): ApiError {
  return new ApiError({ status: 404, code: 1003, message: 'No API token has this id' });
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix] = text.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
