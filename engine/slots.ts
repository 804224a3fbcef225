import assert from 'node:assert';

/** How many may be at once, where their number changes. */
export interface ChangingLimit {
  /** For now. At least one. */
  max(): number;
  /** One more waits, because there are as many as may be. */
  full?(): void;
}

/** Places for work that runs at once. Whoever waits longest goes first. */
export interface Slots {
  /** Resolves when a place is free; the caller gives it back by calling what it got, once. */
  take(): Promise<() => void>;
}

/** So many places, all of them free; at least one. A changing limit is asked whenever one is taken or given back. */
export function slots(count: number | ChangingLimit): Slots {
  const limit: ChangingLimit = typeof count === 'number' ? { max: () => count } : count;
  assert(limit.max() > 0);
  let taken = 0;
  const waiting: (() => void)[] = [];

  function giveBack(): void {
    taken -= 1;
    while (waiting.length > 0 && taken < limit.max()) {
      taken += 1;
      waiting.shift()?.();
    }
  }

  return {
    async take() {
      if (waiting.length === 0 && taken < limit.max()) {
        taken += 1;
      } else {
        limit.full?.();
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return giveBack;
    },
  };
}

/** Bytes that may be held at once. */
export interface ByteBudget {
  readonly bytesMax: number;
  /** Undefined where they are free; else resolves when they are. To be given back by the same number, once. */
  take(bytes: number): Promise<void> | undefined;
  giveBack(bytes: number): void;
}

/** What is larger than the whole budget gets all of it. */
export function byteBudget(bytesMax: number): ByteBudget {
  let free = bytesMax;
  const waiting: { bytes: number; resolve: () => void }[] = [];
  const sizeOf = (bytes: number) => Math.min(bytes, bytesMax);
  return {
    bytesMax,
    take(bytes) {
      const size = sizeOf(bytes);
      if (waiting.length > 0 || size > free) {
        return new Promise((resolve) => waiting.push({ bytes: size, resolve }));
      }
      free -= size;
      return undefined;
    },
    giveBack(bytes) {
      free += sizeOf(bytes);
      for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
        waiting.shift();
        free -= next.bytes;
        next.resolve();
      }
    },
  };
}

/** A budget whose bytes come out of another one, so that it never takes all of that. */
export function budgetWithin(outer: ByteBudget, bytesMax: number): ByteBudget {
  const own = byteBudget(bytesMax);
  return {
    bytesMax,
    take(bytes) {
      const taking = own.take(bytes);
      return taking === undefined ? outer.take(bytes) : taking.then(() => outer.take(bytes));
    },
    giveBack(bytes) {
      outer.giveBack(bytes);
      own.giveBack(bytes);
    },
  };
}

/** Work that is started as slots come free. */
export interface WorkQueue {
  /** Resolves once the work has a slot and has begun, so that whoever plans it does not run ahead. Throws what earlier work threw. */
  add(work: () => Promise<void>): Promise<void>;
  /** Resolves when all work is done; throws the first error that one of them threw. */
  done(): Promise<void>;
}

/** A queue of which so many works are done at once, as `slots` has it. */
export function workQueue(count: number | ChangingLimit): WorkQueue {
  const places = slots(count);
  let running = 0;
  let onIdle: (() => void) | undefined;
  let thrown: { error: unknown } | undefined;

  async function run(work: () => Promise<void>, giveBack: () => void): Promise<void> {
    running += 1;
    try {
      await work();
    } catch (error) {
      thrown ??= { error };
    }
    giveBack();
    running -= 1;
    if (running === 0) onIdle?.();
  }

  return {
    async add(work) {
      const giveBack = await places.take();
      if (thrown !== undefined) {
        giveBack();
        throw thrown.error;
      }
      void run(work, giveBack);
    },
    async done() {
      if (running > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      if (thrown !== undefined) throw thrown.error;
    },
  };
}
