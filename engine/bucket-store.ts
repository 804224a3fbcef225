import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import { checkWholeLength } from './body.ts';
import { findInBucket, listBucket } from './bucket-listing.ts';
import { partUpload } from './bucket-upload.ts';
import { isMd5Form, sameTag, unquote } from './entity-tag.ts';
import { Failure } from './failure.ts';
import { encryptionHeaders, withFixedHeaders } from './fixed-headers.ts';
import { heldHeaders } from './held-headers.ts';
import { abortLostUploads } from './lost-uploads.ts';
import { crc64Of, hasOpaqueTag, md5Of, objectHeaders, otherChecksumOf } from './object-headers.ts';
import { parseTags, taggingHeader, type ObjectTags } from './object-tags.ts';
import type { BucketPlace } from './place.ts';
import { retrying, type Attempt, type RetryPolicy } from './retry.ts';
import { failureOf, type AnswerHead } from './s3-answer.ts';
import { connect } from './s3-connection.ts';
import type { S3Call } from './s3-request.ts';
import { fitsXml, parseDeleteResult, parseUploadStarted, renderDelete } from './s3-xml.ts';
import { serverClock, type ServerClock } from './server-clock.ts';
import { copyObject } from './server-side-copy.ts';
import type {
  ByteRange,
  Description,
  Entry,
  KeyFailure,
  ObjectHeaders,
  Outgoing,
  PartUpload,
  Store,
  Written,
} from './store.ts';
import type { Traffic } from './traffic.ts';
import type { Wire } from './wire/wire.ts';
import { writeCondition } from './write-condition.ts';
import { findVersion, listVersions, type VersionChoice } from './version-listing.ts';

/** S3, R2 and B2 alike, in bytes of UTF-8. */
const keyBytesMax = 1024;
/** Keys of one DeleteObjects. */
const deleteKeysMax = 1000;
/** Answers tell a checksum of the whole body only to who asks (S3 API reference, "GetObject" and "HeadObject"). */
const askForChecksum = { 'x-amz-checksum-mode': 'ENABLED' };

export interface BucketStoreOptions {
  readonly pool?: Dispatcher;
  /** Takes small requests off the pool. */
  readonly wire?: Wire | undefined;
  readonly retry: RetryPolicy;
  readonly traffic?: Traffic | undefined;
  /** The provider's time, shared by all who ask it; one of its own unless given. */
  readonly clock?: ServerClock | undefined;
  /** Objects are read with their tags. */
  readonly tags?: boolean | undefined;
  /** The place is read by its versions. */
  readonly versions?: VersionChoice | undefined;
}

/** A place in a bucket. Uses only what a least-privilege credential may: never a HEAD or GET of what it wrote, never a bucket call. */
export function bucketStore(
  place: BucketPlace,
  { pool, wire, retry, traffic, clock = serverClock(), tags = false, versions }: BucketStoreOptions,
): Store {
  const { bucket, prefix, provider } = place;
  const connection = withFixedHeaders(
    connect(place, { pool, wire, idleTimeoutMs: retry.idleTimeoutMs, traffic, clock }),
    place,
  );
  const lister = { place, connection, retry };
  const encryption = encryptionHeaders(place);
  // B2 documents no CRC64NVME.
  const knowsCrc64 = provider !== 'b2';
  let hasMd5Tags = place.kmsKeyArn === undefined;
  const onOpaqueTag = (): void => void (hasMd5Tags = false);

  /** A checksum is asked for where the entity tag may prove nothing. Of S3 that is every object: which KMS encrypts no listing tells. */
  function readingHeaders(entry: Entry): Record<string, string> {
    const isProven = provider === 'r2' && entry.entityTag !== undefined && isMd5Form(entry.entityTag);
    return knowsCrc64 && !isProven ? { ...ifMatch(entry), ...askForChecksum } : ifMatch(entry);
  }

  /** A request for the listed object, in its version where one is meant. */
  function callOf(
    method: 'GET' | 'HEAD',
    entry: Entry,
    headers: Record<string, string>,
    query?: Readonly<Record<string, string>>,
  ): S3Call {
    const { versionId } = entry;
    const key = prefix + entry.key;
    if (versionId !== undefined) return { method, bucket, key, headers, query: { ...query, versionId } };
    return query === undefined ? { method, bucket, key, headers } : { method, bucket, key, headers, query };
  }

  /** An answer tells the number of tags only to who may read them (S3 API reference, "GetObject"). */
  async function withTags(entry: Entry, answer: ObjectHeaders, attempt: Attempt): Promise<ObjectHeaders> {
    const headers = objectHeaders(answer);
    if (!tags || Number(answer['x-amz-tagging-count'] ?? 0) === 0) return headers;
    return { ...headers, 'x-amz-tagging': taggingHeader(await tagsOf(entry, attempt)) };
  }

  async function tagsOf(entry: Entry, attempt: Attempt): Promise<ObjectTags> {
    const call = callOf('GET', entry, {}, { tagging: '' });
    const { status, body, ...failed } = await connection.send(call, attempt);
    if (status !== 200) throw failureOf({ status, ...failed });
    return parseTags(body);
  }

  return {
    hasDirectories: false,
    checks: {
      crc64: knowsCrc64,
      get md5OfObjects() {
        return hasMd5Tags;
      },
      get md5OfParts() {
        return hasMd5Tags && provider !== 'r2';
      },
    },

    list: (options) => (versions === undefined ? listBucket(lister, options) : listVersions(lister, versions, options)),

    find: (key, signal) =>
      versions === undefined ? findInBucket(lister, key, signal) : findVersion(lister, versions, key, signal),

    async describe(entry, attempt) {
      const call = callOf('HEAD', entry, knowsCrc64 ? { ...ifMatch(entry), ...askForChecksum } : ifMatch(entry));
      const { headers } = await connection.fetch(call, { attempt, bytesMax: 0 });
      checkListed(entry, headers);
      return described(await withTags(entry, headers, attempt), headers);
    },

    async firstPartBytes(entry, attempt) {
      const call = callOf('HEAD', entry, ifMatch(entry), { partNumber: '1' });
      const { headers } = await connection.fetch(call, { attempt, bytesMax: 0 });
      checkListed(entry, headers);
      return Number(headers['content-length']);
    },

    async read(entry, attempt, range) {
      // Of a part no checksum is told.
      const headers: Record<string, string> =
        range === undefined ? readingHeaders(entry) : { ...ifMatch(entry), range: `bytes=${range.from}-${range.to}` };
      const answer = await connection.open(callOf('GET', entry, headers), attempt);
      try {
        checkListed(entry, answer.headers);
        checkLength(entry, answer, range);
        const own =
          range === undefined ? await withTags(entry, answer.headers, attempt) : objectHeaders(answer.headers);
        return { ...proven(own, answer.headers), body: answer.body };
      } catch (error) {
        answer.body.destroy();
        throw error;
      }
    },

    async readWhole(entry, attempt) {
      const { headers, body } = await connection.fetch(callOf('GET', entry, readingHeaders(entry)), {
        attempt,
        bytesMax: entry.sizeBytes,
        onHead(status, head) {
          checkListed(entry, head);
          checkLength(entry, { status, headers: head });
        },
      });
      checkWholeLength(body, entry.sizeBytes);
      const own = tags ? await withTags(entry, headers, attempt) : objectHeaders(headers);
      return { ...proven(own, headers), body, giveBack: () => connection.giveBack?.(body) };
    },

    async write(outgoing, attempt) {
      const answer = await connection.send(
        {
          method: 'PUT',
          bucket,
          key: prefix + outgoing.key,
          headers: { ...outgoing.headers, ...encryption, ...bodyHeaders(outgoing) },
          body: outgoing.body,
        },
        attempt,
      );
      if (answer.status !== 200) throw failureOf(answer);
      if (hasOpaqueTag(answer.headers)) onOpaqueTag();
      return knownSums(answer.headers);
    },

    copyWhole: (from, entry, headers, attempt) =>
      copyObject({ connection, place, from, entry, headers: { ...headers, ...encryption } }, attempt),

    hold: (headers) => heldHeaders(provider, headers),

    ...(provider === 'aws' && { tags: tagsOf }),

    async startParts(key, { headers: own, crc64 }, attempt) {
      const announced = crc64 ? { 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'FULL_OBJECT' } : {};
      const headers: Record<string, string> = { ...own, ...encryption, ...announced };
      const call = { method: 'POST', bucket, key: prefix + key, query: { uploads: '' }, headers } as const;
      const answer = await connection.send(call, attempt);
      if (answer.status !== 200) throw failureOf(answer);
      return uploadOf(key, parseUploadStarted(answer.body));
    },

    abortLost: (key, lost, signal) =>
      abortLostUploads({ connection, place, retry, signal }, { key: prefix + key, ...lost }),

    resumeParts: uploadOf,

    async delete(keys, signal) {
      const failures: KeyFailure[] = [];
      const batched = keys.filter(fitsXml);
      for (let start = 0; start < batched.length; start += deleteKeysMax) {
        const batch = batched.slice(start, start + deleteKeysMax);
        const deleted = retrying(retry, (attempt) => deleteBatch(batch, attempt), signal);
        failures.push(...(await failingKeys(batch, deleted)));
      }
      for (const key of keys.filter((other) => !fitsXml(other))) {
        const deleted = retrying(retry, (attempt) => deleteOne(key, attempt), signal);
        failures.push(...(await failingKeys([key], deleted)));
      }
      return failures;
    },

    keyProblem(key) {
      const bytes = Buffer.byteLength(prefix + key);
      return bytes <= keyBytesMax
        ? undefined
        : `the key would have ${bytes} bytes at the destination; buckets take ${keyBytesMax}`;
    },

    // R2 documents that keys are Unicode-normalised: the composed and the decomposed form name one object.
    canonicalKey: (key) => (place.provider === 'r2' ? key.normalize('NFC') : key),
  };

  function uploadOf(key: string, uploadId: string): PartUpload {
    return partUpload({ connection, place, retry, key: prefix + key, uploadId, onOpaqueTag });
  }

  async function deleteBatch(keys: readonly string[], attempt: Attempt): Promise<KeyFailure[]> {
    const body = renderDelete(keys.map((key) => prefix + key));
    const headers = { 'content-type': 'application/xml', 'content-md5': base64Md5(body) };
    const call = { method: 'POST', bucket, query: { delete: '' }, headers, body } as const;
    const answer = await connection.send(call, attempt);
    if (answer.status !== 200) throw failureOf(answer);
    return parseDeleteResult(answer.body).map(({ key, code, message }) => ({
      key: key.slice(prefix.length),
      because: `${code}: ${message}`,
      code,
    }));
  }

  async function deleteOne(key: string, attempt: Attempt): Promise<KeyFailure[]> {
    const answer = await connection.send({ method: 'DELETE', bucket, key: prefix + key }, attempt);
    if (answer.status < 300 || answer.code === 'NoSuchKey') return [];
    throw failureOf(answer);
  }
}

/** A failed request fails every key it named. */
async function failingKeys(keys: readonly string[], request: Promise<KeyFailure[]>): Promise<KeyFailure[]> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { message: because, code } = error;
    return keys.map((key) => ({ key, because, ...(code === undefined ? {} : { code }) }));
  }
}

function ifMatch({ entityTag }: Entry): Record<string, string> {
  return entityTag === undefined ? {} : { 'if-match': `"${entityTag}"` };
}

/** For providers that ignore If-Match. */
function checkListed(entry: Entry, headers: ObjectHeaders): void {
  const tag = headers['etag'];
  if (entry.entityTag === undefined || tag === undefined || sameTag(unquote(tag), entry.entityTag)) return;
  throw new Failure({ kind: 'changed', message: 'the object is no longer the listed one' });
}

/** Before a byte is read: whether the answer announces the very bytes that were asked for. */
function checkLength(entry: Entry, { status, headers }: AnswerHead, range?: ByteRange): void {
  const length = headers['content-length'];
  const expected = range === undefined ? entry.sizeBytes : range.to - range.from + 1;
  if (length !== undefined && Number(length) !== expected)
    throw wrongBody(`announces ${length} bytes, not ${expected}`);
  if (range === undefined) return;
  const wanted = `bytes ${range.from}-${range.to}/${entry.sizeBytes}`;
  if (status === 206 && headers['content-range'] === wanted) return;
  throw wrongBody(`to a request for ${wanted} is ${status} ${headers['content-range'] ?? 'without a range'}`);
}

function wrongBody(what: string): Failure {
  return new Failure({ kind: 'broken', message: `the answer ${what}` });
}

/** What proves a body in one piece: its MD5 alone where that is known, for to have the destination check more would take longer. */
function proven(headers: ObjectHeaders, answer: ObjectHeaders): Description {
  const md5 = md5Of(answer);
  return md5 === undefined ? described(headers, answer) : { headers, md5 };
}

function described(headers: ObjectHeaders, answer: ObjectHeaders): Description {
  const sums = knownSums(answer);
  const isKnown = sums.md5 !== undefined || sums.crc64 !== undefined;
  const checksum = isKnown ? undefined : otherChecksumOf(answer);
  return { headers, ...sums, ...(checksum === undefined ? {} : { checksum }) };
}

/** S3 tells the CRC64NVME of every object that it stored without another checksum. */
function knownSums(answer: ObjectHeaders): Written {
  const [md5, crc64] = [md5Of(answer), crc64Of(answer)];
  return { ...(md5 === undefined ? {} : { md5 }), ...(crc64 === undefined ? {} : { crc64 }) };
}

/** The provider refuses a body that has other sums, and where it must be new, a key that is taken. */
function bodyHeaders({ sizeBytes, md5, crc64, overwrites }: Outgoing): Record<string, string> {
  const headers: Record<string, string> = { 'content-length': `${sizeBytes}` };
  if (md5 !== undefined) headers['content-md5'] = Buffer.from(md5, 'hex').toString('base64');
  if (crc64 !== undefined) headers['x-amz-checksum-crc64nvme'] = crc64;
  return overwrites === undefined ? headers : { ...headers, ...writeCondition(overwrites) };
}

function base64Md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}
