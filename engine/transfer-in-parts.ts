import assert from 'node:assert';
import { corrupted } from './checked-body.ts';
import { joinCrc64 } from './crc64-join.ts';
import { multipartEntityTag, partsOfTag, sameTag } from './entity-tag.ts';
import { asFailure, Failure, nothingProvenCode } from './failure.ts';
import { type PartSums, sendParts, type Upload } from './part-sending.ts';
import { retrying, type Attempt } from './retry.ts';
import { onSide } from './sides.ts';
import type {
  Copyable,
  Description,
  Entry,
  HeldHeaders,
  PartUpload,
  SentPart,
  UploadSeal,
  UploadStart,
} from './store.ts';
import { heldBy, isUnproven, type TransferContext } from './transfer-context.ts';
import { partRanges, partSizeFor, reusablePartSize } from './tuning.ts';

/** So often an object is sent, where an upload is lost or turns out to be wrong at its end. */
const uploadsMax = 2;

/** Failures of an upload after which another may succeed. */
const begunAnew = new Set([
  // The provider dropped it meanwhile (R2 does after 7 days, others by a rule for the bucket), or nobody knows what became of it.
  'NoSuchUpload',
  // What arrived is not what the source keeps the checksum of.
  'BadDigest',
  // S3 API reference, "CompleteMultipartUpload": begin again with another upload.
  'ConditionalRequestConflict',
  // A part is not the one whose answer was heard: a late try of it, thought lost, took its place or (on R2) lost both.
  'InvalidPart',
]);

/** What is known of an object before its first part goes, and how its upload is to be proven. */
interface Plan {
  readonly entry: Copyable;
  readonly held: HeldHeaders;
  /** CRC64NVME of the source's object. */
  readonly crc64: string | undefined;
  /** It goes with the completion, and the destination refuses any other. */
  readonly passesCrc64: boolean;
  /** That one comes with the completion is said at the start of the upload. */
  readonly announcesCrc64: boolean;
  readonly sums: PartSums;
}

/**
 * Copies one large object by a multipart upload: parts of one size, read by range, several at once, each retried by itself. Where the
 * source knows its CRC64NVME and the destination checks one, it goes with the completion and nothing is hashed; else the parts'
 * MD5s (and CRC64NVMEs) are computed while sending and compared with the answers. Where the source knows another checksum of the whole, an
 * MD5 for example, it is computed beside them and compared before the completion. A failed upload is aborted. Returns what the object lost on
 * its way.
 * Throws `Failure`.
 */
export async function transferInParts(context: TransferContext, entry: Copyable): Promise<HeldHeaders['lost']> {
  const { source, tuning, signal } = context;
  const describing = (attempt: Attempt) => onSide('source', source.describe(entry, attempt));
  const described = await retrying(tuning, describing, signal);
  let begun = keptUpload(context, entry);
  for (let uploads = begun === undefined ? 1 : 0; ;) {
    // Anew each time: what the destination can prove may have turned out to be something else.
    const plan = planUpload(context, { entry, described, begun });
    try {
      await finishUpload(context, plan, begun ?? (await startUpload(context, plan)));
      if (context.copySource === undefined && isUnproven(context, described)) context.onUnproven?.();
      return plan.held.lost;
    } catch (error) {
      const { code = '' } = asFailure(error);
      begun = undefined;
      // Nothing was wrong with that upload but its kind of checksum.
      if (code === nothingProvenCode) continue;
      if (uploads === uploadsMax || !begunAnew.has(code)) throw error;
      uploads += 1;
    }
  }
}

function planUpload(
  { destination, copySource }: TransferContext,
  { entry, described, begun }: { entry: Copyable; described: Description; begun: Upload | undefined },
): Plan {
  const { headers, crc64, md5, checksum } = described;
  const { checks } = destination;
  // What an earlier run found out about the destination.
  const wasOpaque = begun?.parts.some((part) => part.md5 === undefined && part.crc64 !== undefined) === true;
  const md5OfParts = checks.md5OfParts && !wasOpaque;
  const passesCrc64 = crc64 !== undefined && checks.crc64;
  // Computed where the source's is to be compared here, or where the destination proves its parts in no other way.
  const computesCrc64 = !passesCrc64 && (crc64 !== undefined || (checks.crc64 && !md5OfParts));
  const isSent = copySource === undefined && !passesCrc64;
  const known = md5 === undefined ? checksum : ({ algorithm: 'MD5', value: md5 } as const);
  const whole = isSent && crc64 === undefined ? known : undefined;
  const sums = { md5: isSent && md5OfParts, crc64: isSent && computesCrc64, whole };
  const announcesCrc64 = passesCrc64 || (sums.crc64 && checks.crc64);
  return { entry, held: heldBy(destination, headers), crc64, passesCrc64, announcesCrc64, sums };
}

/** What an earlier run left of this upload. */
function keptUpload({ uploads, destination }: TransferContext, entry: Entry): Upload | undefined {
  const kept = uploads?.take(entry);
  const upload = kept && destination.resumeParts?.(entry.key, kept.uploadId);
  return kept && upload && { upload, ...kept };
}

async function startUpload(context: TransferContext, { entry, held, announcesCrc64 }: Plan): Promise<Upload> {
  const { headers } = held;
  const partSizeBytes = await partSizeOf(context, entry);
  const upload = await startHeard(context, entry, { headers, crc64: announcesCrc64 });
  context.uploads?.started(entry, { uploadId: upload.uploadId, partSizeBytes });
  return { upload, partSizeBytes, parts: [] };
}

/** That of the source's own parts, where it serves. What the provider copies by itself goes in larger ones. */
async function partSizeOf(context: TransferContext, entry: Entry): Promise<number> {
  const { tuning, copySource } = context;
  if (copySource !== undefined) return partSizeFor(entry.sizeBytes, tuning.serverPartSizeBytes);
  return (await partSizeOfSource(context, entry)) ?? partSizeFor(entry.sizeBytes, tuning.partSizeBytes);
}

async function partSizeOfSource(
  { source, tuning, signal }: TransferContext,
  entry: Entry,
): Promise<number | undefined> {
  const { sizeBytes, entityTag = '' } = entry;
  const parts = partsOfTag(entityTag);
  const asking = source.firstPartBytes?.bind(source);
  if (parts === undefined || asking === undefined) return undefined;
  try {
    const firstPartBytes = await retrying(tuning, (attempt) => onSide('source', asking(entry, attempt)), signal);
    return reusablePartSize({ sizeBytes, parts, firstPartBytes });
  } catch (error) {
    // Not every provider tells.
    if (asFailure(error).kind === 'invalid') return undefined;
    throw error;
  }
}

async function finishUpload(context: TransferContext, plan: Plan, begun: Upload): Promise<void> {
  const { upload, partSizeBytes } = begun;
  const { uploads, signal } = context;
  try {
    const parts = await sendParts(context, plan.entry, begun, plan.sums);
    const seal = { crc64: sealOf(plan, parts, partSizeBytes), overwrites: plan.entry.overwrites };
    if (context.copySource !== undefined) await checkUnchanged(context, plan.entry);
    await checkOverwritten(context, plan.entry);
    await complete(context, plan.entry, { upload, parts, seal });
  } catch (error) {
    // An interrupted run leaves it to the one that goes on.
    if (uploads !== undefined && signal?.aborted === true) throw error;
    await upload.abort();
    uploads?.ended(upload.uploadId);
    throw error;
  }
  uploads?.ended(upload.uploadId);
}

/** R2 knows no condition for the source of a part that it copies: what was copied may be of two versions. */
async function checkUnchanged({ source, tuning, signal }: TransferContext, entry: Entry): Promise<void> {
  await retrying(tuning, (attempt) => onSide('source', source.describe(entry, attempt)), signal);
}

/** The last look before it becomes visible; where a provider takes the condition with the completion, it alone is what counts. */
async function checkOverwritten({ destination, signal }: TransferContext, entry: Copyable): Promise<void> {
  const { key, overwrites } = entry;
  if (overwrites === undefined) return;
  const expected = overwrites === 'nothing' ? undefined : overwrites.entityTag;
  const found = await onSide('destination', destination.find(key, signal));
  if (found?.entityTag === expected) return;
  const message = 'destination: somebody else wrote under this key meanwhile';
  throw new Failure({ kind: 'invalid', code: 'PreconditionFailed', message });
}

/** The CRC64NVME that the completed object must have. Throws `broken` where what was sent is not what the source keeps. */
function sealOf(
  { entry, crc64, passesCrc64, announcesCrc64, sums }: Plan,
  parts: readonly SentPart[],
  partSizeBytes: number,
) {
  if (passesCrc64) return crc64;
  const ranges = partRanges(entry.sizeBytes, partSizeBytes);
  const pieces = parts.flatMap((part, index) => {
    const range = ranges[index];
    return part.crc64 === undefined || range === undefined
      ? []
      : [{ crc64: part.crc64, sizeBytes: range.to - range.from + 1 }];
  });
  // A part that an earlier run sent may have gone without.
  if (!sums.crc64 || pieces.length < parts.length) return undefined;
  const joined = joinCrc64(pieces);
  if (crc64 !== undefined && crc64 !== joined) throw corrupted('CRC64NVME');
  return announcesCrc64 ? joined : undefined;
}

/** Starts an upload. Where an answer was lost on the way, an upload may be left that nobody knows: it is looked for. */
async function startHeard(
  { destination, tuning, signal }: TransferContext,
  { key }: Entry,
  how: UploadStart,
): Promise<PartUpload> {
  const startedAt = performance.now();
  const answers = { lost: false };
  let upload: PartUpload | undefined;
  const start = async (attempt: Attempt): Promise<PartUpload> => {
    assert(destination.startParts !== undefined, 'objects go in parts only to stores that take parts');
    try {
      return await onSide('destination', destination.startParts(key, how, attempt));
    } catch (error) {
      // An answer, whatever it says, was not lost.
      if (asFailure(error).status === undefined) answers.lost = true;
      throw error;
    }
  };
  try {
    upload = await retrying(tuning, start, signal);
    return upload;
  } finally {
    const lost = { elapsedMs: performance.now() - startedAt, keptUploadId: upload?.uploadId };
    if (answers.lost && signal?.aborted !== true) await destination.abortLost?.(key, lost, signal);
  }
}

interface Completion {
  readonly upload: PartUpload;
  readonly parts: readonly SentPart[];
  readonly seal: UploadSeal;
}

async function complete(context: TransferContext, entry: Entry, completion: Completion): Promise<void> {
  const { upload, parts, seal } = completion;
  const expected = expectedTag(parts);
  let attempts = 0;
  const finish = async (attempt: Attempt): Promise<string | undefined> => {
    attempts += 1;
    try {
      return (await onSide('destination', upload.complete(parts, attempt, seal))).entityTag;
    } catch (error) {
      const failure = asFailure(error);
      // Asking again cannot mend a checksum or a conflict; another upload can.
      if (failure.code !== 'NoSuchUpload' && begunAnew.has(failure.code ?? '')) throw lasting(failure);
      // The upload may be gone, or its key taken, because an earlier attempt completed it and only its answer was lost.
      const isOver = failure.code === 'NoSuchUpload' || failure.code === 'PreconditionFailed';
      if (!isOver || attempts === 1) throw failure;
      if (await isCompleted(context, entry, { expected, crc64: seal.crc64 })) return expected;
      throw failure;
    }
  };
  const tag = await retrying(context.tuning, finish, context.signal);
  if (tag === undefined || expected === undefined || sameTag(tag, expected)) return;
  const message = `destination: the upload has entity tag ${tag}, not ${expected} as computed while sending`;
  throw new Failure({ kind: 'broken', code: 'BadDigest', message });
}

/**
 * Whether the object at the destination is the one that was sent: by its entity tag in a listing, else by the CRC64NVME that a HEAD
 * tells to who may read. Where neither is known it is not, and is sent once more.
 */
async function isCompleted(
  { destination, signal, tuning }: TransferContext,
  entry: Entry,
  { expected, crc64 }: { expected: string | undefined; crc64: string | undefined },
): Promise<boolean> {
  const found = await onSide('destination', destination.find(entry.key, signal));
  if (found?.sizeBytes !== entry.sizeBytes) return false;
  if (expected !== undefined) return found.entityTag !== undefined && sameTag(found.entityTag, expected);
  if (crc64 === undefined) return false;
  try {
    return (await retrying(tuning, (attempt) => destination.describe(found, attempt), signal)).crc64 === crc64;
  } catch (error) {
    signal?.throwIfAborted();
    asFailure(error);
    return false;
  }
}

function lasting({ message, code, status }: Failure): Failure {
  return new Failure({ kind: 'invalid', message, code, status });
}

/** Undefined where the destination did not say the MD5 of each part. */
function expectedTag(parts: readonly SentPart[]): string | undefined {
  const md5s = parts.map(({ md5 }) => md5).filter((md5) => md5 !== undefined);
  return md5s.length === parts.length ? multipartEntityTag(md5s) : undefined;
}
