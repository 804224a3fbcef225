import { slotOf } from '../../generation.ts';
import { r2TokenName, serviceTokenName } from '../../names.ts';
import { sides } from '../../operation.ts';
import type { Configuration } from '../../configuration.ts';
import type { Generations } from '../../generation.ts';
import { isToken } from '../cloudflare-tokens.ts';
import { textOf } from '../properties.ts';
import type { Context, Finding, GuardedResource, ResourceRule } from '../rule.ts';

const dayMs = 86_400_000;
/** A token's last day counts in full, and a rotated service token lives an hour longer than its twin. */
const graceDays = 1;
const serviceTokenType = 'cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken';
/** Cloudflare API, "Create a service token": what `duration` is where it is left out. */
const durationDefault = '8760h';

export const tokenExpiry: ResourceRule = {
  kind: 'resource',
  name: 'token-expiry',
  title: 'A Cloudflare token expires, and not too late',
  level: 'mandatory',
  requirements: ['R3'],
  why: 'a token that somebody copied works until it expires; one without an end works for ever.',
  fix: 'set expiresOn (of an Access service token: duration), or give a reason under neverExpires in the stack configuration.',
  settings: {
    daysMax: { description: 'how many days from now a token may live', minimum: 1, maximum: 3650, default: 365 },
  },
  *check(resource, context) {
    if (!isToken(resource) && resource.type !== serviceTokenType) return;
    const reason = reasonToNeverExpire(context.declared, textOf(resource.properties['name']));
    if (reason !== undefined) return;
    yield* resource.type === serviceTokenType
      ? durationFindings(textOf(resource.properties['duration']) ?? durationDefault, context)
      : expiryFindings(resource, context);
  },
};

function* expiryFindings({ properties }: GuardedResource, { settings, now }: Context): Generator<Finding> {
  const expiresOn = textOf(properties['expiresOn']);
  if (expiresOn === undefined) {
    yield { what: 'the token never expires' };
    return;
  }
  const days = (Date.parse(expiresOn) - now.getTime()) / dayMs;
  if (Number.isNaN(days)) yield { what: 'expiresOn is no date' };
  else yield* tooLong(days, settings, `the token lives until ${expiresOn}`);
}

function* durationFindings(duration: string, { settings }: Context): Generator<Finding> {
  if (duration === 'forever') {
    yield { what: 'the service token never expires' };
    return;
  }
  const hours = hoursOf(duration);
  if (hours === undefined) yield { what: `the duration "${duration}" is no time such as 2160h` };
  else yield* tooLong(hours / 24, settings, `the service token lives for ${duration}`);
}

function* tooLong(days: number, { daysMax = 0 }: Context['settings'], what: string): Generator<Finding> {
  if (days > daysMax + graceDays) yield { what: `${what}, longer than ${daysMax} days` };
}

const hoursPerUnit: Readonly<Record<string, number>> = { h: 1, m: 1 / 60, s: 1 / 3600 };

/** Go's notation, as Access takes it: `2160h`, `1h30m`. */
function hoursOf(duration: string): number | undefined {
  if (!/^(\d+(\.\d+)?[hms])+$/.test(duration)) return undefined;
  return [...duration.matchAll(/([\d.]+)([hms])/g)]
    .map(([, count, unit = '']) => Number(count) * (hoursPerUnit[unit] ?? 0))
    .reduce((sum, hours) => sum + hours, 0);
}

/** Why the stack configuration lets the token of that name live without an end. */
function reasonToNeverExpire(declared: Configuration | undefined, name: string | undefined): string | undefined {
  if (declared === undefined || name === undefined) return undefined;
  const { stack } = declared;
  for (const migration of declared.migrations) {
    for (const side of sides) {
      const { location, credential } = migration[side];
      if (location.provider !== 'r2' || credential === undefined) continue;
      const names = endless(credential).map((slot) =>
        r2TokenName({ stack, access: `${migration.name}/${side}`, slot }),
      );
      if (names.includes(name)) return credential.neverExpires;
    }
  }
  return declared.domains
    .flatMap(({ hostname, serviceTokens }) => serviceTokens.map((token) => ({ hostname, ...token })))
    .find(({ hostname, name: token }) => serviceTokenName({ stack, hostname, token }) === name)?.credential
    .neverExpires;
}

/** The slots whose generation has no last day. */
function endless({ current, previous }: Generations) {
  return [current, ...(previous ? [previous] : [])]
    .filter(({ expiresOn }) => expiresOn === undefined)
    .map(({ generation }) => slotOf(generation));
}
