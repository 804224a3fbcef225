/**
 * One call to an object store, whichever provider answers it: what the probe grid asks, the evaluator decides
 * and the sandbox's endpoints see. Named after the S3 operations (AWS S3 API reference).
 */
export const accountOperations = ['ListBuckets'] as const;

export const bucketOperations = [
  'CreateBucket',
  'DeleteBucket',
  'HeadBucket',
  'GetBucketLocation',
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
  'ListMultipartUploads',
  'GetBucketPolicy',
  'GetBucketPolicyStatus',
  'PutBucketPolicy',
  'DeleteBucketPolicy',
  'GetBucketAcl',
  'PutBucketAcl',
  'GetBucketVersioning',
  'PutBucketVersioning',
  'GetBucketTagging',
  'PutBucketTagging',
  'DeleteBucketTagging',
  'GetBucketCors',
  'PutBucketCors',
  'DeleteBucketCors',
  'GetBucketLifecycleConfiguration',
  'PutBucketLifecycleConfiguration',
  'DeleteBucketLifecycle',
  'GetBucketEncryption',
  'PutBucketEncryption',
  'DeleteBucketEncryption',
  'GetPublicAccessBlock',
  'PutPublicAccessBlock',
  'DeletePublicAccessBlock',
  'GetBucketOwnershipControls',
  'PutBucketOwnershipControls',
  'DeleteBucketOwnershipControls',
  'GetBucketWebsite',
  'GetBucketAccelerateConfiguration',
  'GetBucketRequestPayment',
  'GetBucketLogging',
  'GetBucketReplication',
  'GetObjectLockConfiguration',
  'PutObjectLockConfiguration',
] as const;

export const objectOperations = [
  'GetObject',
  'HeadObject',
  'GetObjectAttributes',
  'PutObject',
  'CopyObject',
  'DeleteObject',
  /** Decided once for each key of the batch. */
  'DeleteObjects',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
  'ListParts',
  'GetObjectAcl',
  'PutObjectAcl',
  'GetObjectTagging',
  'PutObjectTagging',
  'DeleteObjectTagging',
  'GetObjectRetention',
  'PutObjectRetention',
  'GetObjectLegalHold',
  'PutObjectLegalHold',
  'RestoreObject',
] as const;

export type StorageOperation =
  (typeof accountOperations)[number] | (typeof bucketOperations)[number] | (typeof objectOperations)[number];

export interface StorageRequest {
  readonly operation: StorageOperation;
  /** Absent for calls on the account. */
  readonly bucket?: string;
  /** Present for calls on an object. */
  readonly key?: string;
  readonly versionId?: string;
  /** List parameters as sent; absent when the request leaves them out, which differs from empty. */
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly maxKeys?: number;
  /** Where CopyObject and UploadPartCopy read. */
  readonly copySource?: { readonly bucket: string; readonly key: string; readonly versionId?: string };
  /** Request headers that condition keys read (`x-amz-acl`, `if-none-match`, ..), names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Days left of the retention that the call gives an object: s3:object-lock-remaining-retention-days. */
  readonly retentionDays?: number;
  /** The customer's KMS key that the call takes, and what for. */
  readonly kmsKey?: { readonly arn: string; readonly actions: readonly ('kms:GenerateDataKey' | 'kms:Decrypt')[] };
  /** Sent over TLS. */
  readonly secure: boolean;
  readonly sourceIp?: string;
  /** How the request was signed; S3's s3:authType. */
  readonly authType?: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST';
}
