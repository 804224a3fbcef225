import { body, callsOf, fields, names, type CallStep } from './api-call.ts';
import { deletedKeys, listedKeys, sharedCalls, text } from './shared-calls.ts';

/**
 * What every SDK asks of R2, call by call. Expectations: Cloudflare's R2 documentation ("S3 API compatibility", "Error codes",
 * "Limits", "API tokens"); for what R2 implements, the S3 API reference.
 */
const call = callsOf('R2');
const same = sharedCalls('R2');

const partBytes = 5 * 1024 * 1024;
const tagging = { TagSet: [{ Key: 'a', Value: '1' }] };

const objects: readonly CallStep[] = [
  same.ownBuckets,
  same.headBucket,
  same.headAbsentBucket,
  same.putHello,
  same.putInOtherBucket,
  same.headHello,
  same.headAbsentKey,
  same.getWhole,
  same.getRange,
  same.getRangePastEnd,
  same.getAbsentKey,
  same.getIfNoneMatch,
  same.putOnTakenKey,
  same.copyWithinBucket,
  same.copyOfAnotherTag,
  call('administrator', 'ListObjectsV2', 'by prefix', { Prefix: 'uploads/' }, 'uploads/copy uploads/hello', listedKeys),
  call('administrator', 'ListObjectsV2', 'by delimiter', { Delimiter: '/' }, 'uploads/', {
    see: names('CommonPrefixes', 'Prefix'),
  }),
  ...same.twoPages({ MaxKeys: 1 }, { first: 'true, 1', second: 'uploads/hello' }),
  call('administrator', 'ListObjects', 'after a marker', { Marker: 'uploads/copy' }, 'uploads/hello', listedKeys),
  same.listAbsentBucket,
];

const uploads: readonly CallStep[] = [
  same.createUpload,
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
  same.listUploads,
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
  same.putCors,
  same.getCors,
  same.deleteCors,
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
  call('reader', 'ListObjectsV2', 'its bucket', { Prefix: 'uploads/h' }, 'uploads/hello', listedKeys),
  call('reader', 'PutObject', 'in its bucket', { Key: 'uploads/new', Body: body('x') }, 'refused: 403 AccessDenied'),
  call('reader', 'DeleteObject', 'in its bucket', { Key: 'uploads/hello' }, 'refused: 403 AccessDenied'),
  call('reader', 'CreateMultipartUpload', 'in its bucket', { Key: 'uploads/new' }, 'refused: 403 AccessDenied'),
  same.readOtherBucket,
  call('reader', 'ListObjectsV2', 'the other bucket', (c) => ({ Bucket: c.otherBucket }), 'refused: 403 AccessDenied'),
  same.listBucketsAsReader,
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
  same.deleteBucketAsWriter,
  call(
    'writer',
    'PutBucketCors',
    'not granted',
    { CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] } },
    'refused: 403 AccessDenied',
  ),
  call('writer', 'DeleteObject', 'what it wrote: write includes delete', { Key: 'uploads/written' }, 'done'),
  same.withWrongSecret,
  call('stranger', 'ListObjectsV2', 'with an unknown key', {}, 'refused: 401 Unauthorized'),
  same.deleteFullBucket,
  call(
    'administrator',
    'DeleteObjects',
    'two keys, one of them not there',
    { Delete: { Objects: [{ Key: 'uploads/copy' }, { Key: 'uploads/absent' }] } },
    'uploads/absent uploads/copy',
    { see: deletedKeys },
  ),
];

export const r2Calls: readonly CallStep[] = [...objects, ...uploads, ...settings, ...refusals];
