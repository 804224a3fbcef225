import { decideCopy } from './compare.ts';
import { keyCheck, type KeyCheck } from './key-check.ts';
import { mergeListings, type Pair } from './merge.ts';
import { listSide, recordError, recordFailure, type RunContext } from './run-context.ts';
import { workQueue, type WorkQueue } from './slots.ts';
import type { Entry } from './store.ts';
import { transferObject } from './transfer.ts';

/** What copying found out, for the deletes of a sync. */
export interface CopyFindings {
  readonly sourceObjects: number;
  readonly destinationObjects: number;
  /** How many objects only the destination has. */
  readonly onlyAtDestination: number;
  /** Their keys, but no more than `keysMax` of them. */
  readonly keys: readonly string[];
}

/**
 * Lists both sides, copies what differs while the listing goes on, and records every outcome. Of what only the destination has it
 * keeps `keysMax` keys: a run that may not delete more needs no more. Throws `Failure` where a listing fails, after everything
 * that had begun is done.
 */
export async function copyObjects(run: RunContext, keysMax: number): Promise<CopyFindings> {
  const check = keyCheck(run.source, run.destination, run.signal);
  const skipped = new Set<string>();
  const queue = workQueue(run.tuning.concurrency);
  const keys: string[] = [];
  let [sourceObjects, destinationObjects, onlyAtDestination] = [0, 0, 0];

  const source = listSide(run, 'source', ({ key }) => skipped.add(key));
  try {
    for await (const pair of mergeListings(source, listSide(run, 'destination'))) {
      if (pair.source !== undefined) sourceObjects += 1;
      if (pair.destination !== undefined) destinationObjects += 1;
      if (pair.source !== undefined) {
        await planCopy(run, { ...pair, source: pair.source }, { check, queue });
      } else if (!isAtOrBelow(pair.key, skipped)) {
        onlyAtDestination += 1;
        if (keys.length < keysMax) keys.push(pair.key);
      }
    }
  } finally {
    await queue.done();
  }
  run.progress.listed();
  const deletable = keys.filter((key) => !check.spares(key));
  return {
    sourceObjects,
    destinationObjects,
    onlyAtDestination: onlyAtDestination > keysMax ? onlyAtDestination : deletable.length,
    keys: deletable,
  };
}

async function planCopy(
  run: RunContext,
  pair: Pair & { readonly source: Entry },
  { check, queue }: { check: KeyCheck; queue: WorkQueue },
): Promise<void> {
  const { key, source, destination } = pair;
  const problem = await check.problemOf(key);
  if (problem !== undefined) {
    run.progress.found(1, 0);
    run.progress.finished(1);
    recordFailure(run, { key, because: problem, code: 'KeyNotPossible' });
    return;
  }
  const decision = decideCopy(source, destination);
  run.onStep({ action: decision.copy ? 'copy' : 'skip', key, because: decision.because });
  run.progress.found(1, decision.copy ? source.sizeBytes : 0);
  if (decision.copy && !run.dryRun) {
    await queue.add(() => copyOne(run, source));
    return;
  }
  if (decision.copy) run.tally.copied(source.sizeBytes);
  else run.tally.skipped();
  run.progress.finished(1);
}

async function copyOne(run: RunContext, entry: Entry): Promise<void> {
  try {
    const result = await transferObject(run, entry);
    if (result.outcome === 'copied') run.tally.copied(result.bytes);
    else run.tally.noted(`deleted at the source meanwhile: ${JSON.stringify(entry.key)}`);
  } catch (error) {
    recordError(run, entry.key, error);
  }
  run.progress.finished(1);
}

/** Whether the key, or a directory it lies in, is one of those. */
function isAtOrBelow(key: string, places: ReadonlySet<string>): boolean {
  if (places.size === 0) return false;
  const segments = key.split('/');
  return segments.some((_, index) => places.has(segments.slice(0, index + 1).join('/')));
}
