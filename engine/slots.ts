import assert from 'node:assert';

/** A fixed number of places for work that runs at once. Whoever waits longest goes first. */
export interface Slots {
  /** Resolves when a place is free; the caller gives it back by calling what it got, once. */
  take(): Promise<() => void>;
}

export function slots(count: number): Slots {
  assert(count > 0);
  let free = count;
  const waiting: (() => void)[] = [];

  function giveBack(): void {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }

  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return giveBack;
    },
  };
}

/** Bytes that may be held at once. */
export interface ByteBudget {
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

/** Work that is started as slots come free. */
export interface WorkQueue {
  /** Resolves once the work has a slot and has begun, so that whoever plans it does not run ahead. Throws what earlier work threw. */
  add(work: () => Promise<void>): Promise<void>;
  /** Resolves when all work is done; throws the first error that one of them threw. */
  done(): Promise<void>;
}

export function workQueue(count: number): WorkQueue {
  const places = slots(count);
  const running = new Set<Promise<void>>();
  let thrown: { error: unknown } | undefined;

  async function run(work: () => Promise<void>, giveBack: () => void): Promise<void> {
    try {
      await work();
    } catch (error) {
      thrown ??= { error };
    } finally {
      giveBack();
    }
  }

  return {
    async add(work) {
      const giveBack = await places.take();
      if (thrown !== undefined) {
        giveBack();
        throw thrown.error;
      }
      const job = run(work, giveBack).finally(() => running.delete(job));
      running.add(job);
    },
    async done() {
      await Promise.all(running);
      if (thrown !== undefined) throw thrown.error;
    },
  };
}
