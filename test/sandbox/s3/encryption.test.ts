import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  UploadPartCommand,
  type ServerSideEncryptionByDefault,
} from '@aws-sdk/client-s3';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { endpointForEachTest } from './endpoint-for-each-test.ts';
import { element, sendSigned } from './raw-request.ts';
import { refusal } from './refusal.ts';

const Bucket = 'sealed';
const here = endpointForEachTest(Bucket);

const keyOf = (id: string) => `arn:aws:kms:${here.endpoint.region}:000000000000:key/${id}`;
const byKey = (SSEKMSKeyId?: string) => ({ ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId });
const put = (Key: string, more: object = {}) => here.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
const get = (Key: string) => here.s3.send(new GetObjectCommand({ Bucket, Key }));
const configure = (ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault) => {
  const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }];
  return here.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
};
const current = async () =>
  (await here.s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules;

describe("a bucket's encryption", () => {
  const byDefault = [
    { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const }, BucketKeyEnabled: false },
  ];
  test('is AES256, another one where it was put, and AES256 again', async () => {
    expect(await current()).toEqual(byDefault);
    const rule = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: keyOf('k') };
    await configure(rule);
    expect(await current()).toEqual([{ ApplyServerSideEncryptionByDefault: rule, BucketKeyEnabled: true }]);
    await here.s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await current()).toEqual(byDefault);
  });

  test('is taken by what comes without one', async () => {
    await configure({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' });
    const expected = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyOf('k'), BucketKeyEnabled: true };
    expect(await put('a')).toMatchObject(expected);
    expect(await get('a')).toMatchObject(expected);
    expect(await put('b', { ServerSideEncryption: 'AES256' })).toMatchObject({ ServerSideEncryption: 'AES256' });
    expect((await get('b')).SSEKMSKeyId).toBeUndefined();
  });

  test.each<[ServerSideEncryptionByDefault, string]>([
    [{ SSEAlgorithm: 'AES256', KMSMasterKeyID: 'k' }, 'InvalidArgument'],
    [{ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'arn:aws:kms:us-west-2:000000000000:key/k' }, 'InvalidArgument'],
    [{ SSEAlgorithm: 'none' as 'AES256' }, 'MalformedXML'],
  ])('is refused as %o', async (rule, name) => {
    await expect(configure(rule)).rejects.toMatchObject(refusal(name, 400));
  });
});

describe('the encryption of an object', () => {
  test('is said by every answer about it, S3 naming its own key where none is named', async () => {
    expect(await put('plain')).toMatchObject({ ServerSideEncryption: 'AES256' });
    const { SSEKMSKeyId } = await put('a', byKey());
    expect(SSEKMSKeyId).toMatch(/^arn:aws:kms:[\w-]+:000000000000:key\/[0-9a-f]{8}-[0-9a-f-]{27}$/);
    const expected = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId };
    expect(await get('a')).toMatchObject(expected);
    expect(await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).toMatchObject(expected);
    expect(await put('b', byKey('alias/aws/s3'))).toMatchObject(expected);
  });

  test('is that of a whole multipart upload', async () => {
    const named = { Bucket, Key: 'multipart' };
    const expected = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyOf('k') };
    const begun = await here.s3.send(new CreateMultipartUploadCommand({ ...named, ...byKey('k') }));
    expect(begun).toMatchObject(expected);
    const of = { ...named, UploadId: begun.UploadId };
    const part = await here.s3.send(new UploadPartCommand({ ...of, PartNumber: 1, Body: 'x' }));
    expect(part).toMatchObject(expected);
    const MultipartUpload = { Parts: [{ ETag: part.ETag, PartNumber: 1 }] };
    expect(await here.s3.send(new CompleteMultipartUploadCommand({ ...of, MultipartUpload }))).toMatchObject(expected);
  });

  test('is not taken along by a copy, and may be changed by one onto itself', async () => {
    await put('a', byKey('k'));
    const copy = (Key: string, more: object = {}) =>
      here.s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/a`, ...more }));
    expect(await copy('copy')).toMatchObject({ ServerSideEncryption: 'AES256' });
    expect((await get('copy')).SSEKMSKeyId).toBeUndefined();
    await expect(copy('a')).rejects.toMatchObject(refusal('InvalidRequest', 400));
    expect(await copy('a', byKey('other'))).toMatchObject({ SSEKMSKeyId: keyOf('other') });
  });

  test.each([
    ['an unknown method', { 'x-amz-server-side-encryption': 'rot13' }, 400, 'InvalidArgument'],
    ['a key without KMS', { 'x-amz-server-side-encryption-aws-kms-key-id': 'k' }, 400, 'InvalidArgument'],
    [
      'an alias that nothing resolves',
      { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'alias/mine' },
      501,
      'NotImplemented',
    ],
    [
      "a customer's own key in the clear",
      { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' },
      400,
      'InvalidRequest',
    ],
  ])('is refused with %s', async (_, headers, status, code) => {
    const answer = await sendSigned(here.endpoint, { method: 'PUT', path: `/${Bucket}/a`, headers, body: 'x' });
    expect([answer.status, element(answer.body, 'Code')]).toEqual([status, code]);
    expect(here.endpoint.world.object(Bucket, 'a')).toBeUndefined();
  });
});

describe('a read that asks for an encryption', () => {
  test.each(['GET', 'HEAD'])('is refused: %s', async (method) => {
    await put('a');
    const headers = { 'x-amz-server-side-encryption': 'AES256' };
    const answer = await sendSigned(here.endpoint, { method, path: `/${Bucket}/a`, headers });
    expect(answer.status).toBe(400);
    expect(element(answer.body, 'Code')).toBe(method === 'GET' ? 'InvalidArgument' : undefined);
  });
});

describe('a KMS key of the customer', () => {
  const mayNot = (action: 'kms:GenerateDataKey' | 'kms:Decrypt') => (request: StorageRequest) =>
    !request.kmsKey?.actions.includes(action);
  const denied = refusal('AccessDenied', 403);

  test('is needed for writing, decrypting for reading, and both for a multipart upload', async () => {
    here.allows = mayNot('kms:GenerateDataKey');
    await expect(put('a', byKey('k'))).rejects.toMatchObject(denied);
    here.allows = mayNot('kms:Decrypt');
    await put('a', byKey('k'));
    await expect(get('a')).rejects.toMatchObject(denied);
    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a` });
    await expect(here.s3.send(copy)).rejects.toMatchObject(denied);
    const upload = new CreateMultipartUploadCommand({ Bucket, Key: 'b', ...byKey('k') });
    await expect(here.s3.send(upload)).rejects.toMatchObject(denied);
    await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  });

  test("is not needed where it is S3's own", async () => {
    here.allows = ({ kmsKey }) => kmsKey === undefined;
    await put('a', byKey());
    await get('a');
  });
});

describe('the status of a policy', () => {
  test('says whether it is public', async () => {
    const status = () => here.s3.send(new GetBucketPolicyStatusCommand({ Bucket }));
    await expect(status()).rejects.toMatchObject(refusal('NoSuchBucketPolicy', 404));
    const policyFor = (Principal: unknown) => {
      const Statement = [{ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }];
      return JSON.stringify({ Version: '2012-10-17', Statement });
    };
    await here.endpoint.world.changeSetting(Bucket, 'policy', policyFor('*'));
    expect((await status()).PolicyStatus).toEqual({ IsPublic: true });
    await here.endpoint.world.changeSetting(Bucket, 'policy', policyFor({ AWS: 'arn:aws:iam::000000000000:root' }));
    expect((await status()).PolicyStatus).toEqual({ IsPublic: false });
  });
});
