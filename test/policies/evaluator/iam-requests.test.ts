import { iamRequestsOf } from '../../../policies/evaluator/iam-requests.ts';
import {
  accountOperations,
  bucketOperations,
  objectOperations,
  type StorageRequest,
} from '../../../policies/storage-request.ts';

const caller = {
  partition: 'aws',
  accountId: '123456789012',
  principalArn: 'arn:aws:iam::123456789012:user/sluice/reader',
  userName: 'reader',
} as const;

const ask = (request: Omit<StorageRequest, 'secure'>) => iamRequestsOf({ secure: true, ...request }, caller);
const asked = (request: Omit<StorageRequest, 'secure'>) =>
  ask(request).map(({ action, resource }) => `${action} ${resource.slice('arn:aws:s3:::'.length)}`);
const object = { bucket: 'b', key: 'k/ey' };

/** AWS Service Authorization Reference, S3; S3 User Guide, "Required permissions for Amazon S3 API operations". */
describe('the IAM actions of an S3 call', () => {
  test.each<[Omit<StorageRequest, 'secure'>, readonly string[]]>([
    [{ operation: 'ListBuckets' }, ['s3:ListAllMyBuckets *']],
    [{ operation: 'ListObjectsV2', bucket: 'b' }, ['s3:ListBucket b']],
    [{ operation: 'HeadBucket', bucket: 'b' }, ['s3:ListBucket b']],
    [{ operation: 'ListMultipartUploads', bucket: 'b' }, ['s3:ListBucketMultipartUploads b']],
    [{ operation: 'DeleteBucketCors', bucket: 'b' }, ['s3:PutBucketCORS b']],
    [{ operation: 'HeadObject', ...object }, ['s3:GetObject b/k/ey']],
    [{ operation: 'GetObject', ...object, versionId: 'v' }, ['s3:GetObjectVersion b/k/ey']],
    [{ operation: 'GetObjectAttributes', ...object }, ['s3:GetObject b/k/ey', 's3:GetObjectAttributes b/k/ey']],
    [{ operation: 'DeleteObjects', ...object }, ['s3:DeleteObject b/k/ey']],
    [{ operation: 'DeleteObject', ...object, versionId: 'v' }, ['s3:DeleteObjectVersion b/k/ey']],
    [{ operation: 'CompleteMultipartUpload', ...object }, ['s3:PutObject b/k/ey']],
    [{ operation: 'ListParts', ...object }, ['s3:ListMultipartUploadParts b/k/ey']],
    [
      { operation: 'CopyObject', ...object, copySource: { bucket: 'a', key: 'x' } },
      ['s3:GetObject a/x', 's3:PutObject b/k/ey'],
    ],
    [
      { operation: 'UploadPartCopy', ...object, copySource: { bucket: 'a', key: 'x', versionId: 'v' } },
      ['s3:GetObjectVersion a/x', 's3:PutObject b/k/ey'],
    ],
    [
      { operation: 'PutObject', ...object, headers: { 'x-amz-acl': 'private', 'x-amz-tagging': 'a=b' } },
      ['s3:PutObject b/k/ey', 's3:PutObjectAcl b/k/ey', 's3:PutObjectTagging b/k/ey'],
    ],
    [
      { operation: 'CreateMultipartUpload', ...object, headers: { 'x-amz-grant-read': 'id=1' } },
      ['s3:PutObject b/k/ey', 's3:PutObjectAcl b/k/ey'],
    ],
    [
      {
        operation: 'PutObject',
        ...object,
        headers: { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-legal-hold': 'ON' },
      },
      ['s3:PutObject b/k/ey', 's3:PutObjectRetention b/k/ey', 's3:PutObjectLegalHold b/k/ey'],
    ],
    [
      { operation: 'DeleteObject', ...object, headers: { 'x-amz-bypass-governance-retention': 'true' } },
      ['s3:DeleteObject b/k/ey', 's3:BypassGovernanceRetention b/k/ey'],
    ],
    [{ operation: 'PutObjectAcl', ...object, headers: { 'x-amz-acl': 'private' } }, ['s3:PutObjectAcl b/k/ey']],
    [{ operation: 'CreateBucket', bucket: 'b', headers: { 'x-amz-acl': 'private' } }, ['s3:CreateBucket b']],
    [
      { operation: 'CreateBucket', bucket: 'b', headers: { 'x-amz-acl': 'public-read' } },
      ['s3:CreateBucket b', 's3:PutBucketAcl b'],
    ],
    [
      { operation: 'CreateBucket', bucket: 'b', headers: { 'x-amz-bucket-object-lock-enabled': 'true' } },
      ['s3:CreateBucket b', 's3:PutBucketObjectLockConfiguration b', 's3:PutBucketVersioning b'],
    ],
    [
      { operation: 'CreateBucket', bucket: 'b', headers: { 'x-amz-object-ownership': 'ObjectWriter' } },
      ['s3:CreateBucket b', 's3:PutBucketOwnershipControls b'],
    ],
  ])('%j', (request, expected) => {
    expect(asked(request)).toEqual(expected);
  });

  test('every operation has at least one', () => {
    for (const operation of [...accountOperations, ...bucketOperations, ...objectOperations]) {
      expect(ask({ operation, ...object }).length).toBeGreaterThan(0);
    }
  });
});

describe('the condition keys of an S3 call', () => {
  const context = (request: Omit<StorageRequest, 'secure'>) => ask(request)[0]?.context ?? {};

  test('a retention is known by its mode, date and days left', () => {
    const date = '2030-01-01T00:00:00Z';
    const headers = { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': date };
    expect(context({ operation: 'PutObjectRetention', ...object, headers, retentionDays: 3 })).toMatchObject({
      's3:object-lock-mode': 'GOVERNANCE',
      's3:object-lock-retain-until-date': date,
      's3:object-lock-remaining-retention-days': '3',
    });
  });

  test("a customer's key is asked for through S3, for the object", () => {
    const arn = 'arn:aws:kms:eu-west-1:123456789012:key/k';
    const kmsKey = { arn, actions: ['kms:Decrypt'] } as const;
    const key = ask({ operation: 'GetObject', ...object, kmsKey }).at(-1);
    expect(key).toMatchObject({ action: 'kms:Decrypt', resource: arn });
    expect(key?.context).toMatchObject({
      'kms:viaservice': 's3.eu-west-1.amazonaws.com',
      'kms:encryptioncontext:aws:s3:arn': 'arn:aws:s3:::b/k/ey',
    });
  });

  test('a listing has those parameters that it sends', () => {
    expect(context({ operation: 'ListObjectsV2', bucket: 'b', prefix: '', delimiter: '/', maxKeys: 5 })).toMatchObject({
      's3:prefix': '',
      's3:delimiter': '/',
      's3:max-keys': '5',
    });
    expect(context({ operation: 'ListObjectsV2', bucket: 'b' })).not.toHaveProperty('s3:prefix');
  });

  test('neither HeadBucket nor a list of unfinished uploads has a prefix', () => {
    expect(context({ operation: 'HeadBucket', bucket: 'b', prefix: 'a/' })).not.toHaveProperty('s3:prefix');
    expect(context({ operation: 'ListMultipartUploads', bucket: 'b', prefix: 'a/' })).not.toHaveProperty('s3:prefix');
  });

  test('the caller, the owner and the connection are named', () => {
    const request = { operation: 'GetObject', ...object, sourceIp: '203.0.113.7', authType: 'REST-HEADER' } as const;
    expect(context(request)).toEqual({
      'aws:securetransport': 'true',
      'aws:resourceaccount': '123456789012',
      's3:resourceaccount': '123456789012',
      'aws:sourceip': '203.0.113.7',
      's3:authtype': 'REST-HEADER',
      's3:signatureversion': 'AWS4-HMAC-SHA256',
      'aws:principalarn': 'arn:aws:iam::123456789012:user/sluice/reader',
      'aws:principalaccount': '123456789012',
      'aws:principaltype': 'User',
      'aws:username': 'reader',
    });
  });

  test('headers that IAM knows are, others are not', () => {
    const headers = {
      'if-none-match': '*',
      'x-amz-storage-class': 'STANDARD',
      'x-amz-tagging': 'Kind=raw',
      'x-other': '1',
    };
    const found = context({ operation: 'PutObject', ...object, headers });
    expect(found).toMatchObject({
      's3:if-none-match': '*',
      's3:x-amz-storage-class': 'STANDARD',
      's3:requestobjecttag/kind': 'raw',
      's3:objectcreationoperation': 'true',
    });
    expect(Object.keys(found).filter((key) => key.includes('other'))).toEqual([]);
  });

  test('the steps of a multipart upload but its last create no object', () => {
    const creates = (operation: StorageRequest['operation']) =>
      context({ operation, ...object })['s3:objectcreationoperation'];
    expect(
      ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'GetObject'].map((operation) =>
        creates(operation as 'GetObject'),
      ),
    ).toEqual(['false', 'false', 'true', undefined]);
  });
});
