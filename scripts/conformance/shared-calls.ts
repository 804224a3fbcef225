import { body, type CallStep, callsOf, fields, list, names, type Output, shown } from './api-call.ts';
import type { StorageName } from './world.ts';

/** Looks at the body of an answer. */
export const text = { see: (output: Output) => shown(output['Body']) };

/** Looks at the keys of a listing. */
export const listedKeys = { see: names('Contents', 'Key') };

/** The entity tag of `hello`: its MD5. */
export const helloTag = '"5d41402abc4b2a76b9719d911017c592"';

/**
 * Calls that S3 and R2 answer alike, each a step of `cloud`, by name: each cloud's own list says when they are made
 * (S3 API reference; Cloudflare's R2 documentation, "S3 API compatibility").
 */
export function sharedCalls(cloud: StorageName) {
  const call = callsOf(cloud);
  return {
    ownBuckets: call('administrator', 'ListBuckets', 'names its own two buckets', {}, 'both', {
      see: (output, { bucket, otherBucket }) => {
        const found = list(output, 'Buckets').map(({ Name }) => Name);
        return found.includes(bucket) && found.includes(otherBucket) ? 'both' : 'not both';
      },
    }),
    headBucket: call('administrator', 'HeadBucket', 'a bucket that is there', {}, 'done'),
    headAbsentBucket: call(
      'administrator',
      'HeadBucket',
      'a bucket that is not',
      { Bucket: 'conformance-absent' },
      'refused: 404',
    ),
    putHello: call(
      'administrator',
      'PutObject',
      'five bytes with type and metadata',
      { Key: 'uploads/hello', Body: body('hello'), ContentType: 'text/plain', Metadata: { origin: 'conformance' } },
      helloTag,
      { see: fields('ETag') },
    ),
    putInOtherBucket: call(
      'administrator',
      'PutObject',
      'in the other bucket',
      (c) => ({ Bucket: c.otherBucket, Key: 'uploads/hello', Body: body('other') }),
      'done',
    ),
    headHello: call(
      'administrator',
      'HeadObject',
      'what was put',
      { Key: 'uploads/hello' },
      '5, text/plain, {"origin":"conformance"}',
      { see: fields('ContentLength', 'ContentType', 'Metadata') },
    ),
    headAbsentKey: call(
      'administrator',
      'HeadObject',
      'a key that is not there',
      { Key: 'uploads/absent' },
      'refused: 404',
    ),
    getWhole: call('administrator', 'GetObject', 'whole', { Key: 'uploads/hello' }, 'hello', text),
    getRange: call(
      'administrator',
      'GetObject',
      'a range',
      { Key: 'uploads/hello', Range: 'bytes=1-3' },
      'bytes 1-3/5, ell',
      { see: fields('ContentRange', 'Body') },
    ),
    getRangePastEnd: call(
      'administrator',
      'GetObject',
      'a range past the end',
      { Key: 'uploads/hello', Range: 'bytes=9-' },
      'refused: 416 InvalidRange',
    ),
    getAbsentKey: call(
      'administrator',
      'GetObject',
      'a key that is not there',
      { Key: 'uploads/absent' },
      'refused: 404 NoSuchKey',
    ),
    getIfNoneMatch: call(
      'administrator',
      'GetObject',
      'If-None-Match with its tag',
      { Key: 'uploads/hello', IfNoneMatch: helloTag },
      'refused: 304',
    ),
    putOnTakenKey: call(
      'administrator',
      'PutObject',
      'If-None-Match: * on a key that is there',
      { Key: 'uploads/hello', Body: body('again'), IfNoneMatch: '*' },
      'refused: 412 PreconditionFailed',
    ),
    copyWithinBucket: call(
      'administrator',
      'CopyObject',
      'within the bucket',
      (c) => ({ Key: 'uploads/copy', CopySource: `${c.bucket}/uploads/hello` }),
      helloTag,
      { see: ({ CopyObjectResult }) => fields('ETag')(CopyObjectResult as Output) },
    ),
    copyOfAnotherTag: call(
      'administrator',
      'CopyObject',
      'of another tag than it has',
      (c) => ({ Key: 'uploads/copy', CopySource: `${c.bucket}/uploads/hello`, CopySourceIfMatch: '"0"' }),
      'refused: 412 PreconditionFailed',
    ),
    listAbsentBucket: call(
      'administrator',
      'ListObjectsV2',
      'a bucket that is not there',
      { Bucket: 'conformance-absent' },
      'refused: 404 NoSuchBucket',
    ),
    /** A listing in pages, by the token that the first answers. */
    twoPages: (
      paging: { readonly MaxKeys: number; readonly Prefix?: string },
      expected: { readonly first: string; readonly second: string },
    ): CallStep[] => [
      call('administrator', 'ListObjectsV2', 'the first page', paging, expected.first, {
        see: fields('IsTruncated', 'KeyCount'),
        remember: { page: ({ NextContinuationToken }) => NextContinuationToken },
      }),
      call(
        'administrator',
        'ListObjectsV2',
        'the second page',
        (c) => ({ ...paging, ContinuationToken: c.recall('page') }),
        expected.second,
        listedKeys,
      ),
    ],
    createUpload: call(
      'administrator',
      'CreateMultipartUpload',
      'with a type',
      { Key: 'uploads/large', ContentType: 'text/plain' },
      'done',
      { remember: { upload: ({ UploadId }) => UploadId } },
    ),
    listUploads: call('administrator', 'ListMultipartUploads', 'the one under way', {}, 'uploads/large', {
      see: names('Uploads', 'Key'),
    }),
    putCors: call(
      'administrator',
      'PutBucketCors',
      'one rule',
      { CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://example.test'] }] } },
      'done',
    ),
    getCors: call('administrator', 'GetBucketCors', 'the rule', {}, '["GET"]', {
      see: names('CORSRules', 'AllowedMethods'),
    }),
    deleteCors: call('administrator', 'DeleteBucketCors', 'the rule', {}, 'done'),
    readOtherBucket: call(
      'reader',
      'GetObject',
      'in the other bucket',
      (c) => ({ Bucket: c.otherBucket, Key: 'uploads/hello' }),
      'refused: 403 AccessDenied',
    ),
    listBucketsAsReader: call('reader', 'ListBuckets', 'all buckets', {}, 'refused: 403 AccessDenied'),
    deleteBucketAsWriter: call('writer', 'DeleteBucket', 'not granted', {}, 'refused: 403 AccessDenied'),
    withWrongSecret: call('impostor', 'ListObjectsV2', 'with another secret', {}, 'refused: 403 SignatureDoesNotMatch'),
    deleteFullBucket: call('administrator', 'DeleteBucket', 'that holds objects', {}, 'refused: 409 BucketNotEmpty'),
  };
}

/** The keys that DeleteObjects removed, in byte order: providers name them in any. */
export function deletedKeys(output: Output): string {
  return names('Deleted', 'Key')(output).split(' ').sort().join(' ');
}
