import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { meterBody } from './body.ts';
import { compareListed, type Verdict } from './compare.ts';
import { asFailure } from './failure.ts';
import { mergeListings, type Pair } from './merge.ts';
import { retrying } from './retry.ts';
import { isSelected, listSide, recordError, type RunContext } from './run-context.ts';
import { onSide, type Side } from './sides.ts';
import { workQueue } from './slots.ts';
import type { Entry } from './store.ts';

/** `listing`: sizes and comparable entity tags. `content`: every body of both sides is read and hashed. */
export type Verification = 'listing' | 'content';

/**
 * Compares two places key by key and records each difference, or how well the sameness of the two is proven. Reads only.
 * With `oneWay`, what only the destination has is no difference. Throws `Failure` where a listing fails.
 */
export async function verifyObjects(
  run: RunContext,
  { verification, oneWay }: { verification: Verification; oneWay: boolean },
): Promise<void> {
  const queue = workQueue(run.tuning.concurrency);
  try {
    for await (const pair of mergeListings(listSide(run, 'source'), listSide(run, 'destination'))) {
      if (pair.source === undefined && oneWay) continue;
      if (!isSelected(run, pair)) continue;
      const verdict = compareListed(pair.source, pair.destination);
      const both = bothOf(pair);
      run.progress.found(1, pair.source?.sizeBytes ?? 0);
      if (verification === 'content' && verdict.same && both !== undefined) {
        await queue.add(() => verifyContent(run, both));
      } else {
        record(run, pair.key, verdict);
      }
    }
  } finally {
    await queue.done();
  }
  run.progress.listed();
}

export interface BothEntries {
  readonly source: Entry;
  readonly destination: Entry;
}

function bothOf({ source, destination }: Pair): BothEntries | undefined {
  return source === undefined || destination === undefined ? undefined : { source, destination };
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

async function verifyContent(run: RunContext, { source, destination }: BothEntries): Promise<void> {
  try {
    const same = await contentsEqual(run, { source, destination });
    run.progress.moved(source.sizeBytes);
    record(run, source.key, same ? { same: true, strength: 'content' } : { same: false, because: 'content differs' });
  } catch (error) {
    if (changedMeanwhile(error)) {
      record(run, source.key, { same: false, because: 'changed while it was verified' });
      return;
    }
    recordError(run, source.key, error);
    run.progress.finished(1);
  }
}

function changedMeanwhile(error: unknown): boolean {
  const { code, kind } = asFailure(error);
  return kind === 'changed' || kind === 'missing' || code === 'PreconditionFailed' || code === 'NoSuchKey';
}

/** Reads both bodies and compares their hashes. Throws `Failure`. */
export async function contentsEqual(run: RunContext, { source, destination }: BothEntries): Promise<boolean> {
  const [left, right] = await Promise.all([hashOf(run, 'source', source), hashOf(run, 'destination', destination)]);
  return left === right;
}

/** The SHA-256 of one side's body. */
async function hashOf(run: RunContext, side: Side, entry: Entry): Promise<string> {
  const hash = await retrying(
    run.tuning,
    async (attempt) => {
      const { body } = await onSide(side, run[side].read(entry, attempt));
      const digest = createHash('sha256');
      const metered = meterBody(body, { sizeBytes: entry.sizeBytes, attempt, hash: digest });
      await onSide(side, drain(metered.stream));
      return digest.digest('hex');
    },
    run.signal,
  );
  return hash;
}

function drain(body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    body.once('end', resolve);
    body.once('error', reject);
    body.resume();
  });
}
