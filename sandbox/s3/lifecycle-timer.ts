import { sweepLifecycles, type SweptWorld } from './lifecycle-sweep.ts';

/** S3 and R2 take up to a day; nobody waits so long in front of a sandbox. */
const sweepIntervalMs = 60_000;

export interface LifecycleTimer {
  /** Sweeps after what is under way; never rejects. */
  sweep(): Promise<void>;
  /** Resolves when no sweep is under way and none will come. */
  stop(): Promise<void>;
}

/** Sweeps `worlds` every minute until it is stopped. */
export function startLifecycleTimer(worlds: readonly SweptWorld[]): LifecycleTimer {
  let underWay = Promise.resolve();
  let stopped = false;
  const sweepAll = async (): Promise<void> => {
    for (const world of worlds) if (!stopped) await sweepLifecycles(world);
  };
  const sweep = (): Promise<void> => {
    // A sweep that fails is our bug, and must not take the sandbox along.
    underWay = underWay.then(sweepAll).catch((error: unknown) => console.error(error));
    return underWay;
  };
  const timer = setInterval(() => void sweep(), sweepIntervalMs);
  // It must not keep alive a process that has nothing else to do.
  timer.unref();
  return {
    sweep,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await underWay;
    },
  };
}
