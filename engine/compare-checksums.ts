import { drain, meterBody } from './body.ts';
import { startChecksum, type ChecksumAlgorithm } from './checksum.ts';
import type { Verdict } from './compare.ts';
import type { BothEntries } from './merge.ts';
import { retrying, type Attempt } from './retry.ts';
import { comparedOnSide, type Side } from './sides.ts';
import type { Entry } from './store.ts';
import type { TransferContext } from './transfer-context.ts';

/** Where both sides are read, and how patiently. */
type Sides = Pick<TransferContext, Side | 'tuning' | 'signal'>;

/**
 * Whether two objects of one size are the same by the checksums that their buckets keep, which are asked for; a body is read only where
 * it is a file's. Throws `Failure`.
 *
 * | source | destination | compared |
 * | --- | --- | --- |
 * | bucket | bucket | the first checksum that both keep |
 * | bucket | file | the bucket's first checksum, which is computed of the file; and the other way round |
 * | file | file | the CRC64NVME of both |
 */
export async function compareChecksums(run: Sides, { source, destination }: BothEntries): Promise<Verdict> {
  const left = await keptAt(run, 'source', source);
  const right = left?.size === 0 ? left : await keptAt(run, 'destination', destination);
  const algorithm = algorithmOf(left, right);
  if (algorithm === undefined) return { same: true, strength: 'size only' };
  const [leftValue, rightValue] = await Promise.all([
    left?.get(algorithm) ?? computedChecksum(run, 'source', source, algorithm),
    right?.get(algorithm) ?? computedChecksum(run, 'destination', destination, algorithm),
  ]);
  return leftValue === rightValue
    ? { same: true, strength: 'checksum' }
    : { same: false, because: `checksum (${algorithm}) differs` };
}

/** Checksums by their algorithms, the best first. */
type KeptChecksums = ReadonlyMap<ChecksumAlgorithm, string>;

/** The first that both sides have; a file, which is undefined here, has any. */
function algorithmOf(left: KeptChecksums | undefined, right: KeptChecksums | undefined): ChecksumAlgorithm | undefined {
  if (left === undefined) return right === undefined ? 'CRC64NVME' : [...right.keys()][0];
  return [...left.keys()].find((algorithm) => right?.has(algorithm) ?? true);
}

/** What a bucket keeps of the object; undefined for files, of which all are computed. */
async function keptAt(run: Sides, side: Side, entry: Entry): Promise<KeptChecksums | undefined> {
  const store = run[side];
  if (store.hasDirectories) return undefined;
  const describing = (attempt: Attempt) => comparedOnSide(side, store.describe(entry, attempt));
  const { crc64, md5, checksum } = await retrying(run.tuning, describing, run.signal);
  const kept = new Map<ChecksumAlgorithm, string>();
  if (crc64 !== undefined) kept.set('CRC64NVME', crc64);
  if (md5 !== undefined) kept.set('MD5', md5);
  if (checksum !== undefined) kept.set(checksum.algorithm, checksum.value);
  return kept;
}

/** The checksum of one side's body, which is read for it. Throws `Failure`. */
export async function computedChecksum(
  run: Sides,
  side: Side,
  entry: Entry,
  algorithm: ChecksumAlgorithm,
): Promise<string> {
  return retrying(
    run.tuning,
    async (attempt) => {
      const hash = startChecksum(algorithm);
      const { body } = await comparedOnSide(side, run[side].read(entry, attempt));
      await comparedOnSide(side, drain(meterBody(body, { sizeBytes: entry.sizeBytes, attempt, hash })));
      return hash.value();
    },
    run.signal,
  );
}
