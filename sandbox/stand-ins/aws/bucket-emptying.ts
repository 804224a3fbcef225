import type { ObjectIdentifier, S3 } from '@aws-sdk/client-s3';
import { unlessMissing } from './service-error.ts';

/**
 * Removes every object of a bucket, with all versions and delete markers where it has any: what `forceDestroy` does
 * before the bucket is deleted again.
 * @throws Error that names a key when one cannot be deleted.
 */
export async function emptyBucket(s3: S3, bucket: string): Promise<void> {
  for (;;) {
    const objects = await firstObjects(s3, bucket);
    if (objects.length === 0) return;
    const { Errors: [failure] = [] } = await s3.deleteObjects({
      Bucket: bucket,
      Delete: { Objects: objects, Quiet: true },
    });
    if (failure !== undefined) {
      throw new Error(
        `emptying ${bucket}: ${failure.Code ?? 'an error'} for ${JSON.stringify(failure.Key)}: ${failure.Message ?? ''}`,
      );
    }
  }
}

/** At most one page: what it lists is gone before the next is asked for. */
async function firstObjects(s3: S3, bucket: string): Promise<ObjectIdentifier[]> {
  const versions = await unlessMissing(['NotImplemented', 'MethodNotAllowed'], () =>
    s3.listObjectVersions({ Bucket: bucket }),
  );
  if (versions !== undefined) {
    return [...(versions.Versions ?? []), ...(versions.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
  }
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket });
  return Contents.map(({ Key }) => ({ Key }));
}
