import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type ChecksumAlgorithm,
  type CompletedPart,
  type ObjectAttributes,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startChecksum } from '../../../sandbox/s3/checksums.ts';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { sendSigned } from './raw-request.ts';

const Bucket = 'attributes';
const everything: ObjectAttributes[] = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
let aws: TestEndpoint;
let r2: TestEndpoint;
let s3: S3Client;

beforeAll(async () => {
  aws = await startEndpoint();
  r2 = await startEndpoint({ profile: r2Profile });
  for (const { world } of [aws, r2]) await world.createBucket(Bucket, {});
  // A client that sends a checksum only where it is told to.
  s3 = aws.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
});
afterAll(() => Promise.all([aws.close(), r2.close()]));

const attributes = (Key: string, more: object = {}) =>
  s3.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: everything, ...more }));
const crc64 = (bytes: Buffer) => {
  const sum = startChecksum('CRC64NVME');
  sum.update(bytes);
  return sum.value();
};
const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
const first = Buffer.alloc(5 * 1024 ** 2, 'a');
const last = Buffer.from('the rest');

async function upload(Key: string, ChecksumAlgorithm?: ChecksumAlgorithm): Promise<void> {
  const algorithm = ChecksumAlgorithm && { ChecksumAlgorithm };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...algorithm }));
  const Parts: CompletedPart[] = [];
  for (const [index, Body] of [first, last].entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: index + 1 };
    const { ETag, ChecksumSHA256 } = await s3.send(new UploadPartCommand({ ...part, Body, ...algorithm }));
    Parts.push({ ETag, ChecksumSHA256, PartNumber: index + 1 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
}

describe('an object sent without a checksum', () => {
  test('gets a CRC64NVME of its own', async () => {
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'hello' }));
    const ChecksumCRC64NVME = crc64(Buffer.from('hello'));
    expect(put).toMatchObject({ ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'plain', ChecksumMode: 'ENABLED' }));
    expect(got).toMatchObject({ ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
    expect(await got.Body?.transformToString()).toBe('hello');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'plain' }))).ChecksumCRC64NVME).toBeUndefined();
  });

  test('gets it of the whole where it comes in parts, copied ones included', async () => {
    await upload('parts');
    const ChecksumCRC64NVME = crc64(Buffer.concat([first, last]));
    expect(await head('parts')).toMatchObject({ ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
    const named = { Bucket, Key: 'from parts' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(named));
    const part = { ...named, UploadId, PartNumber: 1, CopySource: `${Bucket}/parts` };
    const { CopyPartResult } = await s3.send(new UploadPartCopyCommand(part));
    const MultipartUpload = { Parts: [{ ETag: CopyPartResult?.ETag, PartNumber: 1 }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }));
    expect(await head('from parts')).toMatchObject({ ChecksumCRC64NVME });
  });

  test('has none on R2', async () => {
    const client = r2.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'hello' }));
    expect(put.ChecksumCRC64NVME).toBeUndefined();
  });
});

test('a copy keeps the checksum, or gets the one that is asked for', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'sha', Body: 'hello', ChecksumAlgorithm: 'SHA256' }));
  const { ChecksumSHA256 } = await head('sha');
  const copy = (Key: string, more: object = {}) =>
    s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/sha`, ...more }));
  expect((await copy('kept')).CopyObjectResult).toMatchObject({ ChecksumSHA256, ChecksumType: 'FULL_OBJECT' });
  await copy('other', { ChecksumAlgorithm: 'CRC64NVME' });
  expect(await head('other')).toMatchObject({ ChecksumCRC64NVME: crc64(Buffer.from('hello')) });
  await expect(copy('none', { ChecksumAlgorithm: 'MD4' })).rejects.toMatchObject({ name: 'InvalidRequest' });
});

describe('GetObjectAttributes', () => {
  test('tells of an object what is asked for, and nothing else', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'hello' }));
    const told = await attributes('plain');
    expect(told).toMatchObject({
      ETag: '5d41402abc4b2a76b9719d911017c592',
      Checksum: { ChecksumCRC64NVME: crc64(Buffer.from('hello')), ChecksumType: 'FULL_OBJECT' },
      StorageClass: 'STANDARD',
      ObjectSize: 5,
    });
    expect(told.LastModified).toBeInstanceOf(Date);
    const size = await attributes('plain', { ObjectAttributes: ['ObjectSize'] });
    expect([size.ObjectSize, size.ETag, size.Checksum, size.ObjectParts]).toEqual([5, undefined, undefined, undefined]);
  });

  test('pages through parts that have checksums of their own', async () => {
    await upload('composite', 'SHA256');
    const { Checksum, ObjectParts } = await attributes('composite', { MaxParts: 1 });
    expect(Checksum?.ChecksumType).toBe('COMPOSITE');
    expect(Checksum?.ChecksumSHA256).toMatch(/-2$/);
    expect(ObjectParts).toMatchObject({ TotalPartsCount: 2, IsTruncated: true, NextPartNumberMarker: '1' });
    expect(ObjectParts?.Parts).toMatchObject([{ PartNumber: 1, Size: first.length }]);
    expect(ObjectParts?.Parts?.[0]?.ChecksumSHA256).toHaveLength(44);
    const rest = await attributes('composite', { PartNumberMarker: '1' });
    expect(rest.ObjectParts).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 2, Size: last.length }] });
  });

  test('counts the parts of an upload whose checksum is of the whole', async () => {
    await upload('whole');
    expect((await attributes('whole')).ObjectParts).toEqual({ TotalPartsCount: 2 });
  });

  test('refuses a request without attributes or with unknown ones', async () => {
    const path = `/${Bucket}/plain?attributes=`;
    expect((await sendSigned(aws, { path })).body).toContain('<Code>InvalidArgument</Code>');
    const headers = { 'x-amz-object-attributes': 'ETag,Colour' };
    expect((await sendSigned(aws, { path, headers })).body).toContain('<Code>InvalidArgument</Code>');
  });

  test('is not there on R2', async () => {
    const asked = new GetObjectAttributesCommand({ Bucket, Key: 'plain', ObjectAttributes: everything });
    await expect(r2.client().send(asked)).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});
