import { createHash } from 'node:crypto';
import { compareKeys } from '../base/key-order.ts';
import type { Comparison } from './compare.ts';
import { copyObjects } from './copy-objects.ts';
import { deleteObjects } from './delete-objects.ts';
import type { DeleteLimits } from './deletes.ts';
import { checkFeatures } from './feature-check.ts';
import { compileFilter, type FilterOptions } from './filter.ts';
import { openRunJournal, type JournalOptions, type RunJournal } from './journal/run-journal.ts';
import { openStores, type ReadingOptions } from './open-stores.ts';
import { checkApart, rootOf } from './overlap.ts';
import type { Place } from './place.ts';
import { progressCounter, type Progress } from './progress.ts';
import { rateLimit, type RateLimit } from './rate-limit.ts';
import { recordError, recordFailure, type Outcome, type RunContext, type Step } from './run-context.ts';
import { clockInWords } from './server-clock.ts';
import type { Side } from './sides.ts';
import { tally, type Operation, type Summary, type Tally } from './summary.ts';
import { dividedTransfers } from './threads/divided-transfers.ts';
import { sharedPlace } from './threads/shared-place.ts';
import { planThreads } from './threads/thread-plan.ts';
import { timetabledRate, type Timetable } from './timetable.ts';
import { ownResources, type TransferContext } from './transfer-context.ts';
import { tuningDefault, type Tuning } from './tuning.ts';
import { verifyObjects, type Verification } from './verify-objects.ts';

export interface RunOptions extends Partial<DeleteLimits>, FilterOptions, Omit<Comparison, 'opaqueTags'> {
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
  /** Hears what became of each object. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Only these keys; what else either side has is left alone. */
  readonly keys?: readonly string[] | undefined;
  /** Keeps track of a `copy` or `sync`, so that the next run of it goes on where this one stopped. */
  readonly journal?: JournalOptions | undefined;
  /** Stops the run in good order: nothing new is begun, what is in work goes on to its end. */
  readonly draining?: AbortSignal;
  /** Stops the run: what is in work is given up, the summary says so. */
  readonly signal?: AbortSignal;
  /** Objects in work at once; also the most requests of one kind that each side gets at once. */
  readonly concurrency?: number;
  /** Threads that copy objects beside the main one, from the first object on; unless said as `planThreads` has it. */
  readonly threads?: number | undefined;
  /** Requests a second, of both sides together. */
  readonly tpsLimit?: number | undefined;
  /** Bytes a second that are read at the source (of both sides, in `verify`), for all the time or by the time of the week. */
  readonly bandwidthLimit?: number | Timetable | undefined;
  /** Tags go with their objects, where both sides have tags. In a `verify`: objects with other tags differ; both sides are read. */
  readonly tags?: boolean | undefined;
  /** The source is read as it was when it was listed, from its versions: what changes meanwhile changes nothing. */
  readonly versions?: boolean | undefined;
  /** With `versions`: the source as it was at this time. */
  readonly versionsAt?: Date | undefined;
  /** Nothing at the destination is ever overwritten: a `copy` only adds. */
  readonly appendOnly?: boolean | undefined;
  /** What the destination has is overwritten only while it is as it was listed. */
  readonly ifUnchanged?: boolean | undefined;
  /** The provider copies by itself, from bucket to bucket; the destination's credential reads the source too. */
  readonly serverSide?: boolean | undefined;
  readonly tuning?: Partial<Tuning>;
}

/** As in the configuration: `options.deletesMax` and `options.deletesMaxPercent`. */
export const deleteLimitsDefault: DeleteLimits = { deletesMax: 1000, deletesMaxPercent: 10 };

/**
 * Runs one operation between two places: `copy` never deletes, `sync` deletes last and only after everything else succeeded,
 * `verify` only reads. What goes wrong with objects, listings and limits stands in the summary; throws `UserError` only where the two
 * places are one, or one lies inside the other, for a pattern that cannot be read, for what a provider does not have (`checkFeatures`)
 * and for a journal that is in use or of other options.
 */
export async function runOperation(options: RunOptions): Promise<Summary> {
  const { operation, source, destination, signal } = options;
  checkFeatures(options);
  if (operation !== 'verify') await checkApart(source, destination);
  const tuning = {
    ...tuningDefault,
    ...options.tuning,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  };
  const filter = compileFilter(options);
  const keys = options.keys === undefined ? undefined : [...new Set(options.keys)].sort(compareKeys);
  const reading = readingOptions(options);
  const told = tally();
  const placeFor = { source: sharedPlace(source, tuning), destination: sharedPlace(destination, tuning) };
  const stores = await openStores(
    { source: placeFor.source(), destination: placeFor.destination() },
    {
      tuning,
      reading,
      requestRate: options.tpsLimit === undefined ? undefined : rateLimit(options.tpsLimit),
      bandwidth: bandwidthOf(options),
      onClockCorrected: (side, offsetMs) => noteClock(told, side, offsetMs),
    },
  );
  // Last, for whatever is thrown from here on gives its lock back.
  const journal = await openJournal(options);
  const progress = progressCounter(operation === 'verify' ? 'verifying' : 'copying', options.onProgress);
  const context: TransferContext = {
    ...ownResources(stores, tuning),
    signal,
    onBytes: (bytes) => progress.moved(bytes),
    uploads: journal?.uploads,
    copySource: options.serverSide === true && source.kind === 'bucket' ? source : undefined,
    onLost: (what) => told.lost(what),
    onUnproven: () => told.unproven(),
  };
  const threads = planThreads(options);
  if (threads.note !== undefined) told.noted(threads.note);
  const run: RunContext = {
    ...context,
    transfers: dividedTransfers(context, { ...threads, placeFor, reading }),
    tally: told,
    progress,
    dryRun: options.dryRun ?? false,
    ifUnchanged: options.ifUnchanged ?? false,
    onStep: options.onStep ?? (() => undefined),
    onOutcome: options.onOutcome ?? (() => undefined),
    filter,
    keys,
    comparison: comparisonOf(options),
    draining: options.draining,
    journal,
  };
  noteJournal(run);
  let isWhole = false;
  try {
    isWhole = await perform(run, options);
    if (isWhole) await abortLeft(run);
  } catch (error) {
    recordError(run, '', error);
  } finally {
    await run.transfers.end();
    await stores.close();
    if (journal?.problem !== undefined) run.tally.noted(`the journal could not be written: ${journal.problem}`);
    if (isWhole) await journal?.finish();
    else await journal?.keep();
  }
  if (signal?.aborted === true || options.draining?.aborted === true)
    recordFailure(run, { key: '', because: interruptedBecause(journal), code: 'Interrupted' });
  return run.tally.summary(operation);
}

function interruptedBecause(journal: RunJournal | undefined): string {
  if (journal === undefined) return 'the run was interrupted';
  return 'the run was interrupted; the same command goes on from here';
}

/** A dry run does nothing that could be continued, and a verify is short for what it reads. */
async function openJournal(options: RunOptions): Promise<RunJournal | undefined> {
  const { operation, journal } = options;
  if (journal === undefined || operation === 'verify' || options.dryRun === true) return undefined;
  const [source, destination] = [await rootOf(options.source), await rootOf(options.destination)];
  return openRunJournal({ operation, source, destination, options: decisiveOptions(options) }, journal);
}

/** Everything that decides about an object: done otherwise by an earlier run, it would have to be done again. */
function decisiveOptions(options: RunOptions): Record<string, unknown> {
  const { rules, sizeBytesMin, sizeBytesMax, ageMsMin, ageMsMax, checksum, update } = options;
  const { deletesMax, deletesMaxPercent } = deleteLimitsOf(options);
  const limits = options.operation === 'sync' ? { deletesMax, deletesMaxPercent } : {};
  // There may be millions of keys, and nobody reads them there.
  const keys = options.keys && createHash('sha256').update(JSON.stringify(options.keys)).digest('hex');
  const filter = { rules, sizeBytesMin, sizeBytesMax, ageMsMin, ageMsMax, keys };
  const { tags, versions, versionsAt, appendOnly, ifUnchanged, serverSide, destination } = options;
  const kmsKeyArn = destination.kind === 'bucket' ? destination.kmsKeyArn : undefined;
  const how = { checksum, update, tags, versions, versionsAt, appendOnly, ifUnchanged, serverSide, kmsKeyArn };
  return { ...filter, ...how, ...limits };
}

function comparisonOf({ checksum, update, appendOnly, source, destination }: RunOptions): Comparison {
  const opaqueTags = [source, destination].some((place) => place.kind === 'bucket' && place.kmsKeyArn !== undefined);
  return { checksum, update, appendOnly, opaqueTags };
}

function bandwidthOf({ bandwidthLimit: limit }: RunOptions): RateLimit | undefined {
  if (limit === undefined) return undefined;
  return typeof limit === 'number' ? rateLimit(limit) : timetabledRate(limit);
}

function readingOptions({ operation, tags, versions, versionsAt }: RunOptions): ReadingOptions {
  // A verify reads tags by themselves, where it compares them.
  const withTags = operation === 'verify' ? undefined : tags;
  return { tags: withTags, versions: versions === true ? { at: versionsAt } : undefined };
}

function noteJournal({ journal, tally: told }: RunContext): void {
  if (journal?.resumed === undefined) return;
  const { sourceObjects } = journal.resumed;
  told.noted(`continued an interrupted run, which was done with ${sourceObjects} objects of the source`);
}

/** Uploads in parts that an earlier run left, of objects that are no more, or no more the same. */
async function abortLeft({ journal, destination }: RunContext): Promise<void> {
  for (const { key, uploadId } of journal?.leftUploads() ?? []) await destination.resumeParts?.(key, uploadId).abort();
}

function deleteLimitsOf({ deletesMax, deletesMaxPercent }: Partial<DeleteLimits>): DeleteLimits {
  return {
    deletesMax: deletesMax ?? deleteLimitsDefault.deletesMax,
    deletesMaxPercent: deletesMaxPercent ?? deleteLimitsDefault.deletesMaxPercent,
  };
}

/** Whether it came to its end: nothing is left that the same run, continued, would do. */
async function perform(run: RunContext, options: RunOptions): Promise<boolean> {
  const { operation, verification = 'listing', oneWay = false, tags = false } = options;
  if (operation === 'verify') {
    await verifyObjects(run, { verification, oneWay, tags });
    return true;
  }
  const limits = deleteLimitsOf(options);
  const findings = await copyObjects(run, operation === 'sync' ? limits.deletesMax : 0);
  if (findings === undefined) return false;
  if (operation === 'sync') await deleteObjects(run, findings, limits);
  return run.signal?.aborted !== true && run.draining?.aborted !== true;
}

function noteClock(told: Tally, side: Side, offsetMs: number): void {
  const where = `${clockInWords(offsetMs)} that of the ${side}`;
  told.noted(`the clock of this machine is ${where}, whose time requests were signed with`);
}
