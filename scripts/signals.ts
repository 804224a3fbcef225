/** As shells tell it: 128 and the number of SIGINT. */
export const interruptedExitCode = 130;

/** What is in work when the first signal comes has so long to come to its end. */
const drainMs = 10_000;

/** How a run is stopped: in good order by the first signal, at once by the second, or when good order takes too long. */
export interface Stopping {
  readonly draining: AbortSignal;
  readonly signal: AbortSignal;
}

/** Runs `work`, which Ctrl-C and SIGTERM stop in two steps; a third ends the process. */
export async function drainedBySignals<Result>(work: (stopping: Stopping) => Promise<Result>): Promise<Result> {
  const [draining, stopped] = [new AbortController(), new AbortController()];
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (!draining.signal.aborted) {
      draining.abort();
      timer = setTimeout(() => stopped.abort(), drainMs);
      return;
    }
    stopped.abort();
    forget();
  };
  const forget = (): void => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work({ draining: draining.signal, signal: stopped.signal });
  } finally {
    clearTimeout(timer);
    forget();
  }
}
