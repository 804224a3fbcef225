import assert from 'node:assert';

export interface AdaptiveLimitOptions {
  /** Requests at once, to begin with. */
  readonly start: number;
  readonly max: number;
  /** Milliseconds; a clock of the caller's own in tests. */
  readonly now?: () => number;
  /** How much of the time since it was last asked this thread was at work, of 1. */
  readonly busyShare?: () => number;
}

/** Fewer never help: a provider that cannot serve so many refuses by itself, and then requests wait for each other. */
const limitMin = 2;
/** A window is long enough to tell a trend from noise, and ends no sooner than every place in it has been used twice. */
const windowMsMin = 250;
/** At first, and after the first step that was one too many. */
const growthAtFirst = 2;
const growthLater = 1.5;
/** A thread that has hardly anything to do takes so many at its first step: the answers are far away. */
const firstStepFarAway = 16;
const busyShareFarAway = 0.25;
/** As much more throughput counts as growth; less is noise. */
const gainMin = 1.05;
/** From here on a thread does more by itself while its code warms up; what more requests bring shows in how busy it is. */
const busyShareTelling = 0.5;
/** After a step that brought nothing, so many windows pass before the next try: conditions change. */
const restWindows = 20;
/** Or for so long: where requests take their time, windows do too. */
const restMsMax = 30_000;
/** A thread that hardly ever waits cannot do more by asking for more at once; it only holds more in memory. */
const busyShareMax = 0.8;
const backOff = 0.7;
/** One overload answers many requests; they count once. */
const backOffEveryMs = 1000;
/** A provider's Retry-After holds back all requests of its kind for no longer; a request of its own waits as it was told. */
const pauseMsMax = 20_000;
/** Work of one request beside its bytes, in bytes: about what a provider could send in the time. */
const requestBytes = 64 * 1024;

/** What one window showed. */
interface Measured {
  readonly throughput: number;
  readonly busyShare: number;
}

/**
 * How many requests of one kind one endpoint gets at once. Begins small, climbs while throughput grows with it, goes back where it
 * does not, and backs off to 0.7 of the limit where the provider says that it is too much. Latency alone decides nothing: it
 * tells large objects from small ones. Only a limit that was reached is judged, and it grows only while this thread still waits for others.
 */
export class AdaptiveLimit {
  readonly #now: () => number;
  readonly #busyShare: () => number;
  readonly #max: number;
  #limit: number;
  #before: (Measured & { readonly limit: number }) | undefined;
  #resting = { windows: 0, until: -Infinity };
  #growth = growthAtFirst;
  #window: { since: number; finished: number; work: number; wasFull: boolean };
  #backedOffAt = -Infinity;
  #pausedUntil = -Infinity;

  constructor({ start, max, now = () => performance.now(), busyShare = busyShareOfThread() }: AdaptiveLimitOptions) {
    assert(start >= 1 && max >= 1);
    this.#now = now;
    this.#busyShare = busyShare;
    this.#max = max;
    this.#limit = Math.min(start, max);
    this.#window = this.#newWindow();
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** How long the provider asked all requests of this kind to wait. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#now());
  }

  /** Every place was taken, so that more of them might have brought more. */
  full(): void {
    this.#window.wasFull = true;
  }

  /** One request is over, and went well. */
  finished(bytes: number): void {
    this.#window.finished += 1;
    this.#window.work += requestBytes + bytes;
    const milliseconds = this.#now() - this.#window.since;
    if (milliseconds < windowMsMin || this.#window.finished < 2 * this.#limit) return;
    const measured = { throughput: this.#window.work / milliseconds, busyShare: this.#busyShare() };
    if (this.#window.wasFull) this.#judge(measured);
    this.#window = this.#newWindow();
  }

  /** The provider said, or showed by not answering, that it is too much. */
  throttled(retryAfterMs = 0): void {
    const now = this.#now();
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(retryAfterMs, pauseMsMax));
    if (now - this.#backedOffAt < backOffEveryMs) return;
    this.#backedOffAt = now;
    this.#limit = Math.max(Math.min(limitMin, this.#max), this.#limit * backOff);
    this.#before = undefined;
    this.#growth = growthLater;
    this.#rest();
    this.#window = this.#newWindow();
  }

  #judge(now: Measured): void {
    if (this.#resting.windows > 0 && this.#now() < this.#resting.until) {
      this.#resting.windows -= 1;
      return;
    }
    const before = this.#before;
    this.#before = undefined;
    if (before !== undefined && !hasGained(before, now)) {
      this.#limit = before.limit;
      this.#growth = growthLater;
      this.#rest();
    } else if (now.busyShare <= busyShareMax) {
      this.#before = { ...now, limit: this.#limit };
      this.#limit = Math.min(this.#max, Math.max(this.#limit + 1, this.#next(now)));
    }
  }

  #next({ busyShare }: Measured): number {
    const isFarAway = this.#growth === growthAtFirst && busyShare < busyShareFarAway;
    return isFarAway ? Math.max(firstStepFarAway, this.#limit * this.#growth) : this.#limit * this.#growth;
  }

  #rest(): void {
    this.#resting = { windows: restWindows, until: this.#now() + restMsMax };
  }

  #newWindow(): { since: number; finished: number; work: number; wasFull: boolean } {
    return { since: this.#now(), finished: 0, work: 0, wasFull: false };
  }
}

function hasGained(before: Measured, now: Measured): boolean {
  if (now.throughput < before.throughput * gainMin) return false;
  return now.busyShare < busyShareTelling || now.busyShare >= before.busyShare * gainMin;
}

/** Node's measure: how long its loop did not wait for events. */
function busyShareOfThread(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
