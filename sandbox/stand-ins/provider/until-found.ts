import { setTimeout as sleep } from 'node:timers/promises';

const firstDelayMs = 25;
const longestDelayMs = 2000;

/**
 * Asks again while a thing just created is not found yet: the clouds' control planes are eventually consistent.
 * @throws the last answer's error after two minutes, as the real providers do, and any other error at once.
 */
export async function untilFound<Found>(
  ask: () => Promise<Found>,
  isMissing: (error: unknown) => boolean,
  timeoutMs = 120_000,
): Promise<Found> {
  const deadline = Date.now() + timeoutMs;
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      return await ask();
    } catch (error) {
      if (!isMissing(error) || Date.now() + delayMs > deadline) throw error;
    }
    await sleep(delayMs);
  }
}
