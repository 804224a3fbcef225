import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; rejects with the signal's reason when it aborts. */
export type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const waitForReal: Wait = async (milliseconds, signal) => {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};

const firstDelayMs = 200;
const delayMsMax = 5_000;

/** The pause after the `attempt`th try (from 0): doubles from 0.2 s to 5 s, so that a fresh key is found soon and a slow one is not hammered. */
export function delayMsAfter(attempt: number): number {
  return Math.min(firstDelayMs * 2 ** attempt, delayMsMax);
}

/**
 * Asks until `isDone`, or until no time is left, and returns the last answer. It asks at least once; the time spent is
 * counted by the pauses and the clock, whichever is more, so that an injected wait ends too.
 */
export async function askUntil<T>(options: {
  readonly ask: () => Promise<T>;
  readonly isDone: (answer: T) => boolean;
  readonly timeoutSeconds: number;
  readonly wait?: Wait | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<T> {
  const { ask, isDone, timeoutSeconds, wait = waitForReal, signal } = options;
  const startedAt = performance.now();
  let pausedMs = 0;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    const answer = await ask();
    const spentMs = Math.max(pausedMs, performance.now() - startedAt);
    if (isDone(answer) || spentMs >= timeoutSeconds * 1000) return answer;
    const delayMs = Math.min(delayMsAfter(attempt), Math.max(timeoutSeconds * 1000 - spentMs, 1));
    await wait(delayMs, signal);
    pausedMs += delayMs;
  }
}
