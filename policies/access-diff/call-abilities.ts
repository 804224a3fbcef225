import type { Ability } from '../ability.ts';
import { accountOperations, bucketOperations, objectOperations, type StorageOperation } from '../storage-request.ts';

/**
 * Which ability a call uses. What is not named here changes a bucket, its permissions or its retention, or reads how they
 * are set: `admin`, the ability that no grant holds.
 */
const abilityOf: Readonly<Partial<Record<StorageOperation, Ability>>> = {
  HeadBucket: 'list',
  GetBucketLocation: 'list',
  ListObjects: 'list',
  ListObjectsV2: 'list',
  ListObjectVersions: 'version',
  ListMultipartUploads: 'multipart',
  GetObject: 'read',
  HeadObject: 'read',
  GetObjectAttributes: 'read',
  PutObject: 'write',
  CopyObject: 'write',
  CreateMultipartUpload: 'write',
  UploadPart: 'write',
  UploadPartCopy: 'write',
  CompleteMultipartUpload: 'write',
  RestoreObject: 'write',
  DeleteObject: 'delete',
  DeleteObjects: 'delete',
  AbortMultipartUpload: 'multipart',
  ListParts: 'multipart',
  GetObjectTagging: 'tag',
  PutObjectTagging: 'tag',
  DeleteObjectTagging: 'tag',
};

/** The ability that a call uses; `admin` for whatever the table does not name. */
export function abilityOfCall(operation: StorageOperation): Ability {
  return abilityOf[operation] ?? 'admin';
}

/**
 * R2 tells four kinds of calls apart (see decide-r2-token.ts), so a few calls stand for all; IAM tells apart every action.
 */
const askedOnR2: ReadonlySet<StorageOperation> = new Set([
  'ListBuckets',
  'CreateBucket',
  'GetBucketCors',
  'PutBucketCors',
  'ListObjectsV2',
  'ListMultipartUploads',
  'GetObject',
  'PutObject',
  'DeleteObject',
  'AbortMultipartUpload',
]);

/** A batch is decided key by key, as DeleteObject; a part upload as the upload is. */
const sameAsAnother: ReadonlySet<StorageOperation> = new Set([
  'ListObjects',
  'HeadObject',
  'DeleteObjects',
  'CopyObject',
  'UploadPart',
  'UploadPartCopy',
]);

/** The calls that the diff asks a provider's policies about, by what they are made on. */
export function askedCalls(provider: 'aws' | 'r2') {
  const asked = (operation: StorageOperation): boolean =>
    provider === 'r2' ? askedOnR2.has(operation) : !sameAsAnother.has(operation);
  return {
    account: accountOperations.filter(asked),
    bucket: bucketOperations.filter(asked),
    object: objectOperations.filter(asked),
  };
}
