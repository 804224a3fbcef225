import type { Call } from '../call.ts';
import { S3Error } from '../s3-error.ts';

/** Access control lists, as far as buckets without them (BucketOwnerEnforced, S3's default) have to do with them. */

/** Throws `AccessControlListNotSupported` for a write whose ACL the bucket does not take (S3 User Guide, "Controlling ownership of objects"). */
export function checkAcl({ world, profile, bucket, headers }: Call): void {
  if (profile.provider !== 'aws' || !ownerEnforced(world, bucket)) return;
  const grants = Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'));
  const acl = headers['x-amz-acl'];
  if (grants || (acl !== undefined && acl !== 'bucket-owner-full-control')) {
    throw new S3Error('AccessControlListNotSupported');
  }
}

/** PutObjectAcl and PutBucketAcl. */
export function putAcl({ world, bucket }: Call): void {
  throw new S3Error(ownerEnforced(world, bucket) ? 'AccessControlListNotSupported' : 'NotImplemented');
}

function ownerEnforced(world: Call['world'], bucket: string): boolean {
  const setting = world.setting(bucket, 'ownershipControls');
  return (setting === undefined ? 'BucketOwnerEnforced' : setting) === 'BucketOwnerEnforced';
}
