import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { checkStored, meterBody } from './body.ts';
import { startCrc64 } from './crc64.ts';
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
}

/** Sends the missing parts as slots come free. The first failure stops the others; it is thrown when all have stopped. */
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
  const { copySource } = context;

  async function send(range: PartRange, giveBack: () => void): Promise<void> {
    try {
      const act = (attempt: Attempt) =>
        copySource === undefined
          ? sendPart(context, { entry, upload, range, sums, attempt })
          : copyPart(copySource, { entry, upload, range, attempt });
      const part = await retrying(context.tuning, act, signal);
      sent[range.number - 1] = part;
      context.uploads?.sent(upload.uploadId, part);
      context.onBytes?.(range.to - range.from + 1);
    } catch (error) {
      stop.abort(error);
    } finally {
      giveBack();
    }
  }

  const missing = partRanges(entry.sizeBytes, partSizeBytes).filter(({ number }) => sent[number - 1] === undefined);
  for (const range of missing) {
    const giveBack = await context.partSlots.take();
    running.push(send(range, giveBack));
    if (signal.aborted) break;
  }
  await Promise.all(running);
  signal.throwIfAborted();
  return sent;
}

async function sendPart(
  { source }: TransferContext,
  {
    entry,
    upload,
    range,
    sums,
    attempt,
  }: { entry: Entry; upload: PartUpload; range: PartRange; sums: PartSums; attempt: Attempt },
): Promise<SentPart> {
  const sizeBytes = range.to - range.from + 1;
  const content = await onSide('source', source.read(entry, attempt, { from: range.from, to: range.to }));
  const md5 = sums.md5 ? createHash('md5') : undefined;
  const crc64 = sums.crc64 ? startCrc64() : undefined;
  const hash = {
    update(chunk: Uint8Array) {
      md5?.update(chunk);
      crc64?.update(chunk);
    },
  };
  const body = meterBody(content.body, { sizeBytes, attempt, hash });
  try {
    const part = await onSide('destination', upload.send(range.number, body.stream, sizeBytes, attempt));
    checkStored(part, { md5: md5?.digest('hex') });
    return crc64 === undefined ? part : { ...part, crc64: crc64.value() };
  } catch (error) {
    const failure = body.failure();
    throw failure === undefined ? error : sideFailure('source', failure);
  } finally {
    content.body.destroy();
  }
}

/** A refusal may be meant for the source as well; above all the object may be another by now. */
function copyPart(
  from: CopySource,
  { entry, upload, range, attempt }: { entry: Entry; upload: PartUpload; range: PartRange; attempt: Attempt },
): Promise<SentPart> {
  assert(upload.copyPart !== undefined, 'both sides are buckets of one provider');
  return onSide('source', upload.copyPart(range.number, from, entry, range, attempt));
}
