import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import { compareKeys } from '../base/key-order.ts';
import { bucketStore, type BucketStoreOptions } from './bucket-store.ts';
import type { Comparison } from './compare.ts';
import { copyObjects } from './copy-objects.ts';
import { deleteObjects } from './delete-objects.ts';
import type { DeleteLimits } from './deletes.ts';
import { directoryStore } from './directory-store.ts';
import { checkFeatures } from './feature-check.ts';
import { compileFilter, type FilterOptions } from './filter.ts';
import { openRunJournal, type JournalOptions, type RunJournal } from './journal/run-journal.ts';
import { checkApart, rootOf } from './overlap.ts';
import { pacedStore } from './paced-store.ts';
import type { BucketPlace, Place } from './place.ts';
import { progressCounter, type Progress } from './progress.ts';
import { rateLimit, type RateLimit } from './rate-limit.ts';
import { recordError, recordFailure, type Outcome, type RunContext, type Step } from './run-context.ts';
import { renewingStore } from './renewing-store.ts';
import { connectionPool } from './s3-request.ts';
import { clockInWords, serverClock } from './server-clock.ts';
import type { Side } from './sides.ts';
import { byteBudget, slots } from './slots.ts';
import type { Store } from './store.ts';
import { tally, type Operation, type Summary, type Tally } from './summary.ts';
import { timetabledRate, type Timetable } from './timetable.ts';
import { trafficOfSides, type Traffic } from './traffic.ts';
import { tuningDefault, type Tuning } from './tuning.ts';
import { verifyObjects, type Verification } from './verify-objects.ts';
import { createWire, type Wire } from './wire/wire.ts';

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
  /** Requests a second, of both sides together. */
  readonly tpsLimit?: number | undefined;
  /** Bytes a second that are read at the source (of both sides, in `verify`), for all the time or by the time of the week. */
  readonly bandwidthLimit?: number | Timetable | undefined;
  /** Tags go with their objects, where both sides have tags. */
  readonly tags?: boolean | undefined;
  /** The source is read as it was when it was listed, from its versions: what changes meanwhile changes nothing. */
  readonly versions?: boolean | undefined;
  /** With `versions`: the source as it was at this time. */
  readonly versionsAt?: Date | undefined;
  /** Nothing at the destination is ever overwritten: a `copy` only adds. */
  readonly appendOnly?: boolean | undefined;
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
  const pool = connectionPool();
  const wire = createWire();
  const requestRate = options.tpsLimit === undefined ? undefined : rateLimit(options.tpsLimit);
  const bandwidth = bandwidthOf(options);
  const { requestsAtFirst, concurrency: requestsMax } = tuning;
  const trafficOf = trafficOfSides({ source, destination }, { requestsAtFirst, requestsMax, requestRate });
  const told = tally();
  const resources = { pool, wire, tuning, trafficOf, bandwidth, tally: told };
  const stores = {
    source: await openStore(source, 'source', { ...resources, ...readingOptions(options) }),
    destination: await openStore(destination, 'destination', resources),
  };
  // Last, for whatever is thrown from here on gives its lock back.
  const journal = await openJournal(options);
  const progress = progressCounter(operation === 'verify' ? 'verifying' : 'copying', options.onProgress);
  const run: RunContext = {
    ...stores,
    tuning,
    partSlots: slots(tuning.concurrency),
    buffers: byteBudget(tuning.bufferedBytesInFlightMax),
    signal,
    tally: told,
    progress,
    onBytes: (bytes) => progress.moved(bytes),
    dryRun: options.dryRun ?? false,
    onStep: options.onStep ?? (() => undefined),
    onOutcome: options.onOutcome ?? (() => undefined),
    filter,
    keys,
    comparison: comparisonOf(options),
    draining: options.draining,
    journal,
    uploads: journal?.uploads,
    appendOnly: options.appendOnly ?? false,
    copySource: options.serverSide === true && source.kind === 'bucket' ? source : undefined,
    onLost: (what) => told.lost(what),
    onUnproven: () => told.unproven(),
  };
  noteJournal(run);
  let isWhole = false;
  try {
    isWhole = await perform(run, options);
    if (isWhole) await abortLeft(run);
  } catch (error) {
    recordError(run, '', error);
  } finally {
    wire.destroy();
    await pool.destroy();
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
  const { tags, versions, versionsAt, appendOnly, serverSide } = options;
  return { ...filter, checksum, update, tags, versions, versionsAt, appendOnly, serverSide, ...limits };
}

function comparisonOf({ checksum, update, appendOnly, source, destination }: RunOptions): Comparison {
  const opaqueTags = [source, destination].some((place) => place.kind === 'bucket' && place.kmsKeyArn !== undefined);
  return { checksum, update, appendOnly, opaqueTags };
}

function bandwidthOf({ bandwidthLimit: limit }: RunOptions): RateLimit | undefined {
  if (limit === undefined) return undefined;
  return typeof limit === 'number' ? rateLimit(limit) : timetabledRate(limit);
}

function readingOptions({ tags, versions, versionsAt }: RunOptions): Pick<BucketStoreOptions, 'tags' | 'versions'> {
  return { tags, versions: versions === true ? { at: versionsAt } : undefined };
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
  const { operation, verification = 'listing', oneWay = false } = options;
  if (operation === 'verify') {
    await verifyObjects(run, { verification, oneWay });
    return true;
  }
  const limits = deleteLimitsOf(options);
  const findings = await copyObjects(run, operation === 'sync' ? limits.deletesMax : 0);
  if (findings === undefined) return false;
  if (operation === 'sync') await deleteObjects(run, findings, limits);
  return run.signal?.aborted !== true && run.draining?.aborted !== true;
}

interface Resources extends Pick<BucketStoreOptions, 'tags' | 'versions'> {
  readonly pool: Dispatcher;
  readonly wire: Wire;
  readonly tuning: Tuning;
  readonly trafficOf: Readonly<Record<Side, Traffic>>;
  readonly bandwidth: RateLimit | undefined;
  readonly tally: Tally;
}

async function openStore(place: Place, side: Side, resources: Resources): Promise<Store> {
  const { pool, wire, tuning: retry, bandwidth, tags, versions } = resources;
  const traffic = resources.trafficOf[side];
  // One for all generations of credentials: the clock is the provider's.
  const clock = serverClock({ onCorrected: (offsetMs) => noteClock(resources.tally, side, offsetMs) });
  const store =
    place.kind === 'directory'
      ? await directoryStore(place.path, { mayBeAbsent: side === 'destination' })
      : withRenewal(place, (current) => bucketStore(current, { pool, wire, retry, traffic, clock, tags, versions }));
  return bandwidth === undefined ? store : pacedStore(store, bandwidth);
}

function noteClock(told: Tally, side: Side, offsetMs: number): void {
  const where = `${clockInWords(offsetMs)} that of the ${side}`;
  told.noted(`the clock of this machine is ${where}, whose time requests were signed with`);
}

function withRenewal(place: BucketPlace, open: (place: BucketPlace) => Store): Store {
  const { credentials: keys, renewCredentials: renew } = place;
  if (renew === undefined) return open(place);
  return renewingStore((credentials) => open({ ...place, credentials }), { keys, renew });
}
