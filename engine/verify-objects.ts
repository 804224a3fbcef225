import { createHash } from 'node:crypto';
import { drain, meterBody, type PassingHash } from './body.ts';
import { compareListed, type Verdict } from './compare.ts';
import { startCrc64 } from './crc64.ts';
import { asFailure } from './failure.ts';
import { mergeListings, type Pair } from './merge.ts';
import { retrying, type Attempt } from './retry.ts';
import { isSelected, listSide, recordError, type RunContext } from './run-context.ts';
import { onSide, type Side } from './sides.ts';
import { workQueue } from './slots.ts';
import type { Entry } from './store.ts';

/**
 * `listing`: sizes and comparable entity tags. `checksums`: where these prove nothing, the CRC64NVME that buckets keep, asked for
 * object by object; a file is read for it. `content`: every body of both sides is read and hashed.
 */
export type Verification = 'listing' | 'checksums' | 'content';

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
      const verdict = compareListed(pair.source, pair.destination, run.comparison);
      const both = bothOf(pair);
      run.progress.found(1, pair.source?.sizeBytes ?? 0);
      const way = both === undefined ? undefined : furtherWay(verification, verdict);
      if (way !== undefined && both !== undefined) {
        await queue.add(() => verifyFurther(run, both, way));
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

type Way = (run: RunContext, both: BothEntries) => Promise<Verdict>;

/** What else is to be asked where the listings found no difference. */
function furtherWay(verification: Verification, verdict: Verdict): Way | undefined {
  if (!verdict.same) return undefined;
  if (verification === 'content') return compareContents;
  return verification === 'checksums' && verdict.strength === 'size only' ? compareChecksums : undefined;
}

async function compareContents(run: RunContext, both: BothEntries): Promise<Verdict> {
  return (await contentsEqual(run, both))
    ? { same: true, strength: 'content' }
    : { same: false, because: 'content differs' };
}

async function compareChecksums(run: RunContext, { source, destination }: BothEntries): Promise<Verdict> {
  const left = await crc64At(run, 'source', source);
  const right = left === undefined ? undefined : await crc64At(run, 'destination', destination);
  if (left === undefined || right === undefined) return { same: true, strength: 'size only' };
  return left === right
    ? { same: true, strength: 'checksum' }
    : { same: false, because: 'checksum (CRC64NVME) differs' };
}

/** What one side keeps; of files it is computed. Undefined where a bucket keeps none. */
async function crc64At(run: RunContext, side: Side, entry: Entry): Promise<string | undefined> {
  const store = run[side];
  if (!store.hasDirectories) {
    const describing = (attempt: Attempt) => onSide(side, store.describe(entry, attempt));
    return (await retrying(run.tuning, describing, run.signal)).crc64;
  }
  return retrying(
    run.tuning,
    async (attempt) => {
      const running = startCrc64();
      await readThrough(run, { side, entry, hash: running, attempt });
      return running.value();
    },
    run.signal,
  );
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
      const digest = createHash('sha256');
      await readThrough(run, { side, entry, hash: digest, attempt });
      return digest.digest('hex');
    },
    run.signal,
  );
  return hash;
}

async function readThrough(
  run: RunContext,
  { side, entry, hash, attempt }: { side: Side; entry: Entry; hash: PassingHash; attempt: Attempt },
): Promise<void> {
  const { body } = await onSide(side, run[side].read(entry, attempt));
  const metered = meterBody(body, { sizeBytes: entry.sizeBytes, attempt, hash });
  await onSide(side, drain(metered));
}
