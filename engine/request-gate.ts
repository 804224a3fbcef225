import { AdaptiveLimit, type AdaptiveLimitOptions } from './adaptive-limit.ts';
import { onStop, type Attempt } from './retry.ts';

/** What became of a request, for the limit to learn from. */
export type RequestOutcome =
  | { readonly kind: 'done'; readonly bytes: number }
  | { readonly kind: 'throttled'; readonly retryAfterMs?: number | undefined }
  /** Says nothing about how much the provider can take. */
  | { readonly kind: 'other' };

/** Codes of a connection on which nothing moved, or that the other side ended: the system's, undici's and our own. */
const lostCodes = new Set([
  ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'IdleTimeout', 'ConnectionClosed'],
  ...['UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT'],
]);

/** What a request without an answer tells: a provider that can take no more may also hang up, or just not answer. */
export function outcomeOfError(error: unknown): RequestOutcome {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return { kind: typeof code === 'string' && lostCodes.has(code) ? 'throttled' : 'other' };
}

/** Lets as many requests through at once as its limit says at the time; the others wait in their order. */
export interface RequestGate {
  /** Undefined where the request may go at once; rejects with the reason where its attempt is stopped while it waits. */
  enter(attempt?: Attempt): Promise<void> | undefined;
  /** To be called once for each request that was let through. */
  leave(outcome: RequestOutcome): void;
  /** How many may be under way at once, for now. */
  limitNow(): number;
  /** More would go if they might: without that a limit does not grow. */
  full(): void;
  /** What requests of another kind were told holds for these too. */
  slowDown(retryAfterMs?: number): void;
}

interface Waiting {
  readonly attempt: Attempt | undefined;
  readonly letThrough: () => void;
}

/** Those who wait are kept from being taken for idle: so often is enough. */
const touchEveryMs = 1000;

/** A gate for one kind of requests to one endpoint, with a limit of its own that adapts to what becomes of them. */
export function requestGate(options: AdaptiveLimitOptions): RequestGate {
  const adaptive = new AdaptiveLimit(options);
  const waiting = new Set<Waiting>();
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;

  function mayEnter(): boolean {
    return inFlight < adaptive.limit && adaptive.pauseMs === 0;
  }

  function admit(): void {
    for (const next of waiting) {
      if (!mayEnter()) break;
      waiting.delete(next);
      inFlight += 1;
      next.letThrough();
    }
    watchWaiting();
  }

  /** Somebody has to end a pause, and to say that those who wait are not idle. */
  function watchWaiting(): void {
    // A timer that nobody needs any more must not keep the process from its end; to clear it would cost more, each time.
    if (waiting.size === 0) timer?.unref();
    else timer?.ref();
    if (waiting.size === 0 || timer !== undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        for (const { attempt } of waiting) attempt?.touch();
        admit();
      },
      Math.min(touchEveryMs, adaptive.pauseMs || touchEveryMs),
    );
  }

  return {
    enter(attempt) {
      if (waiting.size === 0 && mayEnter()) {
        inFlight += 1;
        return undefined;
      }
      adaptive.full();
      return new Promise((resolve, reject) => {
        const letThrough = (): void => {
          forget?.();
          attempt?.touch();
          resolve();
        };
        const entry: Waiting = { attempt, letThrough };
        waiting.add(entry);
        const forget =
          attempt &&
          onStop(attempt, (reason) => {
            waiting.delete(entry);
            reject(reason);
          });
        watchWaiting();
      });
    },

    leave(outcome) {
      inFlight -= 1;
      if (outcome.kind === 'done') adaptive.finished(outcome.bytes);
      else if (outcome.kind === 'throttled') adaptive.throttled(outcome.retryAfterMs);
      admit();
    },

    limitNow: () => adaptive.limit,

    full: () => adaptive.full(),

    slowDown: (retryAfterMs) => adaptive.throttled(retryAfterMs),
  };
}
