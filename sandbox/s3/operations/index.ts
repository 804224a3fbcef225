import type { StorageOperation } from '../../../policies/storage-request.ts';
import type { Operation } from '../call.ts';
import { document, field } from '../xml.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './acl.ts';
import { getBucketCors, putBucketCors } from './bucket-cors.ts';
import { getBucketEncryption, putBucketEncryption } from './bucket-encryption.ts';
import { getBucketLifecycle, putBucketLifecycle } from './bucket-lifecycle.ts';
import { getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.ts';
import {
  always,
  forget,
  getBucketTagging,
  getOwnershipControls,
  getPublicAccessBlock,
  never,
  putBucketTagging,
  putOwnershipControls,
  putPublicAccessBlock,
} from './bucket-settings.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { getObjectAttributes } from './object-attributes.ts';
import {
  getObjectLegalHold,
  getObjectLockConfiguration,
  getObjectRetention,
  putObjectLegalHold,
  putObjectLockConfiguration,
  putObjectRetention,
} from './object-lock.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import { getObject, headObject } from './read-object.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './uploads.ts';
import { getBucketVersioning, putBucketVersioning } from './version.ts';
import { putObject } from './write-object.ts';

/** What each call does; a call that is missing here is answered by `NotImplemented`. */
export const operations: Readonly<Partial<Record<StorageOperation, Operation>>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  HeadBucket: headBucket,
  GetBucketLocation: getBucketLocation,

  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,

  GetObject: getObject,
  HeadObject: headObject,
  GetObjectAttributes: getObjectAttributes,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,

  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  ListMultipartUploads: listMultipartUploads,

  GetPublicAccessBlock: getPublicAccessBlock,
  PutPublicAccessBlock: putPublicAccessBlock,
  DeletePublicAccessBlock: forget('publicAccessBlock'),
  GetBucketOwnershipControls: getOwnershipControls,
  PutBucketOwnershipControls: putOwnershipControls,
  DeleteBucketOwnershipControls: forget('ownershipControls'),
  GetBucketTagging: getBucketTagging,
  PutBucketTagging: putBucketTagging,
  DeleteBucketTagging: forget('tagging'),

  GetBucketPolicy: getBucketPolicy,
  PutBucketPolicy: putBucketPolicy,
  DeleteBucketPolicy: forget('policy'),
  GetBucketPolicyStatus: getBucketPolicyStatus,
  GetBucketCors: getBucketCors,
  PutBucketCors: putBucketCors,
  DeleteBucketCors: forget('cors'),
  GetBucketLifecycleConfiguration: getBucketLifecycle,
  PutBucketLifecycleConfiguration: putBucketLifecycle,
  DeleteBucketLifecycle: forget('lifecycle'),
  GetBucketWebsite: never('NoSuchWebsiteConfiguration'),
  GetBucketReplication: never('ReplicationConfigurationNotFoundError'),
  GetObjectLockConfiguration: getObjectLockConfiguration,
  PutObjectLockConfiguration: putObjectLockConfiguration,
  GetBucketEncryption: getBucketEncryption,
  PutBucketEncryption: putBucketEncryption,
  DeleteBucketEncryption: forget('encryption'),
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  GetBucketAccelerateConfiguration: always(document('AccelerateConfiguration')),
  GetBucketRequestPayment: always(document('RequestPaymentConfiguration', field('Payer', 'BucketOwner'))),
  GetBucketLogging: always(document('BucketLoggingStatus')),
  GetBucketAcl: getBucketAcl,
  PutBucketAcl: putBucketAcl,

  GetObjectAcl: getObjectAcl,
  PutObjectAcl: putObjectAcl,
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  GetObjectRetention: getObjectRetention,
  PutObjectRetention: putObjectRetention,
  GetObjectLegalHold: getObjectLegalHold,
  PutObjectLegalHold: putObjectLegalHold,
};
