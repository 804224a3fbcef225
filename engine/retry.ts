import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, Failure, mayPass } from './failure.ts';
import type { Tuning } from './tuning.ts';

/** One try of a request: what stops it, and how it says that it is alive. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Something moved: the idle timeout starts anew. */
  touch(): void;
}

export type RetryPolicy = Pick<
  Tuning,
  'attemptsMax' | 'retryDelayMs' | 'retryDelayMsMax' | 'idleTimeoutMs' | 'propagationMs'
>;

/**
 * Runs `act` until it succeeds, with growing pauses, while its failures are of a kind that may pass. Throws the last `Failure`;
 * the signal's reason once `signal` aborts; and our own bugs at once. An attempt on which nothing moves for
 * `idleTimeoutMs` is aborted, so that nothing hangs.
 */
export async function retrying<Result>(
  policy: RetryPolicy,
  act: (attempt: Attempt) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const startedAt = Date.now();
  for (let attempts = 1; ; attempts += 1) {
    const watch = watchIdle(policy.idleTimeoutMs, signal);
    try {
      return await act(watch);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = asFailure(error);
      const propagating = failure.kind === 'refused' && Date.now() - startedAt < policy.propagationMs;
      if (!propagating && (!mayPass(failure.kind) || attempts >= policy.attemptsMax)) throw failure;
      await pause(backoffMs({ attempts, failure, policy }), signal);
    } finally {
      watch.end();
    }
  }
}

/**
 * How long to wait after the given number of failed attempts: doubles each time up to a limit, between half and all of it by
 * chance, so that many workers do not come back together. A provider's Retry-After is a lower bound.
 */
export function backoffMs({
  attempts,
  failure,
  policy,
  random = Math.random,
}: {
  attempts: number;
  failure: Pick<Failure, 'retryAfterMs'>;
  policy: Pick<RetryPolicy, 'retryDelayMs' | 'retryDelayMsMax'>;
  random?: () => number;
}): number {
  const ceiling = Math.min(policy.retryDelayMs * 2 ** (attempts - 1), policy.retryDelayMsMax);
  const asked = Math.min(failure.retryAfterMs ?? 0, retryAfterMsMax);
  return Math.max(asked, ceiling * (0.5 + random() / 2));
}

/** No provider's word makes a run sleep for longer. */
export const retryAfterMsMax = 120_000;

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}

interface IdleWatch extends Attempt {
  end(): void;
}

function watchIdle(idleTimeoutMs: number, outer?: AbortSignal): IdleWatch {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(
      new Failure({ kind: 'transient', code: 'IdleTimeout', message: `nothing moved for ${idleTimeoutMs} ms` }),
    );
  }, idleTimeoutMs);
  const stop = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    touch: () => timer.refresh(),
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
  };
}
