import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { sha256Hex } from './account.ts';
import { ApiError, instant, optional, page, parseBody, parseQuery, wireTime } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import type { AccountState, ServiceToken } from './state.ts';

/** Access service tokens (Cloudflare docs: "Service tokens"). The secret is shown once, and kept as its hash. */
const base = '/accounts/:account/access/service_tokens';

export const serviceTokenEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: base, needs: 'write service tokens', run: create },
  { method: 'GET', path: base, needs: 'read service tokens', run: list },
  { method: 'GET', path: `${base}/:serviceToken`, needs: 'read service tokens', run: get },
  { method: 'PUT', path: `${base}/:serviceToken`, needs: 'write service tokens', run: change },
  { method: 'DELETE', path: `${base}/:serviceToken`, needs: 'write service tokens', run: remove },
  { method: 'POST', path: `${base}/:serviceToken/refresh`, needs: 'write service tokens', run: refresh },
  { method: 'POST', path: `${base}/:serviceToken/rotate`, needs: 'write service tokens', run: rotate },
];

const yearMs = 365 * 24 * 60 * 60 * 1000;

const fields = {
  duration: optional(z.string()),
  enabled: optional(z.boolean()),
  client_secret_version: optional(z.int().min(1)),
  previous_client_secret_expires_at: optional(instant),
};
const createBody = z.strictObject({ name: z.string().min(1), ...fields });
const changeBody = z.strictObject({ name: optional(z.string().min(1)), ...fields });
const rotateBody = z.strictObject({ previous_client_secret_expires_at: optional(instant) });
const listQuery = z.object({ name: z.string().optional(), search: z.string().optional() });

async function create({ account, body, now }: Call): Promise<Answer> {
  const wanted = parseBody(createBody, body, 'access');
  const { duration = '8760h', enabled = true, client_secret_version: version = 1 } = wanted;
  const clientSecret = newClientSecret();
  const at = now.toISOString();
  const previousEnd = wanted.previous_client_secret_expires_at;
  const token: ServiceToken = {
    id: randomUUID(),
    name: wanted.name,
    clientId: `${randomBytes(16).toString('hex')}.access`,
    secretSha256: sha256Hex(clientSecret),
    secretVersion: version,
    previousSecret: previousEnd === undefined ? undefined : { expiresAt: previousEnd },
    duration,
    expiresAt: endOf(duration, now),
    enabled,
    createdAt: at,
    updatedAt: at,
  };
  await account.update((draft) => void draft.serviceTokens.push(token));
  return { result: withSecret(token, clientSecret) };
}

function list({ account, query }: Call): Answer {
  const { name, search } = parseQuery(listQuery, query);
  const tokens = account.state.serviceTokens.filter(
    (token) => (name === undefined || token.name === name) && (search === undefined || token.name.includes(search)),
  );
  return page(tokens.map(onWire), query);
}

function get({ account, parameter }: Call): Answer {
  return { result: onWire(find(account.state, parameter('serviceToken'))) };
}

/**
 * Raising `client_secret_version` makes a new secret; the old one lives until `previous_client_secret_expires_at`, which
 * can be moved later. Both fields or neither; a version that stays may stand alone.
 */
async function change({ account, parameter, body, now }: Call): Promise<Answer> {
  const wanted = parseBody(changeBody, body, 'access');
  const { client_secret_version: version, previous_client_secret_expires_at: previousEnd } = wanted;
  const clientSecret = newClientSecret();
  const { token, rotated } = await account.update((draft) => {
    const existing = find(draft, parameter('serviceToken'));
    const raised = version !== undefined && version > existing.secretVersion;
    if (version !== undefined && version < existing.secretVersion)
      throw invalid('client_secret_version cannot be lowered');
    if (raised ? previousEnd === undefined : previousEnd !== undefined && version === undefined) {
      throw invalid('client_secret_version and previous_client_secret_expires_at need each other');
    }
    if (raised && previousEnd !== undefined) {
      replaceSecret(existing, clientSecret, previousEnd);
      existing.secretVersion = version;
    } else if (previousEnd !== undefined) {
      existing.previousSecret = { sha256: existing.previousSecret?.sha256, expiresAt: previousEnd };
    }
    existing.name = wanted.name ?? existing.name;
    existing.enabled = wanted.enabled ?? existing.enabled;
    if (wanted.duration !== undefined && wanted.duration !== existing.duration) {
      existing.duration = wanted.duration;
      existing.expiresAt = endOf(wanted.duration, now);
    }
    existing.updatedAt = now.toISOString();
    return { token: existing, rotated: raised };
  });
  return { result: rotated ? { ...onWire(token), client_secret: clientSecret } : onWire(token) };
}

async function remove({ account, parameter }: Call): Promise<Answer> {
  const token = await account.update((draft) => {
    const existing = find(draft, parameter('serviceToken'));
    draft.serviceTokens.splice(draft.serviceTokens.indexOf(existing), 1);
    return existing;
  });
  return { result: onWire(token) };
}

async function refresh({ account, parameter }: Call): Promise<Answer> {
  const token = await account.update((draft) => {
    const existing = find(draft, parameter('serviceToken'));
    if (existing.expiresAt !== undefined) {
      existing.expiresAt = new Date(Date.parse(existing.expiresAt) + yearMs).toISOString();
    }
    return existing;
  });
  return { result: onWire(token) };
}

/** Without an end for it, the old secret dies at once. */
async function rotate({ account, parameter, body, now }: Call): Promise<Answer> {
  const { previous_client_secret_expires_at: previousEnd } = parseBody(rotateBody, body, 'access');
  const clientSecret = newClientSecret();
  const token = await account.update((draft) => {
    const existing = find(draft, parameter('serviceToken'));
    replaceSecret(existing, clientSecret, previousEnd ?? now.toISOString());
    existing.secretVersion += 1;
    existing.updatedAt = now.toISOString();
    return existing;
  });
  return { result: withSecret(token, clientSecret) };
}

/** The service token whose id and secret these are, if it is enabled and neither it nor the secret has expired. */
export function serviceTokenWith(
  state: AccountState,
  presented: { readonly clientId: string; readonly clientSecret: string },
  now: Date,
): ServiceToken | undefined {
  const token = state.serviceTokens.find(({ clientId }) => clientId === presented.clientId);
  if (!token?.enabled || hasPassed(token.expiresAt, now)) return undefined;
  const sha256 = sha256Hex(presented.clientSecret);
  const { previousSecret } = token;
  const byPrevious = previousSecret?.sha256 === sha256 && !hasPassed(previousSecret.expiresAt, now);
  return token.secretSha256 === sha256 || byPrevious ? token : undefined;
}

function hasPassed(end: string | undefined, now: Date): boolean {
  return end !== undefined && Date.parse(end) <= now.getTime();
}

function replaceSecret(token: ServiceToken, clientSecret: string, previousEnd: string): void {
  token.previousSecret = { sha256: token.secretSha256, expiresAt: previousEnd };
  token.secretSha256 = sha256Hex(clientSecret);
}

/** 64 hex digits, Cloudflare's older form: it looks like no live secret. */
function newClientSecret(): string {
  return randomBytes(32).toString('hex');
}

/** When a token of this duration, begun at `now`, ends; never for `forever`. */
function endOf(duration: string, now: Date): string | undefined {
  return duration === 'forever' ? undefined : new Date(now.getTime() + goDurationMs(duration)).toISOString();
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Go's `time.ParseDuration` without what is shorter than a millisecond: `8760h`, `1h30m`. */
function goDurationMs(duration: string): number {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(duration)) throw invalid(`duration "${duration}" is not a duration as 8760h`);
  return [...duration.matchAll(/([\d.]+)(h|ms|m|s)/g)].reduce(
    (sum, [, amount, unit = 'ms']) => sum + Number(amount) * (unitMs[unit] ?? 0),
    0,
  );
}

function onWire(token: ServiceToken): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    client_id: token.clientId,
    duration: token.duration,
    enabled: token.enabled,
    expires_at: token.expiresAt === undefined ? null : wireTime(token.expiresAt),
    created_at: wireTime(token.createdAt),
    updated_at: wireTime(token.updatedAt),
  };
}

/** What create and rotate answer: the secret, this once, and no expiry. */
function withSecret(
  { id, name, clientId, duration, enabled }: ServiceToken,
  clientSecret: string,
): Record<string, unknown> {
  return { id, name, client_id: clientId, client_secret: clientSecret, duration, enabled };
}

function invalid(what: string): ApiError {
  return new ApiError({ status: 400, code: 12130, message: `access.api.error.invalid_request: ${what}` });
}

function find(state: AccountState, id: string): ServiceToken {
  const token = state.serviceTokens.find((candidate) => candidate.id === id);
  if (token === undefined) throw new ApiError({ status: 404, code: 12139, message: 'access.api.error.not_found' });
  return token;
}
