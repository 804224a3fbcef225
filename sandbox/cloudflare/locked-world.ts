import type { Jurisdiction } from '../../base/location.ts';
import { S3Error } from '../s3/s3-error.ts';
import type { DiskObject, DiskWorld } from '../store/disk-world.ts';
import type { CloudflareAccount } from './account.ts';
import { lockingRule } from './bucket-rules.ts';
import { settingsOf } from './bucket-settings.ts';

/**
 * One jurisdiction's objects as its S3 endpoint sees them: what a bucket's lock holds is neither deleted nor overwritten,
 * whoever asks. The look and the deed are one step. Throws `S3Error` `ObjectLockedByBucketPolicy` (R2 docs, "Error codes").
 */
export function lockedWorld(account: CloudflareAccount, jurisdiction: Jurisdiction, world: DiskWorld): DiskWorld {
  const refuseLocked = (bucketName: string, object: DiskObject | undefined): void => {
    const bucket = world.bucket(bucketName);
    if (bucket === undefined || object === undefined) return;
    const rules = settingsOf(account.state, jurisdiction, bucket)?.lockRules ?? [];
    const rule = lockingRule(rules, object, account.now());
    if (rule === undefined) return;
    throw new S3Error('ObjectLockedByBucketPolicy', `The object is locked by the bucket lock rule "${rule.id}".`);
  };
  return {
    ...world,
    put: (bucket, key, body, details, precondition) =>
      world.put(bucket, key, body, details, (existing) => {
        precondition?.(existing);
        refuseLocked(bucket, existing);
      }),
    completeUpload: (bucket, upload, parts, completed, precondition) =>
      world.completeUpload(bucket, upload, parts, completed, (existing) => {
        precondition?.(existing);
        refuseLocked(bucket, existing);
      }),
    delete(bucket, key) {
      refuseLocked(bucket, world.object(bucket, key));
      return world.delete(bucket, key);
    },
    deleteVersion(bucket, key, versionId) {
      refuseLocked(bucket, world.version(bucket, key, versionId));
      return world.deleteVersion(bucket, key, versionId);
    },
  };
}
