import { z } from 'zod';
import { Failure } from './failure.ts';
import type { BucketPlace } from './place.ts';
import { retrying, type RetryPolicy } from './retry.ts';
import { failureOf } from './s3-answer.ts';
import type { S3Connection } from './s3-connection.ts';
import { decodeKey, parseXmlAs } from './s3-xml.ts';

const uploadsSchema = z.object({
  ListMultipartUploadsResult: z.object({
    EncodingType: z.string().optional(),
    Upload: z.array(z.object({ Key: z.string(), UploadId: z.string(), Initiated: z.string() })).default([]),
  }),
});

/** Providers tell when an upload was begun, and the date, in whole seconds. */
const roundingMs = 2000;

export interface LostStart {
  /** The whole key. */
  readonly key: string;
  /** How long ago its upload was first asked for. */
  readonly elapsedMs: number;
  /** The upload whose answer did come. */
  readonly keptUploadId: string | undefined;
}

/**
 * Aborts uploads of a key that began without anybody hearing of it: an answer to CreateMultipartUpload was lost. Only those are meant
 * that began since it was asked for, by the provider's own clock. Never throws for a failed request: who may not list uploads
 * leaves them to the bucket's lifecycle.
 */
export async function abortLostUploads(
  {
    connection,
    place: { bucket },
    retry,
    signal,
  }: {
    connection: S3Connection;
    place: Pick<BucketPlace, 'bucket'>;
    retry: RetryPolicy;
    signal: AbortSignal | undefined;
  },
  { key, elapsedMs, keptUploadId }: LostStart,
): Promise<void> {
  try {
    // The key's own uploads come first of all whose keys begin with it.
    const query = { uploads: '', prefix: key, 'encoding-type': 'url' };
    const { headers, body } = await retrying(
      retry,
      async (attempt) => {
        const answer = await connection.send({ method: 'GET', bucket, query }, attempt);
        if (answer.status !== 200) throw failureOf(answer);
        return answer;
      },
      signal,
    );
    const since = Date.parse(headers['date'] ?? '') - elapsedMs - roundingMs;
    for (const upload of uploadsOf(body)) {
      const isLost = upload.key === key && upload.uploadId !== keptUploadId && upload.initiatedAt >= since;
      if (isLost) await abort(upload.uploadId);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
  }

  async function abort(uploadId: string): Promise<void> {
    await retrying(
      retry,
      async (attempt) => {
        const answer = await connection.send({ method: 'DELETE', bucket, key, query: { uploadId } }, attempt);
        if (answer.status >= 300) throw failureOf(answer);
      },
      signal,
    );
  }
}

function uploadsOf(xml: string): { key: string; uploadId: string; initiatedAt: number }[] {
  const { EncodingType, Upload } = parseXmlAs(uploadsSchema, xml, 'ListMultipartUploads').ListMultipartUploadsResult;
  return Upload.map(({ Key, UploadId, Initiated }) => ({
    key: EncodingType === 'url' ? decodeKey(Key) : Key,
    uploadId: UploadId,
    initiatedAt: Date.parse(Initiated),
  }));
}
