import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { checkStored, meterBody } from './body.ts';
import { checkedBody, checkedHere, checkSum } from './checked-body.ts';
import { startCrc64 } from './crc64.ts';
import { computedChecksum } from './compare-checksums.ts';
import { compareTags, isMd5Form, sameTag } from './entity-tag.ts';
import { asFailure, type Failure, nothingProven } from './failure.ts';
import { retrying, type Attempt } from './retry.ts';
import { onSide, sideFailure } from './sides.ts';
import type { Content, Copyable, HeldHeaders, WholeContent } from './store.ts';
import { heldBy, isUnproven, type TransferContext } from './transfer-context.ts';
import { transferInParts } from './transfer-in-parts.ts';

/** `changed`: overwritten at the source since it was listed. `gone`: deleted at the source since it was listed. */
export type TransferOutcome = { outcome: 'copied'; bytes: number; changed?: true } | { outcome: 'gone' };

/**
 * Copies one listed object, in one request or in parts, and never reads back what it wrote: the answers to the writes prove them.
 * An object that was overwritten since it was listed is looked up and copied once more, as it is now. Throws `Failure`, whose
 * message says which side failed.
 */
export async function transferObject(context: TransferContext, listed: Copyable): Promise<TransferOutcome> {
  try {
    return await transferEntry(context, listed);
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'changed' && failure.kind !== 'missing') throw failure;
  }
  const now = await onSide('source', context.source.find(listed.key, context.signal));
  if (now === undefined) return { outcome: 'gone' };
  const copied = await transferEntry(context, { ...now, overwrites: listed.overwrites });
  return copied.outcome === 'copied' ? { ...copied, changed: true } : copied;
}

async function transferEntry(context: TransferContext, entry: Copyable): Promise<TransferOutcome> {
  try {
    const lost = await transferByWay(context, entry);
    for (const what of lost) context.onLost?.(what);
  } catch (error) {
    const failure = asFailure(error);
    if (!(await isThereAlready(context, entry, failure))) throw failure;
  }
  return { outcome: 'copied', bytes: entry.sizeBytes };
}

/** What the object lost on its way: see `HeldHeaders`. */
type Lost = HeldHeaders['lost'];

async function transferByWay(context: TransferContext, entry: Copyable): Promise<Lost> {
  const { destination, tuning, copySource } = context;
  const onePieceBytesMax = copySource === undefined ? tuning.multipartBytesMin - 1 : tuning.serverCopyBytesMax;
  if (destination.startParts !== undefined && entry.sizeBytes > onePieceBytesMax)
    return transferInParts(context, entry);
  const lost = await transferAtOnce(context, entry);
  context.onBytes?.(entry.sizeBytes);
  return lost;
}

/** In one piece. */
function transferAtOnce(context: TransferContext, entry: Copyable): Promise<Lost> {
  const { tuning, signal, copySource } = context;
  if (copySource === undefined && entry.sizeBytes <= tuning.bufferedBytesMax) return transferSmall(context, entry);
  const act = copySource === undefined ? transferStreamed : copyByProvider;
  return retrying(tuning, (attempt) => act(context, entry, attempt), signal);
}

/**
 * Not everything may be overwritten, and the destination says that something else is there: this very object where an earlier try's
 * answer was lost. Only a listing is asked of the destination; where the source's has no entity tag to compare, its body is read for
 * one. Where that cannot tell, the object counts as somebody else's.
 */
async function isThereAlready(context: TransferContext, entry: Copyable, { code, kind }: Failure): Promise<boolean> {
  // Refused by the source it would be `changed`.
  if (entry.overwrites === undefined || code !== 'PreconditionFailed' || kind !== 'invalid') return false;
  const found = await onSide('destination', context.destination.find(entry.key, context.signal));
  if (found?.entityTag === undefined || found.sizeBytes !== entry.sizeBytes) return false;
  const tags = compareTags(found.entityTag, entry.entityTag);
  if (tags !== 'not comparable' || !isMd5Form(found.entityTag)) return tags === 'equal';
  return sameTag(found.entityTag, await computedChecksum(context, 'source', entry, 'MD5'));
}

/** One CopyObject; a HEAD before it, for what a copy would not keep by itself: its storage class, and what a provider cannot hold. */
async function copyByProvider(context: TransferContext, entry: Copyable, attempt: Attempt): Promise<Lost> {
  const { source, destination, copySource } = context;
  assert(copySource !== undefined && destination.copyWhole !== undefined, 'both sides are buckets of one provider');
  const described = await onSide('source', source.describe(entry, attempt));
  const { headers, lost } = heldBy(destination, described.headers);
  // A refusal may be meant for the source as well; above all the object may be another by now.
  checkStored(await onSide('source', destination.copyWhole(copySource, entry, headers, attempt)), described);
  return lost;
}

/** One GET and one PUT, as is `transferSmall`. */
async function transferStreamed(context: TransferContext, entry: Copyable, attempt: Attempt): Promise<Lost> {
  const { source } = context;
  const content = await onSide('source', source.read(entry, attempt));
  try {
    return await streamWhole(context, { entry, content, attempt });
  } finally {
    content.body.destroy();
  }
}

/**
 * A small body is in memory for a moment, never as a stream: that costs more than the body. Memory is waited for before the first
 * attempt, which would count as idle meanwhile.
 */
async function transferSmall(context: TransferContext, entry: Copyable): Promise<Lost> {
  const { buffers, tuning, signal } = context;
  const held = buffers.take(entry.sizeBytes);
  if (held !== undefined) await held;
  try {
    return await retrying(tuning, (attempt) => transferBuffered(context, entry, attempt), signal);
  } finally {
    buffers.giveBack(entry.sizeBytes);
  }
}

async function transferBuffered(context: TransferContext, entry: Copyable, attempt: Attempt): Promise<Lost> {
  const content = await onSide('source', context.source.readWhole(entry, attempt));
  const lost = await writeWhole(context, { entry, content, attempt });
  // Only here: of a write that failed nobody knows what still looks at the body.
  content.giveBack?.();
  return lost;
}

/**
 * What the source knows of the body goes with it, and the destination refuses any other: its MD5, else its CRC64NVME. Where the
 * destination checks no CRC64NVME it is checked here, as are all other checksums; and where no MD5 is known it is computed.
 */
async function writeWhole(
  context: TransferContext,
  { entry, content, attempt }: { entry: Copyable; content: WholeContent; attempt: Attempt },
): Promise<Lost> {
  const { destination } = context;
  const { body, crc64 } = content;
  const passesCrc64 = crc64 !== undefined && destination.checks.crc64;
  const own = checkedHere(content, destination.checks);
  if (own !== undefined) checkSum(body, own);
  const md5 = content.md5 ?? (passesCrc64 ? undefined : createHash('md5').update(body).digest('hex'));
  const sums = passesCrc64 ? { md5, crc64 } : { md5 };
  const { headers, lost } = heldBy(destination, content.headers);
  const { key, sizeBytes, modifiedAt } = entry;
  const outgoing = { key, sizeBytes, modifiedAt, headers, ...sums, overwrites: entry.overwrites, body };
  checkStored(await onSide('destination', destination.write(outgoing, attempt)), sums);
  if (isUnproven(context, content)) context.onUnproven?.();
  return lost;
}

/**
 * As `writeWhole`, for a body that is not held: where neither sum is known, one is computed on the way and compared with what the
 * destination says that it stored.
 */
async function streamWhole(
  context: TransferContext,
  { entry, content, attempt }: { entry: Copyable; content: Content; attempt: Attempt },
): Promise<Lost> {
  const { destination } = context;
  const { md5, crc64 } = content;
  const { checks } = destination;
  const passed = checks.crc64 ? { md5, crc64 } : { md5 };
  const isKnown = passed.md5 !== undefined || passed.crc64 !== undefined;
  const hash = !isKnown && checks.md5OfObjects ? createHash('md5') : undefined;
  const running = !isKnown && hash === undefined && checks.crc64 ? startCrc64() : undefined;
  const own = checkedHere(content, checks);
  const source = own === undefined ? content.body : checkedBody(content.body, own);
  const body = meterBody(source, { sizeBytes: entry.sizeBytes, attempt, hash: hash ?? running });
  const { headers, lost } = heldBy(destination, content.headers);
  const { key, sizeBytes, modifiedAt } = entry;
  try {
    const outgoing = {
      key,
      sizeBytes,
      modifiedAt,
      headers,
      ...passed,
      overwrites: entry.overwrites,
      body: body.pieces,
    };
    const written = await onSide('destination', destination.write(outgoing, attempt));
    if (hash !== undefined && !destination.checks.md5OfObjects) throw nothingProven('transient');
    checkStored(written, isKnown ? passed : { md5: hash?.digest('hex'), crc64: running?.value() });
    if (isUnproven(context, content)) context.onUnproven?.();
    return lost;
  } catch (error) {
    const failure = body.failure();
    throw failure === undefined ? error : sideFailure('source', failure);
  }
}
