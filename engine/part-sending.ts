import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { checkStored, drain, meterBody, type KnownSums, type MeteredBody } from './body.ts';
import { corrupted } from './checked-body.ts';
import { nothingProven } from './failure.ts';
import type { Checksum } from './checksum.ts';
import { startCrc64 } from './crc64.ts';
import { PartwiseChecksum } from './partwise-checksum.ts';
import { retrying, type Attempt } from './retry.ts';
import { onSide, sideFailure } from './sides.ts';
import type { CopySource, Entry, PartUpload, SentPart } from './store.ts';
import type { TransferContext } from './transfer-context.ts';
import { partRanges, type PartRange } from './tuning.ts';

/** One upload and what was sent of it. */
export interface Upload {
  readonly upload: PartUpload;
  readonly partSizeBytes: number;
  readonly parts: readonly SentPart[];
}

/** Which checksums of each part are computed on its way. */
export interface PartSums {
  readonly md5: boolean;
  readonly crc64: boolean;
  /** What the source keeps of the whole, where that is all that proves what was read. */
  readonly whole: Checksum | undefined;
}

/**
 * Sends the missing parts as slots come free, several at once. A checksum of the whole takes them in one after the other, and those too that
 * an earlier run sent; what came is then compared with it. The first failure stops the others; it is thrown when all have stopped.
 */
export async function sendParts(
  context: TransferContext,
  entry: Entry,
  { upload, partSizeBytes, parts }: Upload,
  sums: PartSums,
): Promise<SentPart[]> {
  const stop = new AbortController();
  const signal = context.signal === undefined ? stop.signal : AbortSignal.any([context.signal, stop.signal]);
  const sent: SentPart[] = [];
  for (const part of parts) sent[part.number - 1] = part;
  const running: Promise<void>[] = [];
  const { copySource, partBuffers: budget } = context;
  const whole = sums.whole && new PartwiseChecksum(sums.whole.algorithm, { budget, signal });

  async function send(range: PartRange, giveBack: () => void): Promise<void> {
    const earlier = sent[range.number - 1];
    const act = (attempt: Attempt) => {
      if (copySource !== undefined) return copyPart(copySource, { entry, upload, range, attempt });
      if (earlier !== undefined) return readAgain(context, { entry, part: earlier, range, whole, attempt });
      return sendPart(context, { entry, upload, range, sums, whole, attempt });
    };
    try {
      const part = await retrying(context.tuning, act, signal);
      if (part === earlier) return;
      sent[range.number - 1] = part;
      context.uploads?.sent(upload.uploadId, part);
      context.onBytes?.(sizeOf(range));
    } catch (error) {
      stop.abort(error);
    } finally {
      giveBack();
    }
  }

  const ranges = partRanges(entry.sizeBytes, partSizeBytes);
  const needed = whole === undefined ? ranges.filter(({ number }) => sent[number - 1] === undefined) : ranges;
  for (const range of needed) {
    if (whole !== undefined && !whole.isTurnOf(range.number)) {
      if (sizeOf(range) <= budget.bytesMax) await whole.makeRoom(range.number, sizeOf(range));
      // There is no room for it until it is its turn.
      else await Promise.all(running);
    }
    if (signal.aborted) break;
    const giveBack = await context.partSlots.take();
    running.push(send(range, giveBack));
  }
  await Promise.all(running);
  whole?.end();
  signal.throwIfAborted();
  if (sums.whole !== undefined && whole?.value() !== sums.whole.value) throw corrupted(sums.whole.algorithm);
  return sent;
}

interface PartOfEntry {
  readonly entry: Entry;
  readonly range: PartRange;
  readonly whole: PartwiseChecksum | undefined;
  readonly attempt: Attempt;
}

async function sendPart(
  context: TransferContext,
  { upload, sums, ...of }: PartOfEntry & { upload: PartUpload; sums: PartSums },
): Promise<SentPart> {
  const { range, attempt } = of;
  return readPart(context, { ...of, sums }, async (body, sumsOf) => {
    const part = await onSide('destination', upload.send(range.number, body.pieces, sizeOf(range), attempt));
    const { md5, crc64 } = sumsOf();
    const isProven = part.md5 !== undefined || crc64 !== undefined || context.destination.checks.md5OfParts;
    // Another upload has to be begun for another checksum.
    if (md5 !== undefined && !isProven) throw nothingProven('invalid');
    checkStored(part, { md5 });
    return crc64 === undefined ? part : { ...part, crc64 };
  });
}

/** For the checksum of the whole. What was sent of the part must be what comes of it now: else the one would be proven and the other stored. */
async function readAgain(
  context: TransferContext,
  { part, ...of }: PartOfEntry & { part: SentPart },
): Promise<SentPart> {
  const sums = { md5: part.md5 !== undefined, crc64: part.crc64 !== undefined };
  return readPart(context, { ...of, sums }, async (body, sumsOf) => {
    await drain(body);
    checkStored(part, sumsOf());
    return part;
  });
}

/** Reads one part for `use`, with the checksums of what has passed; where it succeeds, the part counts for the checksum of the whole. */
async function readPart(
  { source }: TransferContext,
  { entry, range, sums, whole, attempt }: PartOfEntry & { sums: Pick<PartSums, 'md5' | 'crc64'> },
  use: (body: MeteredBody, sumsOf: () => KnownSums) => Promise<SentPart>,
): Promise<SentPart> {
  const content = await onSide('source', source.read(entry, attempt, { from: range.from, to: range.to }));
  const md5 = sums.md5 ? createHash('md5') : undefined;
  const crc64 = sums.crc64 ? startCrc64() : undefined;
  const reading = whole?.read(range.number);
  const hash = {
    update(chunk: Uint8Array) {
      md5?.update(chunk);
      crc64?.update(chunk);
      reading?.update(chunk);
    },
  };
  const body = meterBody(content.body, { sizeBytes: sizeOf(range), attempt, hash });
  try {
    const part = await use(body, () => ({ md5: md5?.digest('hex'), crc64: crc64?.value() }));
    reading?.keep();
    return part;
  } catch (error) {
    const failure = body.failure();
    throw failure === undefined ? error : sideFailure('source', failure);
  } finally {
    reading?.end();
    content.body.destroy();
  }
}

function sizeOf({ from, to }: PartRange): number {
  return to - from + 1;
}

/** A refusal may be meant for the source as well; above all the object may be another by now. */
function copyPart(
  from: CopySource,
  { entry, upload, range, attempt }: { entry: Entry; upload: PartUpload; range: PartRange; attempt: Attempt },
): Promise<SentPart> {
  assert(upload.copyPart !== undefined, 'both sides are buckets of one provider');
  return onSide('source', upload.copyPart(range.number, from, entry, range, attempt));
}
