import { createHash } from 'node:crypto';
import { checkStored, meterBody, readWhole } from './body.ts';
import { asFailure } from './failure.ts';
import { retrying, type Attempt } from './retry.ts';
import { onSide, sideFailure } from './sides.ts';
import type { Content, Entry, Outgoing, Store, WholeContent } from './store.ts';
import type { TransferContext } from './transfer-context.ts';
import { transferInParts } from './transfer-in-parts.ts';

/** `changed`: overwritten at the source since it was listed. `gone`: deleted at the source since it was listed. */
export type TransferOutcome = { outcome: 'copied'; bytes: number; changed?: true } | { outcome: 'gone' };

/**
 * Copies one listed object, in one request or in parts, and never reads back what it wrote: the answers to the writes prove them.
 * An object that was overwritten since it was listed is looked up and copied once more, as it is now. Throws `Failure`, whose
 * message says which side failed.
 */
export async function transferObject(context: TransferContext, listed: Entry): Promise<TransferOutcome> {
  try {
    return await transferEntry(context, listed);
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'changed' && failure.kind !== 'missing') throw failure;
  }
  const now = await onSide('source', context.source.find(listed.key, context.signal));
  if (now === undefined) return { outcome: 'gone' };
  const copied = await transferEntry(context, now);
  return copied.outcome === 'copied' ? { ...copied, changed: true } : copied;
}

async function transferEntry(context: TransferContext, entry: Entry): Promise<TransferOutcome> {
  const { destination, tuning, signal } = context;
  if (destination.startParts !== undefined && entry.sizeBytes >= tuning.multipartBytesMin) {
    await transferInParts(context, entry);
  } else {
    await retrying(tuning, (attempt) => transferWhole(context, entry, attempt), signal);
    context.onBytes?.(entry.sizeBytes);
  }
  return { outcome: 'copied', bytes: entry.sizeBytes };
}

/** One GET and one PUT. */
async function transferWhole(context: TransferContext, entry: Entry, attempt: Attempt): Promise<void> {
  const { source, destination, tuning } = context;
  if (entry.sizeBytes <= tuning.bufferedBytesMax) {
    await transferBuffered(context, entry, attempt);
    return;
  }
  const content = await onSide('source', source.read(entry, attempt));
  try {
    const { headers } = content;
    const { key, sizeBytes, modifiedAt } = entry;
    await streamWhole({ destination, content, outgoing: { key, sizeBytes, headers, modifiedAt }, attempt });
  } finally {
    content.body.destroy();
  }
}

/** A small body is in memory for a moment, never as a stream: that costs more than the body. */
async function transferBuffered(context: TransferContext, entry: Entry, attempt: Attempt): Promise<void> {
  const { source, buffers } = context;
  const held = buffers?.take(entry.sizeBytes);
  if (held !== undefined) await held;
  try {
    const reading = source.readWhole?.(entry, attempt) ?? readStream(source, entry, attempt);
    const content = await onSide('source', reading);
    await writeWhole(context, { entry, content, attempt });
  } finally {
    buffers?.giveBack(entry.sizeBytes);
  }
}

async function readStream(source: Store, entry: Entry, attempt: Attempt): Promise<WholeContent> {
  const content = await source.read(entry, attempt);
  try {
    return { ...content, body: await readWhole(content.body, entry.sizeBytes, attempt) };
  } finally {
    content.body.destroy();
  }
}

async function writeWhole(
  { destination }: TransferContext,
  { entry, content, attempt }: { entry: Entry; content: WholeContent; attempt: Attempt },
): Promise<void> {
  const { key, sizeBytes, modifiedAt } = entry;
  const { headers, body } = content;
  const md5 = content.md5 ?? createHash('md5').update(body).digest('hex');
  const written = await onSide(
    'destination',
    destination.write({ key, sizeBytes, headers, modifiedAt, body, md5 }, attempt),
  );
  checkStored(written, md5);
}

/**
 * Where the source says the body's MD5, the destination is told it and refuses any other. Where it does not (files, objects that were
 * written in parts), it is computed on the way and compared with what the destination says that it stored.
 */
async function streamWhole({
  destination,
  content,
  outgoing,
  attempt,
}: {
  destination: Store;
  content: Content;
  outgoing: Omit<Outgoing, 'body' | 'md5'>;
  attempt: Attempt;
}): Promise<void> {
  const hash = content.md5 === undefined ? createHash('md5') : undefined;
  const body = meterBody(content.body, { sizeBytes: outgoing.sizeBytes, attempt, hash });
  try {
    const writing = destination.write({ ...outgoing, body: body.stream, md5: content.md5 }, attempt);
    const written = await onSide('destination', writing);
    checkStored(written, hash?.digest('hex') ?? content.md5);
  } catch (error) {
    const failure = body.failure();
    throw failure === undefined ? error : sideFailure('source', failure);
  }
}
