import { compareKeys } from '../base/key-order.ts';
import { decideCopy, settled, type CopyDecision } from './compare.ts';
import { keyCheck, type KeyCheck } from './key-check.ts';
import type { KeyRange } from './journal/done.ts';
import { noPages, pagesOf, type Pages, type PageWork } from './journal/pages.ts';
import { mergeListings, type BothEntries, type Pair } from './merge.ts';
import { isSelected, listSide, recordError, recordFailure, type RunContext } from './run-context.ts';
import { workQueue, type WorkQueue } from './slots.ts';
import type { Copyable, Entry } from './store.ts';
import { changedMeanwhile, contentsEqual } from './verify-objects.ts';

/** What copying found out, for the deletes of a sync. */
export interface CopyFindings {
  readonly sourceObjects: number;
  readonly destinationObjects: number;
  /** How many objects only the destination has. */
  readonly onlyAtDestination: number;
  /** Their keys, but no more than `keysMax` of them. */
  readonly keys: readonly string[];
}

/** What planning gathers, over all ranges. */
interface Plan {
  readonly check: KeyCheck;
  readonly queue: WorkQueue;
  readonly keysMax: number;
  /** Passed over at the source. */
  readonly skipped: Set<string>;
  readonly keys: string[];
  /** The source's listing was put together of several. */
  isDivided: boolean;
  sourceObjects: number;
  destinationObjects: number;
  onlyAtDestination: number;
}

/**
 * Lists both sides, copies what differs while the listing goes on, and records every outcome. Of what only the destination has it
 * keeps `keysMax` keys: a run that may not delete more needs no more. With a journal it begins where the earlier run stopped.
 * Undefined where it was told to stop before it came to the end. Throws `Failure` where a listing fails, after everything that
 * had begun is done.
 */
export async function copyObjects(run: RunContext, keysMax: number): Promise<CopyFindings | undefined> {
  const { journal, signal } = run;
  const earlier = journal?.resumed;
  const plan: Plan = {
    check: keyCheck(run.source, run.destination, { signal, respelled: earlier?.respelled ?? [] }),
    queue: workQueue(run.transfers.atOnce),
    keysMax,
    skipped: new Set(),
    keys: [],
    isDivided: false,
    sourceObjects: earlier?.sourceObjects ?? 0,
    destinationObjects: earlier?.destinationObjects ?? 0,
    onlyAtDestination: earlier?.onlyAtDestination ?? 0,
  };
  try {
    for (const range of journal?.ranges ?? [{ prefixes: [] }]) await copyRange(run, plan, range);
  } finally {
    await plan.queue.done();
  }
  if (run.draining?.aborted === true) return undefined;
  run.progress.listed();
  // No order of keys proves that a listing that several made has no gap; a lookup of what would be deleted does.
  const [doubtful, certain] = plan.isDivided ? [plan.keys, []] : [[], plan.keys];
  const keys = [...(await stillMissing(run, [...(earlier?.keys ?? []), ...doubtful])), ...certain];
  const deletable = keys.filter((key) => !plan.check.spares(key) && !isAtOrBelow(key, plan.skipped));
  const { sourceObjects, destinationObjects, onlyAtDestination } = plan;
  return {
    sourceObjects,
    destinationObjects,
    onlyAtDestination: onlyAtDestination > keysMax ? onlyAtDestination : deletable.length,
    keys: deletable,
  };
}

async function copyRange(run: RunContext, plan: Plan, range: KeyRange): Promise<void> {
  const { check, keysMax, skipped } = plan;
  check.goOn(range.prefixes);
  const { journal } = run;
  const pages =
    journal === undefined
      ? noPages
      : pagesOf(range, { write: (page) => journal.pageDone(page), keysMax, pageKeys: journal.pageKeys });
  const { after } = range;
  const source = listSide(run, 'source', {
    after,
    onSkipped: ({ key }) => skipped.add(key),
    onDivided: () => (plan.isDivided = true),
  });
  let end: EndOfRange | undefined;
  for await (const pairs of mergeListings(source, listSide(run, 'destination', { after }))) {
    end = await planPairs(run, plan, pairs, { until: range.until, pages });
    if (end !== undefined) break;
  }
  pages.end({ isWhole: end !== 'told to stop', prefixes: check.prefixes() });
}

type EndOfRange = 'beyond the range' | 'told to stop';

/** Undefined where the range goes on behind these. */
async function planPairs(
  run: RunContext,
  plan: Plan,
  pairs: readonly Pair[],
  { until, pages }: { readonly until: string | undefined; readonly pages: Pages },
): Promise<EndOfRange | undefined> {
  for (const pair of pairs) {
    if (until !== undefined && compareKeys(pair.key, until) > 0) return 'beyond the range';
    if (run.draining?.aborted === true) return 'told to stop';
    const planned = planPair(run, plan, pair, pages);
    if (planned !== undefined) await planned;
  }
  return undefined;
}

/** What has to be waited for before the next key is looked at; undefined for most keys. */
function planPair(run: RunContext, plan: Plan, pair: Pair, pages: Pages): Promise<void> | undefined {
  const { key, source, destination } = pair;
  const selected = isSelected(run, pair);
  const [atSource, atDestination] = [selected && source !== undefined, selected && destination !== undefined];
  const deletable = selected && source === undefined && !isAtOrBelow(key, plan.skipped);
  plan.sourceObjects += Number(atSource);
  plan.destinationObjects += Number(atDestination);
  plan.onlyAtDestination += Number(deletable);
  if (deletable && plan.keys.length < plan.keysMax) plan.keys.push(key);
  const planned =
    selected && source !== undefined ? planCopy(run, plan, { source, destination, work: pages.begin() }) : undefined;
  const respelled = atSource && plan.check.isRespelled(key);
  pages.reached({ key, atSource, atDestination, deletable, respelled, prefixes: plan.check.prefixes });
  return planned;
}

/** An object of the source that the run is about. */
interface Candidate {
  readonly source: Entry;
  readonly destination: Entry | undefined;
  readonly work: PageWork;
}

function planCopy(run: RunContext, plan: Plan, candidate: Candidate): Promise<void> | undefined {
  const problem = plan.check.problemOf(candidate.source.key);
  if (problem instanceof Promise) return problem.then((found) => planChecked(run, plan, candidate, found));
  return planChecked(run, plan, candidate, problem);
}

/** `problem`: why its key cannot be copied. */
function planChecked(
  run: RunContext,
  { queue }: Plan,
  { source, destination, work }: Candidate,
  problem: string | undefined,
): Promise<void> | undefined {
  if (problem !== undefined) {
    run.progress.found(1, 0);
    run.progress.finished(1);
    recordFailure(run, { key: source.key, because: problem, code: 'KeyNotPossible' });
    work.failed();
    return undefined;
  }
  const decision = decideCopy(source, destination, run.comparison);
  if (decision !== 'compare contents') {
    const job = act(run, { source, destination }, decision, work);
    return job && queue.add(job);
  }
  return destination && queue.add(() => compareAndCopy(run, { source, destination }, work));
}

/** Carries a decision out: what is left to do comes back. */
function act(
  run: RunContext,
  { source, destination }: Pick<Candidate, 'source' | 'destination'>,
  decision: CopyDecision,
  work: PageWork,
): (() => Promise<void>) | undefined {
  const { key, sizeBytes } = source;
  run.onStep({ action: decision.copy ? 'copy' : 'skip', key, because: decision.because });
  run.progress.found(1, decision.copy ? sizeBytes : 0);
  if (decision.copy && !run.dryRun) return () => copyOne(run, toBeCopied(run, source, destination), work);
  if (decision.copy) {
    run.tally.copied(sizeBytes);
  } else {
    run.tally.skipped();
    if (decision.because === 'differs, and is never overwritten') {
      run.tally.noted(`not overwritten, though the two differ: ${JSON.stringify(key)}`);
    }
    run.onOutcome({ outcome: 'skipped', key, because: decision.because });
  }
  run.progress.finished(1);
  work.done();
  return undefined;
}

/** The object, with what its copy may overwrite where that is not everything; `destination` was listed at its place. */
function toBeCopied({ comparison, ifUnchanged }: RunContext, source: Entry, destination: Entry | undefined): Copyable {
  if (comparison.appendOnly === true) return { ...source, overwrites: 'nothing' };
  if (!ifUnchanged) return source;
  const entityTag = destination?.entityTag;
  return { ...source, overwrites: entityTag === undefined ? 'nothing' : { entityTag } };
}

async function compareAndCopy(
  run: RunContext,
  { source, destination }: { source: Entry; destination: Entry },
  work: PageWork,
): Promise<void> {
  try {
    const same = await contentsStayEqual(run, { source, destination });
    const decision: CopyDecision = same
      ? { copy: false, because: 'content equal' }
      : { copy: true, because: 'content differs' };
    await act(run, { source, destination }, settled(decision, run.comparison), work)?.();
  } catch (error) {
    recordError(run, source.key, error);
    run.progress.found(1, 0);
    run.progress.finished(1);
    work.failed();
  }
}

/** What was written or deleted on either side while it was read is not the same: a copy looks again at what the source has. */
async function contentsStayEqual(run: RunContext, both: BothEntries): Promise<boolean> {
  try {
    return await contentsEqual(run, both);
  } catch (error) {
    if (changedMeanwhile(error)) return false;
    throw error;
  }
}

async function copyOne(run: RunContext, entry: Copyable, work: PageWork): Promise<void> {
  const { key } = entry;
  try {
    const result = await run.transfers.transfer(entry);
    if (result.outcome === 'copied') {
      const { bytes, changed = false } = result;
      run.tally.copied(bytes);
      run.onOutcome({ outcome: changed ? 'changed meanwhile' : 'copied', key, bytes });
    } else {
      run.tally.noted(`deleted at the source meanwhile: ${JSON.stringify(key)}`);
      run.onOutcome({ outcome: 'gone', key });
    }
    work.done();
  } catch (error) {
    recordError(run, key, error);
    work.failed();
  }
  run.progress.finished(1);
}

/** So many keys are looked up at once. */
const lookupsAtOnce = 16;

/** Those that the source does not have now: much may have come to it since they were found only at the destination. Throws `Failure`. */
async function stillMissing(run: RunContext, keys: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (let start = 0; start < keys.length; start += lookupsAtOnce) {
    const some = keys.slice(start, start + lookupsAtOnce);
    const found = await Promise.all(some.map((key) => run.source.find(key, run.signal)));
    for (const [index, key] of some.entries()) {
      if (found[index] === undefined) missing.push(key);
      else run.tally.noted(`not deleted, for the source has it by now: ${JSON.stringify(key)}`);
    }
  }
  return missing;
}

/** Whether the key, or a directory it lies in, is one of those. */
function isAtOrBelow(key: string, places: ReadonlySet<string>): boolean {
  if (places.size === 0) return false;
  const segments = key.split('/');
  return segments.some((_, index) => places.has(segments.slice(0, index + 1).join('/')));
}
