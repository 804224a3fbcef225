import { body, names, type CallStep } from '../api-call.ts';
import { text } from '../shared-calls.ts';
import { call, same } from './shared.ts';

/** Least privilege: what each role may and may not (IAM User Guide, "Policy evaluation logic"; Service Authorization Reference, "Amazon S3"). */
export const refusals: readonly CallStep[] = [
  call('reader', 'GetObject', 'in its prefix', { Key: 'uploads/hello' }, 'hello', text),
  call('reader', 'HeadObject', 'in its prefix', { Key: 'uploads/hello' }, 'done'),
  call('reader', 'ListObjectsV2', 'its prefix', { Prefix: 'uploads/hello' }, 'uploads/hello', {
    see: names('Contents', 'Key'),
  }),
  call('reader', 'GetObject', 'outside its prefix', { Key: 'private/secret' }, 'refused: 403 AccessDenied'),
  call('reader', 'HeadObject', 'outside its prefix', { Key: 'private/secret' }, 'refused: 403'),
  call(
    'reader',
    'GetObject',
    'a prefix that only begins alike',
    { Key: 'uploads-private/a' },
    'refused: 403 AccessDenied',
  ),
  same.readOtherBucket,
  call('reader', 'ListObjectsV2', 'the whole bucket', {}, 'refused: 403 AccessDenied'),
  call('reader', 'ListObjectsV2', 'another prefix', { Prefix: 'private/' }, 'refused: 403 AccessDenied'),
  call(
    'reader',
    'ListObjectsV2',
    'the other bucket',
    (c) => ({ Bucket: c.otherBucket, Prefix: 'uploads/' }),
    'refused: 403 AccessDenied',
  ),
  same.listBucketsAsReader,
  call('reader', 'GetBucketLocation', 'not granted', {}, 'refused: 403 AccessDenied'),
  call('reader', 'PutObject', 'in its prefix', { Key: 'uploads/new', Body: body('x') }, 'refused: 403 AccessDenied'),
  call('reader', 'DeleteObject', 'in its prefix', { Key: 'uploads/hello' }, 'refused: 403 AccessDenied'),
  call('reader', 'GetObjectTagging', 'not granted', { Key: 'uploads/hello' }, 'refused: 403 AccessDenied'),
  call('reader', 'CreateMultipartUpload', 'in its prefix', { Key: 'uploads/new' }, 'refused: 403 AccessDenied'),
  call('writer', 'PutObject', 'in its prefix', { Key: 'uploads/written', Body: body('written') }, 'done'),
  call(
    'writer',
    'PutObject',
    'outside its prefix',
    { Key: 'private/written', Body: body('x') },
    'refused: 403 AccessDenied',
  ),
  call(
    'writer',
    'PutObject',
    'in the other bucket',
    (c) => ({ Bucket: c.otherBucket, Key: 'uploads/x', Body: body('x') }),
    'refused: 403 AccessDenied',
  ),
  call(
    'writer',
    'PutObject',
    'with tags, not granted',
    { Key: 'uploads/tagged', Body: body('x'), Tagging: 'a=1' },
    'refused: 403 AccessDenied',
  ),
  call('writer', 'GetObject', 'not granted', { Key: 'uploads/written' }, 'refused: 403 AccessDenied'),
  call('writer', 'DeleteObject', 'not granted', { Key: 'uploads/written' }, 'refused: 403 AccessDenied'),
  call(
    'writer',
    'DeleteObjects',
    'not granted, key by key',
    { Delete: { Objects: [{ Key: 'uploads/written' }] } },
    'AccessDenied',
    {
      see: names('Errors', 'Code'),
    },
  ),
  call(
    'writer',
    'CopyObject',
    'from what it may not read',
    (c) => ({ Key: 'uploads/stolen', CopySource: `${c.bucket}/private/secret` }),
    'refused: 403 AccessDenied',
  ),
  call('writer', 'CreateMultipartUpload', 'in its prefix', { Key: 'uploads/unfinished' }, 'done', {
    remember: { writers: ({ UploadId }) => UploadId },
  }),
  call(
    'writer',
    'AbortMultipartUpload',
    'its own',
    (c) => ({ Key: 'uploads/unfinished', UploadId: c.recall('writers') }),
    'done',
  ),
  call(
    'writer',
    'PutBucketPolicy',
    'not granted',
    { Policy: '{"Version":"2012-10-17","Statement":[]}' },
    'refused: 403 AccessDenied',
  ),
  same.deleteBucketAsWriter,
  call(
    'writer',
    'CreateBucket',
    'not granted',
    { Bucket: 'conformance-new', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } },
    'refused: 403 AccessDenied',
  ),
  same.withWrongSecret,
  call('stranger', 'ListObjectsV2', 'with an unknown key', {}, 'refused: 403 InvalidAccessKeyId'),
  call(
    'administrator',
    'PutBucketPolicy',
    'a Deny for all of private/',
    (c) => ({
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${c.bucket}/private/*` },
        ],
      }),
    }),
    'done',
  ),
  call(
    'administrator',
    'GetObject',
    'what the bucket denies to all',
    { Key: 'private/secret' },
    'refused: 403 AccessDenied',
  ),
  call('administrator', 'DeleteBucketPolicy', 'the Deny', {}, 'done'),
  call('administrator', 'GetObject', 'without the Deny', { Key: 'private/secret' }, 'secret', text),
];
