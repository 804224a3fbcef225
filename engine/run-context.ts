import type { Comparison } from './compare.ts';
import type { Filter } from './filter.ts';
import type { RunJournal } from './journal/run-journal.ts';
import { listKeys } from './key-listing.ts';
import type { Pair } from './merge.ts';
import type { ProgressCounter } from './progress.ts';
import { sideFailure, type Side } from './sides.ts';
import type { Entry, ListOptions, Skipped } from './store.ts';
import { asFailure } from './failure.ts';
import type { Tally } from './summary.ts';
import type { TransferContext } from './transfer-context.ts';
import type { Transfers } from './transfers.ts';

/** What was decided about one key, before anything is done about it. A dry run's steps are those of the real run. */
export interface Step {
  readonly action: 'copy' | 'skip' | 'delete';
  readonly key: string;
  readonly because: string;
}

/** What became of one object. */
export interface Outcome {
  /** `changed meanwhile`: at the source, since it was listed, and copied as it is now. `gone`: deleted there. */
  readonly outcome: 'copied' | 'changed meanwhile' | 'gone' | 'skipped' | 'deleted' | 'failed' | 'equal' | 'differs';
  /** Empty where the whole run failed. */
  readonly key: string;
  readonly bytes?: number;
  readonly because?: string;
  readonly code?: string;
}

/** What the phases of one run share. */
export interface RunContext extends TransferContext {
  readonly transfers: Transfers;
  readonly tally: Tally;
  readonly progress: ProgressCounter;
  /** Whether nothing is to be written: everything is decided and counted as in the real run. */
  readonly dryRun: boolean;
  /** What the destination has is overwritten only while it is as it was listed. */
  readonly ifUnchanged: boolean;
  readonly onStep: (step: Step) => void;
  readonly onOutcome: (outcome: Outcome) => void;
  /** Which objects the run is about; all others are as if they were not there, and are never deleted. */
  readonly filter: Filter;
  /** Only these keys, in the order of keys; all of them unless given. */
  readonly keys: readonly string[] | undefined;
  readonly comparison: Comparison;
  /** Aborted when no more work is to be begun, while what has begun goes on to its end. */
  readonly draining: AbortSignal | undefined;
  readonly journal: RunJournal | undefined;
}

/** Whether the run is about this key: what the source has decides, for it is what would be copied. */
export function isSelected({ filter }: RunContext, { source, destination }: Pair): boolean {
  const decisive = source ?? destination;
  return decisive !== undefined && filter(decisive);
}

/** The listing of one side, whose failure says which side it was. What it passes over is recorded. */
export async function* listSide(
  run: RunContext,
  side: Side,
  {
    after,
    onSkipped = () => undefined,
    onDivided,
  }: Pick<ListOptions, 'onSkipped' | 'onDivided'> & { readonly after?: string | undefined } = {},
): AsyncGenerator<readonly Entry[], void, undefined> {
  try {
    yield* listKeys(run[side], run.keys, {
      signal: run.signal,
      ...(after === undefined ? {} : { after }),
      onDivided,
      onOddity: (oddity) => run.tally.oddListing(side, oddity),
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

/** Records that something failed: one key, or with an empty key the whole run. */
export function recordFailure(
  run: RunContext,
  failure: { key: string; because: string; code?: string | undefined },
): void {
  const { key, because, code } = failure;
  const told = { key, because, ...(code === undefined ? {} : { code }) };
  run.tally.failed(told);
  run.onOutcome({ outcome: 'failed', ...told });
  run.progress.failed();
}

/** Records an error of one key. An interrupted run records none; our own bugs are thrown on. */
export function recordError(run: RunContext, key: string, error: unknown): void {
  if (run.signal?.aborted === true) return;
  const { message: because, code } = asFailure(error);
  recordFailure(run, { key, because, code });
}
