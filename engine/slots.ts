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
