import type { ProgressCounter } from './progress.ts';
import { sideFailure, type Side } from './sides.ts';
import type { Entry, Skipped } from './store.ts';
import { asFailure } from './failure.ts';
import type { Tally } from './summary.ts';
import type { TransferContext } from './transfer-context.ts';

/** What was decided about one key, before anything is done about it. A dry run's steps are those of the real run. */
export interface Step {
  readonly action: 'copy' | 'skip' | 'delete';
  readonly key: string;
  readonly because: string;
}

/** What the phases of one run share. */
export interface RunContext extends TransferContext {
  readonly tally: Tally;
  readonly progress: ProgressCounter;
  /** Whether nothing is to be written: everything is decided and counted as in the real run. */
  readonly dryRun: boolean;
  readonly onStep: (step: Step) => void;
}

/** The listing of one side, whose failure says which side it was. What it passes over is recorded. */
export async function* listSide(
  run: RunContext,
  side: Side,
  onSkipped: (skipped: Skipped) => void = () => undefined,
): AsyncGenerator<Entry, void, undefined> {
  try {
    yield* run[side].list({
      signal: run.signal,
      onSkipped(skipped) {
        recordSkipped(run, side, skipped);
        onSkipped(skipped);
      },
    });
  } catch (error) {
    run.signal?.throwIfAborted();
    throw sideFailure(side, asFailure(error));
  }
}

function recordSkipped(run: RunContext, side: Side, { key, because, isData }: Skipped): void {
  if (isData && side === 'source') recordFailure(run, { key, because: `${side}: ${because}`, code: 'KeyNotPossible' });
  else run.tally.noted(`passed over at the ${side}: ${JSON.stringify(key)}, for ${because}`);
}

export function recordFailure(
  run: RunContext,
  failure: { key: string; because: string; code?: string | undefined },
): void {
  const { key, because, code } = failure;
  run.tally.failed({ key, because, ...(code === undefined ? {} : { code }) });
  run.progress.failed();
}

/** Records an error of one key. An interrupted run records none; our own bugs are thrown on. */
export function recordError(run: RunContext, key: string, error: unknown): void {
  if (run.signal?.aborted === true) return;
  const { message: because, code } = asFailure(error);
  recordFailure(run, { key, because, code });
}
