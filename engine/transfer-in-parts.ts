import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { checkStored, meterBody } from './body.ts';
import { multipartEntityTag, sameTag } from './entity-tag.ts';
import { asFailure, Failure } from './failure.ts';
import { retrying, type Attempt } from './retry.ts';
import { onSide, sideFailure } from './sides.ts';
import type { Entry, ObjectHeaders, PartUpload, SentPart } from './store.ts';
import type { TransferContext } from './transfer-context.ts';
import { partRanges, partSizeFor, type PartRange } from './tuning.ts';

/**
 * Copies one large object by a multipart upload: parts of one size, read by range, several at once, each retried by itself.
 * The entity tag is computed while sending and compared with the answer. A failed upload is aborted. Throws `Failure`.
 */
export async function transferInParts(context: TransferContext, entry: Entry): Promise<void> {
  const kept = context.uploads?.take(entry);
  const upload = kept && context.destination.resumeParts?.(entry.key, kept.uploadId);
  try {
    if (upload !== undefined && kept !== undefined) {
      await finishUpload(context, entry, { upload, ...kept });
      return;
    }
  } catch (error) {
    // The provider may have dropped it meanwhile (R2 does after 7 days, others by a rule for the bucket).
    if (asFailure(error).code !== 'NoSuchUpload') throw error;
  }
  await finishUpload(context, entry, await startUpload(context, entry));
}

/** One upload and what was sent of it. */
interface Upload {
  readonly upload: PartUpload;
  readonly partSizeBytes: number;
  readonly parts: readonly SentPart[];
}

async function startUpload(context: TransferContext, entry: Entry): Promise<Upload> {
  const { source, tuning, signal, uploads } = context;
  const headers = await retrying(tuning, (attempt) => onSide('source', source.describe(entry, attempt)), signal);
  const upload = await retrying(tuning, (attempt) => start(context, entry.key, headers, attempt), signal);
  const partSizeBytes = partSizeFor(entry.sizeBytes, tuning.partSizeBytes);
  uploads?.started(entry, { uploadId: upload.uploadId, partSizeBytes });
  return { upload, partSizeBytes, parts: [] };
}

async function finishUpload(context: TransferContext, entry: Entry, begun: Upload): Promise<void> {
  const { upload } = begun;
  const { uploads, signal } = context;
  try {
    const parts = await sendParts(context, entry, begun);
    await complete(context, entry, upload, parts);
  } catch (error) {
    // An interrupted run leaves it to the one that goes on.
    if (uploads !== undefined && signal?.aborted === true) throw error;
    await upload.abort();
    uploads?.ended(upload.uploadId);
    throw error;
  }
  uploads?.ended(upload.uploadId);
}

function start(
  { destination }: TransferContext,
  key: string,
  headers: ObjectHeaders,
  attempt: Attempt,
): Promise<PartUpload> {
  assert(destination.startParts !== undefined, 'objects go in parts only to stores that take parts');
  return onSide('destination', destination.startParts(key, headers, attempt));
}

/** Sends the missing parts as slots come free. The first failure stops the others; it is thrown when all have stopped. */
async function sendParts(
  context: TransferContext,
  entry: Entry,
  { upload, partSizeBytes, parts }: Upload,
): Promise<SentPart[]> {
  const stop = new AbortController();
  const signal = context.signal === undefined ? stop.signal : AbortSignal.any([context.signal, stop.signal]);
  const sent: SentPart[] = [];
  for (const part of parts) sent[part.number - 1] = part;
  const running: Promise<void>[] = [];

  async function send(range: PartRange, giveBack: () => void): Promise<void> {
    try {
      const act = (attempt: Attempt) => sendPart({ context, entry, upload, range, attempt });
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

async function sendPart({
  context: { source },
  entry,
  upload,
  range,
  attempt,
}: {
  context: TransferContext;
  entry: Entry;
  upload: PartUpload;
  range: PartRange;
  attempt: Attempt;
}): Promise<SentPart> {
  const sizeBytes = range.to - range.from + 1;
  const content = await onSide('source', source.read(entry, attempt, { from: range.from, to: range.to }));
  const hash = createHash('md5');
  const body = meterBody(content.body, { sizeBytes, attempt, hash });
  try {
    const part = await onSide('destination', upload.send(range.number, body.stream, sizeBytes, attempt));
    const md5 = hash.digest('hex');
    checkStored(part, md5);
    return part;
  } catch (error) {
    const failure = body.failure();
    throw failure === undefined ? error : sideFailure('source', failure);
  } finally {
    content.body.destroy();
  }
}

async function complete(context: TransferContext, entry: Entry, upload: PartUpload, parts: SentPart[]): Promise<void> {
  const expected = expectedTag(parts);
  let attempts = 0;
  const finish = async (attempt: Attempt): Promise<string | undefined> => {
    attempts += 1;
    try {
      return (await onSide('destination', upload.complete(parts, attempt))).entityTag;
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code !== 'NoSuchUpload' || attempts === 1) throw failure;
      // The upload may be gone because an earlier attempt completed it and only its answer was lost: a listing knows.
      return findCompleted(context, entry, expected);
    }
  };
  const tag = await retrying(context.tuning, finish, context.signal);
  if (tag === undefined || expected === undefined || sameTag(tag, expected)) return;
  const message = `destination: the upload has entity tag ${tag}, not ${expected} as computed while sending`;
  throw new Failure({ kind: 'broken', code: 'BadDigest', message });
}

async function findCompleted(
  { destination, signal }: TransferContext,
  entry: Entry,
  expected: string | undefined,
): Promise<string> {
  const found = await onSide('destination', destination.find(entry.key, signal));
  const tag = found?.entityTag;
  if (expected !== undefined && tag !== undefined && sameTag(tag, expected)) return tag;
  const message =
    'destination: the answer to the completion of the upload was lost, and the object is not known to be there';
  throw new Failure({ kind: 'invalid', code: 'NoSuchUpload', message });
}

/** Undefined where the destination did not say the MD5 of each part. */
function expectedTag(parts: readonly SentPart[]): string | undefined {
  const md5s = parts.map(({ md5 }) => md5).filter((md5) => md5 !== undefined);
  return md5s.length === parts.length ? multipartEntityTag(md5s) : undefined;
}
