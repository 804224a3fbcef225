import type { Dispatcher } from 'undici';
import { bucketStore } from './bucket-store.ts';
import { copyObjects } from './copy-objects.ts';
import { deleteObjects } from './delete-objects.ts';
import type { DeleteLimits } from './deletes.ts';
import { directoryStore } from './directory-store.ts';
import { checkApart } from './overlap.ts';
import type { Place } from './place.ts';
import { progressCounter, type Progress } from './progress.ts';
import { recordError, recordFailure, type RunContext, type Step } from './run-context.ts';
import { connectionPool } from './s3-request.ts';
import type { Side } from './sides.ts';
import { slots } from './slots.ts';
import type { Store } from './store.ts';
import { tally, type Operation, type Summary } from './summary.ts';
import { tuningDefault, type Tuning } from './tuning.ts';
import { verifyObjects, type Verification } from './verify-objects.ts';

export interface RunOptions extends Partial<DeleteLimits> {
  readonly operation: Operation;
  readonly source: Place;
  readonly destination: Place;
  /** Of `verify`; `listing` unless said. */
  readonly verification?: Verification;
  /** Of `verify`: what only the destination has is no difference, as after a `copy` into a place that held more. */
  readonly oneWay?: boolean;
  /** Decides and counts everything as the real run would, and writes nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  readonly onStep?: (step: Step) => void;
  /** Stops the run: what is in work is given up, the summary says so. */
  readonly signal?: AbortSignal;
  /** Objects in work at once. */
  readonly concurrency?: number;
  readonly tuning?: Partial<Tuning>;
}

/** As in the configuration: `options.deletesMax` and `options.deletesMaxPercent`. */
export const deleteLimitsDefault: DeleteLimits = { deletesMax: 1000, deletesMaxPercent: 10 };

/**
 * Runs one operation between two places: `copy` never deletes, `sync` deletes last and only after everything else succeeded,
 * `verify` only reads. What goes wrong with objects, listings and limits stands in the summary; throws `UserError` only where the two
 * places are one, or one lies inside the other.
 */
export async function runOperation(options: RunOptions): Promise<Summary> {
  const { operation, source, destination, signal } = options;
  if (operation !== 'verify') await checkApart(source, destination);
  const tuning = {
    ...tuningDefault,
    ...options.tuning,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  };
  const pool = connectionPool();
  const progress = progressCounter(operation === 'verify' ? 'verifying' : 'copying', options.onProgress);
  const run: RunContext = {
    source: await openStore(source, 'source', { pool, tuning }),
    destination: await openStore(destination, 'destination', { pool, tuning }),
    tuning,
    partSlots: slots(tuning.concurrency),
    signal,
    tally: tally(),
    progress,
    onBytes: (bytes) => progress.moved(bytes),
    dryRun: options.dryRun ?? false,
    onStep: options.onStep ?? (() => undefined),
  };
  try {
    await perform(run, options);
  } catch (error) {
    recordError(run, '', error);
  } finally {
    await pool.destroy();
  }
  if (signal?.aborted === true)
    recordFailure(run, { key: '', because: 'the run was interrupted', code: 'Interrupted' });
  return run.tally.summary(operation);
}

async function perform(run: RunContext, options: RunOptions): Promise<void> {
  const { operation, verification = 'listing', oneWay = false } = options;
  if (operation === 'verify') {
    await verifyObjects(run, { verification, oneWay });
    return;
  }
  const deletesMax = options.deletesMax ?? deleteLimitsDefault.deletesMax;
  const deletesMaxPercent = options.deletesMaxPercent ?? deleteLimitsDefault.deletesMaxPercent;
  const findings = await copyObjects(run, deletesMax);
  if (operation === 'sync') await deleteObjects(run, findings, { deletesMax, deletesMaxPercent });
}

function openStore(place: Place, side: Side, { pool, tuning }: { pool: Dispatcher; tuning: Tuning }): Promise<Store> {
  if (place.kind === 'directory') return directoryStore(place.path, { mayBeAbsent: side === 'destination' });
  return Promise.resolve(bucketStore(place, { pool, retry: tuning }));
}
