import { z } from 'zod';
import { unquote } from './entity-tag.ts';
import { md5Of } from './object-headers.ts';
import type { BucketPlace } from './place.ts';
import type { Attempt } from './retry.ts';
import { failureOf, type S3Answer } from './s3-answer.ts';
import type { S3Connection } from './s3-connection.ts';
import type { S3Call } from './s3-request.ts';
import { parseError, parseXmlAs } from './s3-xml.ts';
import { encodePath } from './signer.ts';
import type { ByteRange, CopySource, Entry, ObjectHeaders, Written } from './store.ts';

const copiedSchema = z.object({
  // A CRC64NVME is only of whole objects.
  CopyObjectResult: z.object({ ETag: z.string(), ChecksumCRC64NVME: z.string().optional() }),
});
const partCopiedSchema = z.object({ CopyPartResult: z.object({ ETag: z.string() }) });

/**
 * CopyObject of the listed version of an object, with the very headers that are given; returns the checksums of the copy. Throws
 * `Failure`: `changed` where the object is no longer the listed one.
 */
export async function copyObject(
  {
    connection,
    place: { bucket, prefix, provider },
    from,
    entry,
    headers,
  }: {
    connection: S3Connection;
    place: BucketPlace;
    from: CopySource;
    entry: Entry;
    headers: ObjectHeaders;
  },
  attempt: Attempt,
): Promise<Written> {
  const call = {
    method: 'PUT',
    bucket,
    key: prefix + entry.key,
    headers: {
      ...headers,
      ...copySourceHeaders(from, entry),
      'x-amz-metadata-directive': 'REPLACE',
      // Without it the source's tags would come along, for which rights are needed that nobody may have granted. R2 has no tags.
      ...(provider === 'aws' ? { 'x-amz-tagging-directive': 'REPLACE' } : {}),
    },
  } as const;
  const answer = await sendCopy(connection, call, attempt);
  const { ETag, ChecksumCRC64NVME } = parseXmlAs(copiedSchema, answer.body, 'CopyObject').CopyObjectResult;
  // Whether the tag is an MD5 is told by the headers beside it.
  const md5 = md5Of({ ...answer.headers, etag: ETag });
  return {
    ...(md5 === undefined ? {} : { md5 }),
    ...(ChecksumCRC64NVME === undefined ? {} : { crc64: ChecksumCRC64NVME }),
  };
}

/**
 * UploadPartCopy of some of the listed version's bytes; returns the part's entity tag. Throws as `copyObject`; R2 documents no condition
 * for the source of a part, and may copy another version.
 */
export async function copyPart(
  {
    connection,
    provider,
    call,
    from,
    entry,
    range,
  }: {
    connection: S3Connection;
    provider: BucketPlace['provider'];
    /** Which part of which upload. */
    call: Pick<S3Call, 'bucket' | 'key' | 'query'>;
    from: CopySource;
    entry: Entry;
    range: ByteRange;
  },
  attempt: Attempt,
): Promise<string> {
  const headers = {
    ...(provider === 'r2' ? copySourceHeader(from, entry) : copySourceHeaders(from, entry)),
    'x-amz-copy-source-range': `bytes=${range.from}-${range.to}`,
  };
  const answer = await sendCopy(connection, { ...call, method: 'PUT', headers }, attempt);
  return unquote(parseXmlAs(partCopiedSchema, answer.body, 'UploadPartCopy').CopyPartResult.ETag);
}

/** Which object, and that it must be the listed one. */
function copySourceHeaders(from: CopySource, entry: Entry): Record<string, string> {
  const { entityTag } = entry;
  const condition = entityTag === undefined ? {} : { 'x-amz-copy-source-if-match': `"${entityTag}"` };
  return { ...copySourceHeader(from, entry), ...condition };
}

function copySourceHeader(from: CopySource, { key, versionId }: Entry): Record<string, string> {
  const version = versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`;
  return { 'x-amz-copy-source': `${encodePath(from.bucket, from.prefix + key)}${version}` };
}

/** S3 sends the status before the work is done, so a 200 may carry an error ("CopyObject", "UploadPartCopy"). */
async function sendCopy(connection: S3Connection, call: S3Call, attempt: Attempt): Promise<S3Answer> {
  const answer = await connection.send(call, attempt);
  if (answer.status !== 200) throw failureOf(answer);
  const error = parseError(answer.body);
  if (error !== undefined) throw failureOf({ ...answer, ...error });
  return answer;
}
