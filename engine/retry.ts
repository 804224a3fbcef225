import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, Failure, mayPass } from './failure.ts';
import type { Tuning } from './tuning.ts';

/** One try of a request: what stops it, and how it says that it is alive. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Something moved: the idle timeout starts anew. */
  touch(): void;
  /** Hears of the stop as a listener on `signal` would, for less; the answer takes the listener away again. See `onStop`. */
  onStop?(listener: (reason: Error) => void): () => void;
}

/** Calls the listener when the attempt is stopped; the answer takes it away again. */
export function onStop(attempt: Attempt, listener: (reason: Error) => void): () => void {
  if (attempt.onStop !== undefined) return attempt.onStop(listener);
  const { signal } = attempt;
  const hear = (): void => listener(asError(signal.reason));
  if (signal.aborted) hear();
  else signal.addEventListener('abort', hear, { once: true });
  return () => signal.removeEventListener('abort', hear);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('stopped', { cause: reason });
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
  const startedAt = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    const watch = new IdleWatch(policy.idleTimeoutMs, signal);
    try {
      return await act(watch);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = asFailure(error);
      const propagating = failure.kind === 'refused' && performance.now() - startedAt < policy.propagationMs;
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

/** Waits for so long. Throws the signal's reason once it aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}

/** The signal is made when somebody asks for it: most attempts are over without one. */
class IdleWatch implements Attempt {
  readonly #outer: AbortSignal | undefined;
  readonly #idleTimeoutMs: number;
  /** Nearly always one at a time; the others, where there are any. */
  #listener: ((reason: Error) => void) | undefined;
  #others: Set<(reason: Error) => void> | undefined;
  #timer: NodeJS.Timeout;
  /** Noted, and not a timer started anew: each 16 KiB of a body say that they came. */
  #touchedAt = performance.now();
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(idleTimeoutMs: number, outer?: AbortSignal) {
    outer?.throwIfAborted();
    this.#outer = outer;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#timer = setTimeout(this.#look, idleTimeoutMs);
    outer?.addEventListener('abort', this.#stopByOuter, { once: true });
  }

  readonly #stopByOuter = (): void => {
    this.#stop(asError(this.#outer?.reason));
  };

  readonly #look = (): void => {
    const leftMs = this.#touchedAt + this.#idleTimeoutMs - performance.now();
    if (leftMs > 0) {
      this.#timer = setTimeout(this.#look, Math.ceil(leftMs));
      return;
    }
    const message = `nothing moved for ${this.#idleTimeoutMs} ms`;
    this.#stop(new Failure({ kind: 'transient', code: 'IdleTimeout', message }));
  };

  #stop(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    const [first, others = []] = [this.#listener, this.#others];
    first?.(reason);
    for (const listener of others) listener(reason);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  touch(): void {
    this.#touchedAt = performance.now();
  }

  onStop(listener: (reason: Error) => void): () => void {
    if (this.#reason !== undefined) {
      listener(this.#reason);
    } else if (this.#listener === undefined) {
      this.#listener = listener;
    } else {
      this.#others ??= new Set();
      this.#others.add(listener);
    }
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
      else this.#others?.delete(listener);
    };
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#stopByOuter);
  }
}
