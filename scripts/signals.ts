import { narrate } from './output.ts';

/** What a command ends with that was interrupted, as shells tell it: 128 and the number of the signal. */
const exitCodeOf = { SIGINT: 130, SIGTERM: 143 } as const;
type Interruption = keyof typeof exitCodeOf;

/** What is in work when the first signal comes has so long to come to its end. */
const drainMs = 10_000;

/** How a run is stopped: in good order by the first signal, at once by the second, or when good order takes too long. */
export interface Stopping {
  readonly draining: AbortSignal;
  readonly signal: AbortSignal;
}

/** What became of work that signals may stop. */
export interface Drained<Result> {
  readonly result: Result;
  /** What the command ends with; undefined where no signal came. */
  readonly interruptedExitCode: number | undefined;
}

/** Runs `work`, which Ctrl-C and SIGTERM stop in two steps; a third ends the process. Throws what `work` throws. */
export async function drainedBySignals<Result>(
  work: (stopping: Stopping) => Promise<Result>,
): Promise<Drained<Result>> {
  const [draining, stopped] = [new AbortController(), new AbortController()];
  let first: Interruption | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stop = (received: Interruption): void => {
    if (first === undefined) {
      first = received;
      narrate('stopping: what is in work is finished first; once more stops it at once');
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
    const result = await work({ draining: draining.signal, signal: stopped.signal });
    return { result, interruptedExitCode: first && exitCodeOf[first] };
  } finally {
    clearTimeout(timer);
    forget();
  }
}
