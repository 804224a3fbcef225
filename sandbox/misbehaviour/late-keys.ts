import type { DecidingEndpoint } from '../decision-log/logged-decision.ts';
import type { Authorizer, Identity } from '../s3/authorizer.ts';
import type { Misbehaviour } from './misbehaviour.ts';

interface KnownKey<Caller> {
  readonly caller: Caller;
  /** When the first request was refused that still was to succeed. */
  revokedAt?: Date;
}

const knownKeysMax = 10_000;
/** No key's name: what is said of it is what the provider says of any key it does not know. */
const unknownAccessKeyId = '0'.repeat(32);

/**
 * `authorizer`, which hears of new and revoked keys late where `misbehaviour` says so. `issuedAt` tells when a caller's
 * key was made. Only keys used while the rule holds can live on after their end.
 */
export function lateKeys<Caller extends Identity>(
  authorizer: Authorizer<Caller>,
  endpoint: DecidingEndpoint,
  misbehaviour: Misbehaviour,
  issuedAt: (caller: Caller) => Date,
): Authorizer<Caller> {
  const known = new Map<string, KnownKey<Caller>>();
  return {
    ...authorizer,
    identify(presented, now) {
      const found = authorizer.identify(presented, now);
      const delays = misbehaviour.active ? misbehaviour.keyDelay(endpoint) : undefined;
      if (delays === undefined) {
        known.clear();
        return found;
      }
      const { newKeySeconds, revokedKeySeconds } = delays;
      const name = JSON.stringify(presented);
      if ('refused' in found) {
        const key = known.get(name);
        if (key === undefined) return found;
        key.revokedAt ??= now;
        return secondsSince(key.revokedAt, now) < revokedKeySeconds ? key.caller : found;
      }
      if (secondsSince(issuedAt(found), now) < newKeySeconds) {
        return authorizer.identify({ accessKeyId: unknownAccessKeyId }, now);
      }
      if (known.size >= knownKeysMax) known.clear();
      known.set(name, { caller: found });
      return found;
    },
  };
}

function secondsSince(then: Date, now: Date): number {
  return (now.getTime() - then.getTime()) / 1000;
}
