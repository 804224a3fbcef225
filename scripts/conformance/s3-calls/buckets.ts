import { fields, list, names, type CallStep, type Output } from '../api-call.ts';
import { call, same } from './shared.ts';

/** Buckets and their settings (S3 API reference: each operation, "Error responses"; S3 User Guide: "Blocking public access", "Controlling ownership of objects"). */
export const buckets: readonly CallStep[] = [
  same.ownBuckets,
  same.headBucket,
  same.headAbsentBucket,
  call('administrator', 'GetBucketLocation', 'the region', {}, 'eu-west-1', { see: fields('LocationConstraint') }),
  call(
    'administrator',
    'CreateBucket',
    'again, by its owner',
    { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } },
    'refused: 409 BucketAlreadyOwnedByYou',
  ),
  call(
    'administrator',
    'CreateBucket',
    'a name of two letters',
    { Bucket: 'ab', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } },
    'refused: 400 InvalidBucketName',
  ),
  call('administrator', 'GetPublicAccessBlock', 'of a new bucket', {}, 'true, true, true, true', {
    see: ({ PublicAccessBlockConfiguration }) =>
      fields(
        'BlockPublicAcls',
        'IgnorePublicAcls',
        'BlockPublicPolicy',
        'RestrictPublicBuckets',
      )(PublicAccessBlockConfiguration as Output),
  }),
  call('administrator', 'GetBucketOwnershipControls', 'of a new bucket', {}, 'BucketOwnerEnforced', {
    see: ({ OwnershipControls }) => names('Rules', 'ObjectOwnership')(OwnershipControls as Output),
  }),
  call('administrator', 'GetBucketEncryption', 'of a new bucket', {}, 'AES256', {
    see: ({ ServerSideEncryptionConfiguration: configuration }) =>
      list(configuration as Output, 'Rules')
        .map(({ ApplyServerSideEncryptionByDefault: byDefault }) => fields('SSEAlgorithm')(byDefault as Output))
        .join(' '),
  }),
  call('administrator', 'GetBucketVersioning', 'of a new bucket', {}, 'none', { see: fields('Status') }),
  call('administrator', 'GetBucketPolicy', 'of a new bucket', {}, 'refused: 404 NoSuchBucketPolicy'),
  call('administrator', 'GetBucketCors', 'of a new bucket', {}, 'refused: 404 NoSuchCORSConfiguration'),
  call(
    'administrator',
    'GetBucketLifecycleConfiguration',
    'of a new bucket',
    {},
    'refused: 404 NoSuchLifecycleConfiguration',
  ),
  call('administrator', 'GetBucketTagging', 'of a new bucket', {}, 'refused: 404 NoSuchTagSet'),
  call(
    'administrator',
    'GetObjectLockConfiguration',
    'of a bucket without',
    {},
    'refused: 404 ObjectLockConfigurationNotFoundError',
  ),
  call(
    'administrator',
    'PutBucketTagging',
    'one tag',
    { Tagging: { TagSet: [{ Key: 'team', Value: 'media' }] } },
    'done',
  ),
  call('administrator', 'GetBucketTagging', 'the tag', {}, 'team', { see: names('TagSet', 'Key') }),
  call('administrator', 'DeleteBucketTagging', 'the tag', {}, 'done'),
  same.putCors,
  same.getCors,
  same.deleteCors,
  call(
    'administrator',
    'PutBucketLifecycleConfiguration',
    'one rule',
    {
      LifecycleConfiguration: {
        Rules: [
          {
            ID: 'unfinished',
            Status: 'Enabled',
            Filter: { Prefix: '' },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
          },
        ],
      },
    },
    'done',
  ),
  call('administrator', 'GetBucketLifecycleConfiguration', 'the rule', {}, 'unfinished', { see: names('Rules', 'ID') }),
  call('administrator', 'DeleteBucketLifecycle', 'the rule', {}, 'done'),
];
