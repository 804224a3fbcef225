import { unquote } from './entity-tag.ts';
import { Failure } from './failure.ts';
import { hasOpaqueTag, md5Of } from './object-headers.ts';
import type { BucketPlace } from './place.ts';
import { retrying, type RetryPolicy } from './retry.ts';
import { failureOf } from './s3-answer.ts';
import type { S3Connection } from './s3-connection.ts';
import { parseError, parseUploadCompleted, renderParts } from './s3-xml.ts';
import { copyPart } from './server-side-copy.ts';
import type { PartUpload, UploadSeal } from './store.ts';
import { writeCondition } from './write-condition.ts';

/** One multipart upload of a bucket, from its id on. */
export function partUpload({
  connection,
  place: { bucket, provider, kmsKeyArn },
  retry,
  key,
  uploadId,
  onOpaqueTag,
}: {
  connection: S3Connection;
  place: Pick<BucketPlace, 'bucket' | 'provider' | 'kmsKeyArn'>;
  retry: RetryPolicy;
  key: string;
  uploadId: string;
  /** Hears that the parts' entity tags are no MD5s. */
  onOpaqueTag: () => void;
}): PartUpload {
  const query = { uploadId };
  return {
    uploadId,

    async send(number, body, sizeBytes, attempt) {
      const answer = await connection.send(
        {
          method: 'PUT',
          bucket,
          key,
          query: { ...query, partNumber: `${number}` },
          headers: { 'content-length': `${sizeBytes}` },
          body,
        },
        attempt,
      );
      if (answer.status !== 200) throw failureOf(answer);
      const entityTag = unquote(answer.headers['etag'] ?? '');
      if (entityTag === '') throw new Failure({ kind: 'broken', message: 'the answer to UploadPart has no ETag' });
      if (hasOpaqueTag(answer.headers)) onOpaqueTag();
      // R2 documents no meaning for the entity tag of a part.
      const md5 = provider === 'r2' ? undefined : md5Of(answer.headers);
      return { number, entityTag, ...(md5 === undefined ? {} : { md5 }) };
    },

    async copyPart(number, from, entry, range, attempt) {
      const call = { bucket, key, query: { ...query, partNumber: `${number}` } };
      return { number, entityTag: await copyPart({ connection, provider, call, from, entry, range }, attempt) };
    },

    async complete(parts, attempt, { crc64, overwrites }: UploadSeal = {}) {
      const headers: Record<string, string> = { 'content-type': 'application/xml' };
      if (crc64 !== undefined) {
        headers['x-amz-checksum-crc64nvme'] = crc64;
        headers['x-amz-checksum-type'] = 'FULL_OBJECT';
      }
      // R2 documents no condition here, and might refuse what it does not know.
      if (overwrites !== undefined && provider === 'aws') Object.assign(headers, writeCondition(overwrites));
      const call = { method: 'POST', bucket, key, query, headers, body: renderParts(parts) } as const;
      const answer = await connection.send(call, attempt);
      if (answer.status !== 200) throw failureOf(answer);
      // S3 sends the status before the work is done, so a 200 may carry an error ("CompleteMultipartUpload").
      const error = parseError(answer.body);
      if (error !== undefined) throw failureOf({ ...answer, ...error });
      const entityTag = parseUploadCompleted(answer.body);
      // Only S3 documents how the tag of a multipart object is made, and not where KMS encrypts it.
      return provider === 'aws' && kmsKeyArn === undefined ? { entityTag } : {};
    },

    async abort() {
      try {
        await retrying(retry, async (attempt) => {
          const answer = await connection.send({ method: 'DELETE', bucket, key, query }, attempt);
          if (answer.status >= 300) throw failureOf(answer);
        });
      } catch (error) {
        // The upload may be gone already; else the bucket's lifecycle has to remove it. The first failure is the one to tell.
        if (!(error instanceof Failure)) throw error;
      }
    },
  };
}
