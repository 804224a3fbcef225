import { body, callsOf, fields, list, names, shown, type CallStep, type Output } from './api-call.ts';

/**
 * What every SDK asks of R2, call by call. Expectations: Cloudflare's R2 documentation ("S3 API compatibility", "Error codes",
 * "Limits", "API tokens"); for what R2 implements, the S3 API reference.
 */
const call = callsOf('R2');

const partBytes = 5 * 1024 * 1024;
const text = { see: (output: Output) => shown(output['Body']) };
const helloTag = '"5d41402abc4b2a76b9719d911017c592"';
const tagging = { TagSet: [{ Key: 'a', Value: '1' }] };

const objects: readonly CallStep[] = [
  call('administrator', 'ListBuckets', 'names its own two buckets', {}, 'both', {
    see: (output, { bucket, otherBucket }) => {
      const found = list(output, 'Buckets').map(({ Name }) => Name);
      return found.includes(bucket) && found.includes(otherBucket) ? 'both' : 'not both';
    },
  }),
  call('administrator', 'HeadBucket', 'a bucket that is there', {}, 'done'),
  call('administrator', 'HeadBucket', 'a bucket that is not', { Bucket: 'conformance-absent' }, 'refused: 404'),
  call(
    'administrator',
    'PutObject',
    'five bytes with type and metadata',
    { Key: 'uploads/hello', Body: body('hello'), ContentType: 'text/plain', Metadata: { origin: 'conformance' } },
    helloTag,
    { see: fields('ETag') },
  ),
  call(
    'administrator',
    'PutObject',
    'in the other bucket',
    (c) => ({ Bucket: c.otherBucket, Key: 'uploads/hello', Body: body('other') }),
    'done',
  ),
  call(
    'administrator',
    'HeadObject',
    'what was put',
    { Key: 'uploads/hello' },
    '5, text/plain, {"origin":"conformance"}',
    { see: fields('ContentLength', 'ContentType', 'Metadata') },
  ),
  call('administrator', 'HeadObject', 'a key that is not there', { Key: 'uploads/absent' }, 'refused: 404'),
  call('administrator', 'GetObject', 'whole', { Key: 'uploads/hello' }, 'hello', text),
  call('administrator', 'GetObject', 'a range', { Key: 'uploads/hello', Range: 'bytes=1-3' }, 'bytes 1-3/5, ell', {
    see: fields('ContentRange', 'Body'),
  }),
  call(
    'administrator',
    'GetObject',
    'a range past the end',
    { Key: 'uploads/hello', Range: 'bytes=9-' },
    'refused: 416 InvalidRange',
  ),
  call('administrator', 'GetObject', 'a key that is not there', { Key: 'uploads/absent' }, 'refused: 404 NoSuchKey'),
  call(
    'administrator',
    'GetObject',
    'If-None-Match with its tag',
    { Key: 'uploads/hello', IfNoneMatch: helloTag },
    'refused: 304',
  ),
  call(
    'administrator',
    'PutObject',
    'If-None-Match: * on a key that is there',
    { Key: 'uploads/hello', Body: body('again'), IfNoneMatch: '*' },
    'refused: 412 PreconditionFailed',
  ),
  call(
    'administrator',
    'CopyObject',
    'within the bucket',
    (c) => ({ Key: 'uploads/copy', CopySource: `${c.bucket}/uploads/hello` }),
    helloTag,
    {
      see: ({ CopyObjectResult }) => fields('ETag')(CopyObjectResult as Output),
    },
  ),
  call(
    'administrator',
    'CopyObject',
    'of another tag than it has',
    (c) => ({ Key: 'uploads/copy', CopySource: `${c.bucket}/uploads/hello`, CopySourceIfMatch: '"0"' }),
    'refused: 412 PreconditionFailed',
  ),
  call('administrator', 'ListObjectsV2', 'by prefix', { Prefix: 'uploads/' }, 'uploads/copy uploads/hello', {
    see: names('Contents', 'Key'),
  }),
  call('administrator', 'ListObjectsV2', 'by delimiter', { Delimiter: '/' }, 'uploads/', {
    see: names('CommonPrefixes', 'Prefix'),
  }),
  call('administrator', 'ListObjectsV2', 'the first page', { MaxKeys: 1 }, 'true, 1', {
    see: fields('IsTruncated', 'KeyCount'),
    remember: { page: ({ NextContinuationToken }) => NextContinuationToken },
  }),
  call(
    'administrator',
    'ListObjectsV2',
    'the second page',
    (c) => ({ MaxKeys: 1, ContinuationToken: c.recall('page') }),
    'uploads/hello',
    { see: names('Contents', 'Key') },
  ),
  call('administrator', 'ListObjects', 'after a marker', { Marker: 'uploads/copy' }, 'uploads/hello', {
    see: names('Contents', 'Key'),
  }),
  call(
    'administrator',
    'ListObjectsV2',
    'a bucket that is not there',
    { Bucket: 'conformance-absent' },
    'refused: 404 NoSuchBucket',
  ),
];

const uploads: readonly CallStep[] = [
  call(
    'administrator',
    'CreateMultipartUpload',
    'with a type',
    { Key: 'uploads/large', ContentType: 'text/plain' },
    'done',
    { remember: { upload: ({ UploadId }) => UploadId } },
  ),
  ...[partBytes, partBytes + 1, 1].map((bytes, index) =>
    call(
      'administrator',
      'UploadPart',
      `part ${index + 1} of ${bytes} bytes`,
      (c) => ({ Key: 'uploads/large', UploadId: c.recall('upload'), PartNumber: index + 1, Body: body('a', bytes) }),
      'done',
      {
        remember: { [`part${index + 1}`]: ({ ETag }) => ETag },
      },
    ),
  ),
  call(
    'administrator',
    'ListParts',
    'three',
    (c) => ({ Key: 'uploads/large', UploadId: c.recall('upload') }),
    '5242880 5242881 1',
    { see: names('Parts', 'Size') },
  ),
  call('administrator', 'ListMultipartUploads', 'the one under way', {}, 'uploads/large', {
    see: names('Uploads', 'Key'),
  }),
  call(
    'administrator',
    'CompleteMultipartUpload',
    'parts of unequal size',
    (c) => completing(c.recall, [1, 2, 3]),
    'refused: 400 InvalidPart',
  ),
  call(
    'administrator',
    'CompleteMultipartUpload',
    'a part and a shorter last one',
    (c) => completing(c.recall, [1, 3]),
    'done',
  ),
  call('administrator', 'HeadObject', 'size and type', { Key: 'uploads/large' }, '5242881, text/plain', {
    see: fields('ContentLength', 'ContentType'),
  }),
  call(
    'administrator',
    'AbortMultipartUpload',
    'one that is not there',
    { Key: 'uploads/large', UploadId: 'absent' },
    'refused: 404 NoSuchUpload',
  ),
];

function completing(recall: (name: string) => string, numbers: readonly number[]): Record<string, unknown> {
  const Parts = numbers.map((PartNumber) => ({ ETag: recall(`part${PartNumber}`), PartNumber }));
  return { Key: 'uploads/large', UploadId: recall('upload'), MultipartUpload: { Parts } };
}

const settings: readonly CallStep[] = [
  call(
    'administrator',
    'PutBucketCors',
    'one rule',
    { CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://example.test'] }] } },
    'done',
  ),
  call('administrator', 'GetBucketCors', 'the rule', {}, '["GET"]', { see: names('CORSRules', 'AllowedMethods') }),
  call('administrator', 'DeleteBucketCors', 'the rule', {}, 'done'),
  ...(
    [
      ['PutObjectAcl', 'ACLs', { Key: 'uploads/hello', ACL: 'public-read' }],
      ['GetObjectAcl', 'ACLs', { Key: 'uploads/hello' }],
      ['GetBucketAcl', 'ACLs', {}],
      ['PutObjectTagging', 'tags', { Key: 'uploads/hello', Tagging: tagging }],
      ['GetObjectTagging', 'tags', { Key: 'uploads/hello' }],
      ['PutBucketTagging', 'tags', { Tagging: tagging }],
      ['PutObject', 'a header of tags', { Key: 'uploads/tagged', Body: body('x'), Tagging: 'a=1' }],
      ['PutBucketVersioning', 'versions', { VersioningConfiguration: { Status: 'Enabled' } }],
      ['ListObjectVersions', 'versions', {}],
      ['PutBucketPolicy', 'bucket policies', { Policy: '{}' }],
      ['GetBucketPolicy', 'bucket policies', {}],
      ['PutPublicAccessBlock', 'public access blocks', { PublicAccessBlockConfiguration: { BlockPublicAcls: true } }],
      ['GetObjectLockConfiguration', 'Object Lock', {}],
      ['GetBucketReplication', 'replication', {}],
      ['GetBucketWebsite', 'websites', {}],
    ] as const
  ).map(([operation, what, input]) =>
    call('administrator', operation, `R2 has no ${what.replace(/^a /, '')}`, input, 'refused: 501 NotImplemented'),
  ),
];

const refusals: readonly CallStep[] = [
  call('reader', 'GetObject', 'in its bucket', { Key: 'uploads/hello' }, 'hello', text),
  call('reader', 'ListObjectsV2', 'its bucket', { Prefix: 'uploads/h' }, 'uploads/hello', {
    see: names('Contents', 'Key'),
  }),
  call('reader', 'PutObject', 'in its bucket', { Key: 'uploads/new', Body: body('x') }, 'refused: 403 AccessDenied'),
  call('reader', 'DeleteObject', 'in its bucket', { Key: 'uploads/hello' }, 'refused: 403 AccessDenied'),
  call('reader', 'CreateMultipartUpload', 'in its bucket', { Key: 'uploads/new' }, 'refused: 403 AccessDenied'),
  call(
    'reader',
    'GetObject',
    'in the other bucket',
    (c) => ({ Bucket: c.otherBucket, Key: 'uploads/hello' }),
    'refused: 403 AccessDenied',
  ),
  call('reader', 'ListObjectsV2', 'the other bucket', (c) => ({ Bucket: c.otherBucket }), 'refused: 403 AccessDenied'),
  call('reader', 'ListBuckets', 'all buckets', {}, 'refused: 403 AccessDenied'),
  call('writer', 'PutObject', 'in its bucket', { Key: 'uploads/written', Body: body('written') }, 'done'),
  call('writer', 'GetObject', 'what it wrote: write includes read', { Key: 'uploads/written' }, 'written', text),
  call(
    'writer',
    'PutObject',
    'in the other bucket',
    (c) => ({ Bucket: c.otherBucket, Key: 'x', Body: body('x') }),
    'refused: 403 AccessDenied',
  ),
  call(
    'writer',
    'CopyObject',
    'from the other bucket',
    (c) => ({ Key: 'uploads/stolen', CopySource: `${c.otherBucket}/uploads/hello` }),
    'refused: 403 AccessDenied',
  ),
  call('writer', 'CreateBucket', 'not granted', { Bucket: 'conformance-new' }, 'refused: 403 AccessDenied'),
  call('writer', 'DeleteBucket', 'not granted', {}, 'refused: 403 AccessDenied'),
  call(
    'writer',
    'PutBucketCors',
    'not granted',
    { CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] } },
    'refused: 403 AccessDenied',
  ),
  call('writer', 'DeleteObject', 'what it wrote: write includes delete', { Key: 'uploads/written' }, 'done'),
  call('impostor', 'ListObjectsV2', 'with another secret', {}, 'refused: 403 SignatureDoesNotMatch'),
  call('stranger', 'ListObjectsV2', 'with an unknown key', {}, 'refused: 401 Unauthorized'),
  call('administrator', 'DeleteBucket', 'that holds objects', {}, 'refused: 409 BucketNotEmpty'),
  call(
    'administrator',
    'DeleteObjects',
    'two keys, one of them not there',
    { Delete: { Objects: [{ Key: 'uploads/copy' }, { Key: 'uploads/absent' }] } },
    'uploads/absent uploads/copy',
    {
      see: (output) => names('Deleted', 'Key')(output).split(' ').sort().join(' '),
    },
  ),
];

export const r2Calls: readonly CallStep[] = [...objects, ...uploads, ...settings, ...refusals];
