import assert from 'node:assert';
import { compareChecksums, computedChecksum } from './compare-checksums.ts';
import { compareListed, type Verdict } from './compare.ts';
import { asFailure } from './failure.ts';
import { bothOf, mergeListings, type BothEntries } from './merge.ts';
import { differingTags, type ObjectTags } from './object-tags.ts';
import { retrying, type Attempt } from './retry.ts';
import { isSelected, listSide, recordError, type RunContext } from './run-context.ts';
import { comparedOnSide, type Side } from './sides.ts';
import { workQueue } from './slots.ts';
import type { Entry } from './store.ts';

/**
 * `listing`: sizes and comparable entity tags. `checksums`: where these prove nothing, a checksum that both buckets keep, asked for
 * object by object; a file is read for the one of the other side. `content`: every body of both sides is read and hashed.
 */
export type Verification = 'listing' | 'checksums' | 'content';

/** What is compared. */
export interface VerifyOptions {
  readonly verification: Verification;
  /** What only the destination has is no difference. */
  readonly oneWay: boolean;
  /** An object whose tags are others is another; both sides keep tags. */
  readonly tags: boolean;
}

/**
 * Compares two places key by key and records each difference, or how well the sameness of the two is proven. Reads only. Throws `Failure`
 * where a listing fails.
 */
export async function verifyObjects(run: RunContext, options: VerifyOptions): Promise<void> {
  const { oneWay } = options;
  const queue = workQueue(run.tuning.concurrency);
  try {
    for await (const pairs of mergeListings(listSide(run, 'source'), listSide(run, 'destination'))) {
      for (const pair of pairs) {
        if (pair.source === undefined && oneWay) continue;
        if (!isSelected(run, pair)) continue;
        const verdict = compareListed(pair.source, pair.destination, run.comparison);
        const both = bothOf(pair);
        run.progress.found(1, pair.source?.sizeBytes ?? 0);
        const way = both === undefined ? undefined : furtherWay(options, verdict);
        if (way !== undefined && both !== undefined) {
          await queue.add(() => verifyFurther(run, both, way));
        } else {
          record(run, pair.key, verdict);
        }
      }
    }
  } finally {
    await queue.done();
  }
  run.progress.listed();
}

function record(run: RunContext, key: string, verdict: Verdict): void {
  if (verdict.same) {
    run.tally.verified(verdict.strength);
    run.onOutcome({ outcome: 'equal', key, because: verdict.strength });
  } else {
    run.tally.differs(key, verdict.because);
    run.onOutcome({ outcome: 'differs', key, because: verdict.because });
  }
  run.progress.finished(1);
}

type Way = (run: RunContext, both: BothEntries) => Promise<Verdict>;

/** What else is to be asked where the listings found no difference. */
function furtherWay(options: VerifyOptions, verdict: Verdict): Way | undefined {
  const { verification, tags } = options;
  if (!verdict.same) return verdict.byTag === true ? tagsWay(options, verdict) : undefined;
  const compareBodies = bodiesWay(verification, verdict);
  if (!tags) return compareBodies;
  return async (run, both) => {
    const found = (await compareBodies?.(run, both)) ?? verdict;
    return found.same ? compareTags(run, both, found) : found;
  };
}

/**
 * By a bucket's default, KMS encrypts without anybody's saying so, and what it encrypts has a tag that only looks like an MD5: the checksums
 * that both sides keep decide. Where they may not be asked for, the tags do.
 */
function tagsWay(options: VerifyOptions, byTag: Verdict): Way {
  return async (run, both) => {
    try {
      const kept = await compareChecksums(run, both);
      return kept.same ? ((await furtherWay(options, kept)?.(run, both)) ?? kept) : byTag;
    } catch (error) {
      if (asFailure(error).kind === 'refused') return byTag;
      throw error;
    }
  };
}

function bodiesWay(verification: Verification, { strength }: Verdict & { same: true }): Way | undefined {
  if (verification === 'content') return compareContents;
  return verification === 'checksums' && strength === 'size only' ? compareChecksums : undefined;
}

async function compareContents(run: RunContext, both: BothEntries): Promise<Verdict> {
  return (await contentsEqual(run, both))
    ? { same: true, strength: 'content' }
    : { same: false, because: 'content differs' };
}

/** Says which tags differ, not their values: reports are read by more people than objects are. */
async function compareTags(run: RunContext, { source, destination }: BothEntries, found: Verdict): Promise<Verdict> {
  const [left, right] = await Promise.all([tagsAt(run, 'source', source), tagsAt(run, 'destination', destination)]);
  const keys = differingTags(left, right);
  return keys.length === 0
    ? found
    : { same: false, because: `tags differ: ${keys.map((key) => JSON.stringify(key)).join(', ')}` };
}

function tagsAt(run: RunContext, side: Side, entry: Entry): Promise<ObjectTags> {
  const store = run[side];
  const reading = (attempt: Attempt): Promise<ObjectTags> => {
    assert(store.tags !== undefined, 'both sides keep tags (checkFeatures)');
    return comparedOnSide(side, store.tags(entry, attempt));
  };
  return retrying(run.tuning, reading, run.signal);
}

async function verifyFurther(run: RunContext, both: BothEntries, compare: Way): Promise<void> {
  const { source } = both;
  try {
    const verdict = await compare(run, both);
    run.progress.moved(source.sizeBytes);
    record(run, source.key, verdict);
  } catch (error) {
    if (changedMeanwhile(error)) {
      record(run, source.key, { same: false, because: 'changed while it was verified' });
      return;
    }
    recordError(run, source.key, error);
    run.progress.finished(1);
  }
}

/** Whether an object could not be compared because it is no longer the listed one, or is gone. */
export function changedMeanwhile(error: unknown): boolean {
  const { kind } = asFailure(error);
  return kind === 'changed' || kind === 'missing';
}

/** Reads both bodies and compares their hashes. Throws `Failure`. */
export async function contentsEqual(run: RunContext, { source, destination }: BothEntries): Promise<boolean> {
  const [left, right] = await Promise.all([
    computedChecksum(run, 'source', source, 'SHA256'),
    computedChecksum(run, 'destination', destination, 'SHA256'),
  ]);
  return left === right;
}
