import { z } from 'zod';
import { isMd5Form, sameTag, unquote } from './entity-tag.ts';
import { Failure } from './failure.ts';
import type { BucketPlace } from './place.ts';
import type { Attempt } from './retry.ts';
import { failureOf, type S3Call, type S3Connection } from './s3-request.ts';
import { parseError, parseXmlAs } from './s3-xml.ts';
import { encodePath } from './signer.ts';
import type { ByteRange, CopySource, Entry, ObjectHeaders } from './store.ts';

const copiedSchema = z.object({ CopyObjectResult: z.object({ ETag: z.string() }) });
const partCopiedSchema = z.object({ CopyPartResult: z.object({ ETag: z.string() }) });

/**
 * CopyObject of the listed version of an object, with the very headers that are given. Throws `Failure`: `changed` where the
 * object is no longer the listed one, `broken` where the copy has another MD5.
 */
export async function copyObject(
  {
    connection,
    place: { bucket, prefix, provider, kmsKeyArn },
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
): Promise<void> {
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
  const copied = unquote(
    parseXmlAs(copiedSchema, await sendCopy(connection, call, attempt), 'CopyObject').CopyObjectResult.ETag,
  );
  const { entityTag } = entry;
  if (kmsKeyArn !== undefined || entityTag === undefined || !isMd5Form(entityTag) || !isMd5Form(copied)) return;
  if (sameTag(copied, entityTag)) return;
  throw new Failure({ kind: 'broken', code: 'BadDigest', message: `the copy has MD5 ${copied}, not ${entityTag}` });
}

/** UploadPartCopy of some of the listed version's bytes; returns the part's entity tag. Throws as `copyObject`. */
export async function copyPart(
  {
    connection,
    call,
    from,
    entry,
    range,
  }: {
    connection: S3Connection;
    /** Which part of which upload. */
    call: Pick<S3Call, 'bucket' | 'key' | 'query'>;
    from: CopySource;
    entry: Entry;
    range: ByteRange;
  },
  attempt: Attempt,
): Promise<string> {
  const headers = {
    ...copySourceHeaders(from, entry),
    'x-amz-copy-source-range': `bytes=${range.from}-${range.to}`,
  };
  const answer = await sendCopy(connection, { ...call, method: 'PUT', headers }, attempt);
  return unquote(parseXmlAs(partCopiedSchema, answer, 'UploadPartCopy').CopyPartResult.ETag);
}

function copySourceHeaders(from: CopySource, { key, entityTag, versionId }: Entry): Record<string, string> {
  const version = versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`;
  return {
    'x-amz-copy-source': `${encodePath(from.bucket, from.prefix + key)}${version}`,
    ...(entityTag === undefined ? {} : { 'x-amz-copy-source-if-match': `"${entityTag}"` }),
  };
}

/** S3 sends the status before the work is done, so a 200 may carry an error ("CopyObject", "UploadPartCopy"). */
async function sendCopy(connection: S3Connection, call: S3Call, attempt: Attempt): Promise<string> {
  const answer = await connection.send(call, attempt);
  if (answer.status !== 200) throw failureOf(answer);
  const error = parseError(answer.body);
  if (error !== undefined) throw failureOf({ ...answer, ...error });
  return answer.body;
}
