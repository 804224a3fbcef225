import type { StorageOperation } from '../../../policies/storage-request.ts';
import type { Operation } from '../call.ts';
import { document, field } from '../xml.ts';
import { putAcl } from './acl.ts';
import { getBucketPolicy, putBucketPolicy } from './bucket-policy.ts';
import {
  always,
  defaultEncryption,
  forget,
  getBucketTagging,
  getOwnershipControls,
  getPublicAccessBlock,
  never,
  ofObject,
  ownersAcl,
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
  GetBucketCors: never('NoSuchCORSConfiguration'),
  DeleteBucketCors: forget(undefined),
  GetBucketLifecycleConfiguration: never('NoSuchLifecycleConfiguration'),
  DeleteBucketLifecycle: forget(undefined),
  GetBucketWebsite: never('NoSuchWebsiteConfiguration'),
  GetBucketReplication: never('ReplicationConfigurationNotFoundError'),
  GetObjectLockConfiguration: never('ObjectLockConfigurationNotFoundError'),
  GetBucketEncryption: always(defaultEncryption),
  DeleteBucketEncryption: forget(undefined),
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  GetBucketAccelerateConfiguration: always(document('AccelerateConfiguration')),
  GetBucketRequestPayment: always(document('RequestPaymentConfiguration', field('Payer', 'BucketOwner'))),
  GetBucketLogging: always(document('BucketLoggingStatus')),
  GetBucketAcl: always(ownersAcl),
  PutBucketAcl: putAcl,

  GetObjectAcl: ofObject(always(ownersAcl)),
  PutObjectAcl: ofObject(putAcl),
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
};
