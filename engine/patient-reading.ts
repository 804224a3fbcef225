import { backoffMs, pause, type RetryPolicy } from './retry.ts';

/**
 * Reads what may not be readable at the moment, as often as a request is tried: a credentials file is just being written, whoever gives
 * sessions is away, or does not answer for `idleTimeoutMs`. Throws what the last try threw.
 */
export async function patiently<Result>(
  read: () => Promise<Result>,
  policy: Pick<RetryPolicy, 'attemptsMax' | 'retryDelayMs' | 'retryDelayMsMax' | 'idleTimeoutMs'>,
): Promise<Result> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await inTime(read(), policy.idleTimeoutMs);
    } catch (error) {
      if (attempts >= policy.attemptsMax || error instanceof NoAnswer) throw error;
      await pause(backoffMs({ attempts, failure: { retryAfterMs: undefined }, policy }));
    }
  }
}

/** Not tried again: somebody who wants to stop the run has waited for long enough. */
class NoAnswer extends Error {}

async function inTime<Result>(reading: Promise<Result>, milliseconds: number): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const giveUp = (): void =>
    late.reject(new NoAnswer(`credentials were asked for, and nothing came for ${milliseconds} ms`));
  const timer = setTimeout(giveUp, milliseconds);
  try {
    return await Promise.race([reading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
