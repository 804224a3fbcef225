import type { StorageOperation } from '../storage-request.ts';

/**
 * The IAM actions that each S3 call needs, without what headers add (see iam-requests.ts).
 * AWS Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3", and the S3 User Guide,
 * "Required permissions for Amazon S3 API operations". `versioned` replaces `actions` where the call names a version.
 */
export interface CallActions {
  readonly on: 'account' | 'bucket' | 'object';
  readonly actions: readonly string[];
  readonly versioned?: readonly string[];
}

const account = (...actions: string[]): CallActions => ({ on: 'account', actions });
const bucket = (...actions: string[]): CallActions => ({ on: 'bucket', actions });
const object = (actions: string | readonly string[], versioned?: string | readonly string[]): CallActions => ({
  on: 'object',
  actions: [actions].flat(),
  ...(versioned === undefined ? {} : { versioned: [versioned].flat() }),
});

export const callActions: Readonly<Record<StorageOperation, CallActions>> = {
  ListBuckets: account('s3:ListAllMyBuckets'),

  CreateBucket: bucket('s3:CreateBucket'),
  DeleteBucket: bucket('s3:DeleteBucket'),
  // HeadBucket and both listings are one action; a listing may carry s3:prefix, HeadBucket never does.
  HeadBucket: bucket('s3:ListBucket'),
  ListObjects: bucket('s3:ListBucket'),
  ListObjectsV2: bucket('s3:ListBucket'),
  ListObjectVersions: bucket('s3:ListBucketVersions'),
  ListMultipartUploads: bucket('s3:ListBucketMultipartUploads'),
  GetBucketLocation: bucket('s3:GetBucketLocation'),
  GetBucketPolicy: bucket('s3:GetBucketPolicy'),
  GetBucketPolicyStatus: bucket('s3:GetBucketPolicyStatus'),
  PutBucketPolicy: bucket('s3:PutBucketPolicy'),
  DeleteBucketPolicy: bucket('s3:DeleteBucketPolicy'),
  GetBucketAcl: bucket('s3:GetBucketAcl'),
  PutBucketAcl: bucket('s3:PutBucketAcl'),
  GetBucketVersioning: bucket('s3:GetBucketVersioning'),
  PutBucketVersioning: bucket('s3:PutBucketVersioning'),
  GetBucketTagging: bucket('s3:GetBucketTagging'),
  // Removing a configuration needs the right to write it, a bucket policy's excepted.
  PutBucketTagging: bucket('s3:PutBucketTagging'),
  DeleteBucketTagging: bucket('s3:PutBucketTagging'),
  GetBucketCors: bucket('s3:GetBucketCORS'),
  PutBucketCors: bucket('s3:PutBucketCORS'),
  DeleteBucketCors: bucket('s3:PutBucketCORS'),
  GetBucketLifecycleConfiguration: bucket('s3:GetLifecycleConfiguration'),
  PutBucketLifecycleConfiguration: bucket('s3:PutLifecycleConfiguration'),
  DeleteBucketLifecycle: bucket('s3:PutLifecycleConfiguration'),
  GetBucketEncryption: bucket('s3:GetEncryptionConfiguration'),
  PutBucketEncryption: bucket('s3:PutEncryptionConfiguration'),
  DeleteBucketEncryption: bucket('s3:PutEncryptionConfiguration'),
  GetPublicAccessBlock: bucket('s3:GetBucketPublicAccessBlock'),
  PutPublicAccessBlock: bucket('s3:PutBucketPublicAccessBlock'),
  DeletePublicAccessBlock: bucket('s3:PutBucketPublicAccessBlock'),
  GetBucketOwnershipControls: bucket('s3:GetBucketOwnershipControls'),
  PutBucketOwnershipControls: bucket('s3:PutBucketOwnershipControls'),
  DeleteBucketOwnershipControls: bucket('s3:PutBucketOwnershipControls'),
  GetBucketWebsite: bucket('s3:GetBucketWebsite'),
  GetBucketAccelerateConfiguration: bucket('s3:GetAccelerateConfiguration'),
  GetBucketRequestPayment: bucket('s3:GetBucketRequestPayment'),
  GetBucketLogging: bucket('s3:GetBucketLogging'),
  GetBucketReplication: bucket('s3:GetReplicationConfiguration'),
  GetObjectLockConfiguration: bucket('s3:GetBucketObjectLockConfiguration'),
  PutObjectLockConfiguration: bucket('s3:PutBucketObjectLockConfiguration'),

  // There is no s3:HeadObject.
  GetObject: object('s3:GetObject', 's3:GetObjectVersion'),
  HeadObject: object('s3:GetObject', 's3:GetObjectVersion'),
  GetObjectAttributes: object(
    ['s3:GetObject', 's3:GetObjectAttributes'],
    ['s3:GetObjectVersion', 's3:GetObjectVersionAttributes'],
  ),
  PutObject: object('s3:PutObject'),
  CopyObject: object('s3:PutObject'),
  CreateMultipartUpload: object('s3:PutObject'),
  UploadPart: object('s3:PutObject'),
  UploadPartCopy: object('s3:PutObject'),
  CompleteMultipartUpload: object('s3:PutObject'),
  AbortMultipartUpload: object('s3:AbortMultipartUpload'),
  ListParts: object('s3:ListMultipartUploadParts'),
  DeleteObject: object('s3:DeleteObject', 's3:DeleteObjectVersion'),
  DeleteObjects: object('s3:DeleteObject', 's3:DeleteObjectVersion'),
  GetObjectAcl: object('s3:GetObjectAcl', 's3:GetObjectVersionAcl'),
  PutObjectAcl: object('s3:PutObjectAcl', 's3:PutObjectVersionAcl'),
  GetObjectTagging: object('s3:GetObjectTagging', 's3:GetObjectVersionTagging'),
  PutObjectTagging: object('s3:PutObjectTagging', 's3:PutObjectVersionTagging'),
  DeleteObjectTagging: object('s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'),
  GetObjectRetention: object('s3:GetObjectRetention'),
  PutObjectRetention: object('s3:PutObjectRetention'),
  GetObjectLegalHold: object('s3:GetObjectLegalHold'),
  PutObjectLegalHold: object('s3:PutObjectLegalHold'),
  RestoreObject: object('s3:RestoreObject'),
};
