import assert from 'node:assert';

/** What a run may use, and how patient it is. Every number here has a default that suits two cores and a wide-area network. */
export interface Tuning {
  /** Objects in work at once; as many parts of large objects again. How many requests that makes is found out: see `AdaptiveLimit`. */
  readonly concurrency: number;
  /** Requests of one kind at once to one endpoint, to begin with. */
  readonly requestsAtFirst: number;
  /** Small bodies held in memory at once, in bytes. */
  readonly bufferedBytesInFlightMax: number;
  /** Bodies up to this size travel as one buffer, larger ones as a stream. */
  readonly bufferedBytesMax: number;
  /** Objects of at least this size are sent in parts, where the destination takes parts. */
  readonly multipartBytesMin: number;
  /** The least size of a part; grows where an object would need more parts than a provider takes. */
  readonly partSizeBytes: number;
  /** Objects up to this size are copied by a provider itself in one piece (CopyObject), larger ones in parts. */
  readonly serverCopyBytesMax: number;
  /** The least size of a part that a provider copies by itself. */
  readonly serverPartSizeBytes: number;
  /** Tries of one request, the first included. */
  readonly attemptsMax: number;
  readonly retryDelayMs: number;
  readonly retryDelayMsMax: number;
  /** A request on which nothing moves for so long has failed. */
  readonly idleTimeoutMs: number;
  /** For so long after a request's first try a refusal is tried again, because fresh keys take time to spread. */
  readonly propagationMs: number;
}

const mebibyte = 1024 * 1024;

export const tuningDefault: Tuning = {
  concurrency: 256,
  requestsAtFirst: 4,
  bufferedBytesInFlightMax: 48 * mebibyte,
  bufferedBytesMax: mebibyte,
  multipartBytesMin: 32 * mebibyte,
  partSizeBytes: 16 * mebibyte,
  // As much as one part may be: S3 copies 5 GiB at once, R2 5 MiB less.
  serverCopyBytesMax: 5 * 1024 * mebibyte - 5 * mebibyte,
  serverPartSizeBytes: 256 * mebibyte,
  attemptsMax: 6,
  retryDelayMs: 200,
  retryDelayMsMax: 20_000,
  idleTimeoutMs: 60_000,
  propagationMs: 0,
};

/**
 * So much of the memory for bodies may be taken by parts that are read before their turn (`PartwiseChecksum`): two of the usual size. What
 * is left is for small bodies, which must not wait for parts that take minutes on a slow line.
 */
export function heldPartBytesMax({ bufferedBytesInFlightMax }: Pick<Tuning, 'bufferedBytesInFlightMax'>): number {
  return Math.floor((bufferedBytesInFlightMax * 2) / 3);
}

/** Parts of one upload: AWS S3 User Guide, "multipart upload limits"; R2 and B2 have the same. */
export const partsMax = 10_000;
/** The largest part: 5 GiB on S3; R2 takes 5 MiB less. */
export const partSizeBytesMax = 5 * 1024 * mebibyte - 5 * mebibyte;

// The memory target rests on these two: buffered bodies, and streams, which hold some 100 KiB each.
assert(tuningDefault.bufferedBytesMax <= tuningDefault.bufferedBytesInFlightMax);
assert(tuningDefault.bufferedBytesInFlightMax + tuningDefault.concurrency * 100 * 1024 <= 80 * mebibyte);
assert(tuningDefault.bufferedBytesMax < tuningDefault.multipartBytesMin);

/**
 * The size of every part but the last: `partSizeBytes`, or the next whole MiB at which `sizeBytes` fits into 10,000 parts.
 * It is fixed before the first part is sent, because R2 refuses an upload whose parts differ in size (the last excepted).
 */
export function partSizeFor(sizeBytes: number, partSizeBytes: number): number {
  const needed = Math.ceil(sizeBytes / partsMax);
  const size = needed <= partSizeBytes ? partSizeBytes : Math.ceil(needed / mebibyte) * mebibyte;
  return Math.min(size, partSizeBytesMax);
}

/** The least part that providers take, the last of an upload excepted. */
const partSizeBytesMin = 5 * mebibyte;
/** A larger part takes too long to send once more, and leaves too little to be sent at once. */
const reusedPartBytesMax = 256 * mebibyte;

/**
 * The size of parts with which a copy is cut as its source was, so that the two may have one entity tag: that of the source's first part,
 * where so many parts of it make up the object. Undefined where parts differ in size, which R2 does not take, or the size does not suit.
 */
export function reusablePartSize({
  sizeBytes,
  parts,
  firstPartBytes,
}: {
  readonly sizeBytes: number;
  readonly parts: number;
  readonly firstPartBytes: number;
}): number | undefined {
  if (firstPartBytes > reusedPartBytesMax || parts > partsMax) return undefined;
  if (firstPartBytes < partSizeBytesMin && parts > 1) return undefined;
  return Math.ceil(sizeBytes / firstPartBytes) === parts ? firstPartBytes : undefined;
}

/** A part of an object: its number from 1 and the bytes `from..to`, both included. */
export interface PartRange {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** The parts that `sizeBytes` (not 0) are cut into, in order. */
export function partRanges(sizeBytes: number, partSizeBytes: number): PartRange[] {
  return Array.from({ length: Math.ceil(sizeBytes / partSizeBytes) }, (_, index) => ({
    number: index + 1,
    from: index * partSizeBytes,
    to: Math.min((index + 1) * partSizeBytes, sizeBytes) - 1,
  }));
}
