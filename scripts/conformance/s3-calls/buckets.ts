import { fields, list, names, type CallStep, type Output } from '../api-call.ts';
import { call } from './shared.ts';

/** Buckets and their settings (S3 API reference: each operation, "Error responses"; S3 User Guide: "Blocking public access", "Controlling ownership of objects"). */
export const buckets: readonly CallStep[] = [
  call('administrator', 'ListBuckets', 'names its own two buckets', {}, 'both', {
    see: (output, { bucket, otherBucket }) => {
      const found = list(output, 'Buckets').map(({ Name }) => Name);
      return found.includes(bucket) && found.includes(otherBucket) ? 'both' : 'not both';
    },
  }),
  call('administrator', 'HeadBucket', 'a bucket that is there', {}, 'done'),
  call('administrator', 'HeadBucket', 'a bucket that is not', { Bucket: 'conformance-absent' }, 'refused: 404'),
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
  call(
    'administrator',
    'PutBucketCors',
    'one rule',
    { CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://example.test'] }] } },
    'done',
  ),
  call('administrator', 'GetBucketCors', 'the rule', {}, '["GET"]', { see: names('CORSRules', 'AllowedMethods') }),
  call('administrator', 'DeleteBucketCors', 'the rule', {}, 'done'),
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
