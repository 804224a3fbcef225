import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from './retry.ts';

/** So much of something a second, over all who take of it. */
export interface RateLimit {
  /** Undefined where it may be taken at once; else resolves when its turn has come. */
  take(amount: number, attempt?: Attempt): Promise<void> | undefined;
}

/** What was not taken in the last so many milliseconds is lost: an idle time earns no burst. */
const burstMs = 200;
/** Those who wait are kept from being taken for idle: so often is enough. */
const touchEveryMs = 1000;

/** A limit of `perSecond`; whoever takes more than that at once waits afterwards, not before, so that any amount passes. */
export function rateLimit(perSecond: number, now: () => number = () => performance.now()): RateLimit {
  /** When all that has been taken so far will have been due. */
  let dueAt = -Infinity;
  return {
    take(amount, attempt) {
      const startAt = Math.max(dueAt, now() - burstMs);
      dueAt = startAt + (amount / perSecond) * 1000;
      return startAt <= now() ? undefined : waitUntil(startAt, now, attempt);
    },
  };
}

/** Rejects with the reason where the attempt is stopped meanwhile. */
async function waitUntil(time: number, now: () => number, attempt?: Attempt): Promise<void> {
  for (let left = time - now(); left > 0; left = time - now()) {
    await sleep(Math.min(left, touchEveryMs));
    attempt?.signal.throwIfAborted();
    attempt?.touch();
  }
}
