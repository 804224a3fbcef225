import { iamDialect } from '../../../policies/dialects/iam.ts';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { awsLocation, grantable, grantOn } from '../fixtures/grants.ts';

const bucketArn = 'arn:aws:s3:::media-prod';
const sameAccount = { StringEquals: { 'aws:ResourceAccount': ['123456789012'] } };
const insidePrefix = { StringLike: { 's3:prefix': ['uploads/*'] } };

describe('S1, S2: what a grant becomes in IAM', () => {
  test('a source lists its prefix and reads its objects, no more', () => {
    expect(iamDialect.render(grantOn(awsLocation, ['list', 'read']))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'List',
          Effect: 'Allow',
          Action: ['s3:ListBucket'],
          Resource: bucketArn,
          Condition: { ...insidePrefix, ...sameAccount },
        },
        {
          Sid: 'Objects',
          Effect: 'Allow',
          Action: ['s3:GetObject'],
          Resource: `${bucketArn}/uploads/*`,
          Condition: sameAccount,
        },
      ],
    });
  });

  test('a destination writes, and finds and aborts unfinished uploads; the list of those knows no prefix', () => {
    const { Statement: statements } = iamDialect.render(grantOn(awsLocation, ['list', 'write', 'multipart']));
    expect(statements.map(({ Sid: sid, Action: actions }) => [sid, actions])).toEqual([
      ['List', ['s3:ListBucket']],
      ['ListUploads', ['s3:ListBucketMultipartUploads']],
      ['Objects', ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']],
    ]);
    expect(statements[1]?.Condition).toEqual(sameAccount);
  });

  test('the whole bucket needs no condition on the prefix', () => {
    const { Statement: statements } = iamDialect.render(grantOn({ ...awsLocation, prefix: '' }, ['list', 'read']));
    expect(statements.map(({ Resource: resource, Condition: condition }) => [resource, condition])).toEqual([
      [bucketArn, sameAccount],
      [`${bucketArn}/*`, sameAccount],
    ]);
  });

  test('S7: partitions are those of the account', () => {
    const location = { ...awsLocation, partition: 'aws-us-gov', region: 'us-gov-west-1' } as const;
    expect(iamDialect.render(grantOn(location, ['list'])).Statement[0]?.Resource).toBe(
      'arn:aws-us-gov:s3:::media-prod',
    );
  });

  test('characters that IAM would read as wildcards stand for themselves', () => {
    const grant = grantOn({ ...awsLocation, prefix: 'a*?${b}/' }, ['read']);
    expect(iamDialect.render(grant).Statement[0]?.Resource).toBe(`${bucketArn}/a\${*}\${?}\${$}{b}/*`);
    const read = (key: string) =>
      iamDialect.decide(iamDialect.render(grant), { operation: 'GetObject', bucket: 'media-prod', key, secure: true })
        .verdict;
    expect(read('a*?${b}/x')).toBe('allowed');
    expect(read('a-secret?${b}/x')).toBe('implicitly-denied');
  });

  test('no action has a wildcard, and equal grants render to equal text that starts with the version', () => {
    const text = JSON.stringify(iamDialect.render(grantOn(awsLocation, grantable)));
    expect(text).toMatch(/^\{"Version":"2012-10-17","Statement":\[\{"Sid":"List","Effect":"Allow","Action":/);
    expect(text).not.toMatch(/"s3:[A-Za-z]*\*/);
    expect(JSON.stringify(iamDialect.render(grantOn(awsLocation, grantable)))).toBe(text);
  });

  test('a full policy stays well below the 2,048 characters of inline policies, with a long prefix too', () => {
    const location = { ...awsLocation, bucket: 'b'.repeat(63), prefix: `${'p'.repeat(300)}/` };
    expect(JSON.stringify(iamDialect.render(grantOn(location, grantable))).length).toBeLessThan(2048);
  });
});

/** Cells as IAM's own simulator gave them for such a policy; the AWS S3 User Guide states the rules for s3:prefix. */
describe('S2: who may do what with a copy destination on uploads/', () => {
  const policy = iamDialect.render(grantOn(awsLocation, ['list', 'write', 'multipart']));
  const on = (operation: StorageRequest['operation'], rest: Partial<StorageRequest> = {}): StorageRequest => ({
    operation,
    bucket: 'media-prod',
    secure: true,
    ...rest,
  });

  test.each([
    ['a listing below the prefix', on('ListObjectsV2', { prefix: 'uploads/', delimiter: '/' })],
    ['a deeper listing', on('ListObjectsV2', { prefix: 'uploads/2026/' })],
    ['a put', on('PutObject', { key: 'uploads/a' })],
    ['a multipart upload', on('CreateMultipartUpload', { key: 'uploads/a' })],
    ['its parts', on('UploadPart', { key: 'uploads/a' })],
    ['a list of parts', on('ListParts', { key: 'uploads/a' })],
    ['an abort', on('AbortMultipartUpload', { key: 'uploads/a' })],
    ['a list of unfinished uploads', on('ListMultipartUploads', { prefix: 'other/' })],
    [
      'a put with a storage class',
      on('PutObject', { key: 'uploads/a', headers: { 'x-amz-storage-class': 'GLACIER_IR' } }),
    ],
  ])('%s is allowed', (_case, request) => {
    expect(iamDialect.decide(policy, request).verdict).toBe('allowed');
  });

  test.each([
    ['a listing without prefix', on('ListObjectsV2')],
    ['a listing with an empty prefix', on('ListObjectsV2', { prefix: '' })],
    ['a listing of the prefix without its slash', on('ListObjectsV2', { prefix: 'uploads' })],
    ['HeadBucket, which is a listing without prefix', on('HeadBucket')],
    ['a put to a sibling', on('PutObject', { key: 'uploads-private/a' })],
    ['a put into another bucket', on('PutObject', { bucket: 'media-prod-2', key: 'uploads/a' })],
    ['reading', on('GetObject', { key: 'uploads/a' })],
    ['rclone 1.60’s HEAD after an upload', on('HeadObject', { key: 'uploads/a' })],
    ['deleting', on('DeleteObject', { key: 'uploads/a' })],
    ['deleting a version', on('DeleteObject', { key: 'uploads/a', versionId: 'v' })],
    ['a put with an ACL', on('PutObject', { key: 'uploads/a', headers: { 'x-amz-acl': 'private' } })],
    ['a put with tags', on('PutObject', { key: 'uploads/a', headers: { 'x-amz-tagging': 'a=b' } })],
    [
      'a copy, which reads its source',
      on('CopyObject', { key: 'uploads/a', copySource: { bucket: 'media-prod', key: 'uploads/b' } }),
    ],
    ['an ACL', on('PutObjectAcl', { key: 'uploads/a' })],
    ['a bucket policy', on('PutBucketPolicy')],
    ['the bucket’s versions', on('ListObjectVersions', { prefix: 'uploads/' })],
    ['the list of buckets', { operation: 'ListBuckets', secure: true }],
    ['a new bucket', on('CreateBucket', { bucket: 'media-prod-2' })],
  ] as const)('%s is refused', (_case, request) => {
    expect(iamDialect.decide(policy, request).verdict).toBe('implicitly-denied');
  });
});

describe('excess', () => {
  test('unfinished uploads of the whole bucket can be listed', () => {
    expect(iamDialect.excess(grantOn(awsLocation, ['list', 'write', 'multipart']))).toMatchObject([
      { ability: 'multipart', place: 's3://media-prod/', operations: ['ListMultipartUploads'] },
    ]);
  });

  test.each([
    ['without multipart', awsLocation, ['list', 'read']],
    ['on a whole bucket', { ...awsLocation, prefix: '' }, grantable],
  ] as const)('there is none %s', (_case, location, held) => {
    expect(iamDialect.excess(grantOn(location, held))).toEqual([]);
  });
});

test('an ability that no operation needs is our bug, not a policy', () => {
  expect(() => iamDialect.render(grantOn(awsLocation, ['admin']))).toThrow(/no operation needs another ability/);
});
