import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import { checkWholeLength } from './body.ts';
import { findInBucket, listBucket } from './bucket-listing.ts';
import { partUpload } from './bucket-upload.ts';
import { sameTag } from './entity-tag.ts';
import { Failure } from './failure.ts';
import { md5Of, objectHeaders } from './object-headers.ts';
import type { BucketPlace } from './place.ts';
import { retrying, type Attempt, type RetryPolicy } from './retry.ts';
import { connect, failureOf, type OpenAnswer } from './s3-request.ts';
import { fitsXml, parseDeleteResult, parseUploadStarted, renderDelete, unquote } from './s3-xml.ts';
import type { ByteRange, Entry, KeyFailure, ObjectHeaders, Outgoing, Store } from './store.ts';
import type { Traffic } from './traffic.ts';

/** S3, R2 and B2 alike, in bytes of UTF-8. */
const keyBytesMax = 1024;
/** Keys of one DeleteObjects. */
const deleteKeysMax = 1000;

/** A place in a bucket. Uses only what a least-privilege credential may: never a HEAD or GET of what it wrote, never a bucket call. */
export function bucketStore(
  place: BucketPlace,
  { pool, retry, traffic }: { pool?: Dispatcher; retry: RetryPolicy; traffic?: Traffic | undefined },
): Store {
  const { bucket, prefix } = place;
  const connection = connect(place, { pool, idleTimeoutMs: retry.idleTimeoutMs, traffic });
  const lister = { place, connection, retry };

  return {
    hasDirectories: false,

    list: (options) => listBucket(lister, options),

    find: (key, signal) => findInBucket(lister, key, signal),

    async describe(entry, attempt) {
      const call = { method: 'HEAD', bucket, key: prefix + entry.key, headers: ifMatch(entry) } as const;
      const { headers, body } = await connection.open(call, attempt);
      body.resume();
      checkListed(entry, headers);
      return objectHeaders(headers);
    },

    async read(entry, attempt, range) {
      const headers = {
        ...ifMatch(entry),
        ...(range === undefined ? {} : { range: `bytes=${range.from}-${range.to}` }),
      };
      const answer = await connection.open({ method: 'GET', bucket, key: prefix + entry.key, headers }, attempt);
      try {
        checkListed(entry, answer.headers);
        checkLength(entry, answer, range);
      } catch (error) {
        answer.body.destroy();
        throw error;
      }
      const md5 = md5Of(answer.headers);
      return { headers: objectHeaders(answer.headers), body: answer.body, ...(md5 === undefined ? {} : { md5 }) };
    },

    async readWhole(entry, attempt) {
      const { headers, body } = await connection.fetch(
        { method: 'GET', bucket, key: prefix + entry.key, headers: ifMatch(entry) },
        {
          attempt,
          bytesMax: entry.sizeBytes,
          onHead(status, head) {
            checkListed(entry, head);
            checkLength(entry, { status, headers: head });
          },
        },
      );
      checkWholeLength(body, entry.sizeBytes);
      const md5 = md5Of(headers);
      return { headers: objectHeaders(headers), body, ...(md5 === undefined ? {} : { md5 }) };
    },

    async write(outgoing, attempt) {
      const answer = await connection.send(
        {
          method: 'PUT',
          bucket,
          key: prefix + outgoing.key,
          headers: { ...outgoing.headers, ...bodyHeaders(outgoing) },
          body: outgoing.body,
        },
        attempt,
      );
      if (answer.status !== 200) throw failureOf(answer);
      const md5 = md5Of(answer.headers);
      return md5 === undefined ? {} : { md5 };
    },

    async startParts(key, headers, attempt) {
      const call = { method: 'POST', bucket, key: prefix + key, query: { uploads: '' }, headers } as const;
      const answer = await connection.send(call, attempt);
      if (answer.status !== 200) throw failureOf(answer);
      return partUpload({ connection, place, retry, key: prefix + key, uploadId: parseUploadStarted(answer.body) });
    },

    resumeParts: (key, uploadId) => partUpload({ connection, place, retry, key: prefix + key, uploadId }),

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
function checkLength(entry: Entry, { status, headers }: Omit<OpenAnswer, 'body'>, range?: ByteRange): void {
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

function bodyHeaders({ sizeBytes, md5 }: Outgoing): Record<string, string> {
  return {
    'content-length': `${sizeBytes}`,
    // The provider refuses a body that has another.
    ...(md5 === undefined ? {} : { 'content-md5': Buffer.from(md5, 'hex').toString('base64') }),
  };
}

function base64Md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}
