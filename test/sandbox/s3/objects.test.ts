import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ChecksumAlgorithm,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { element, sendSigned } from './raw-request.ts';
import { refusal } from './refusal.ts';

const bucket = 'media-test';
let endpoint: TestEndpoint;
let s3: S3Client;

beforeAll(async () => {
  endpoint = await startEndpoint();
  s3 = endpoint.client();
  const configuration = { LocationConstraint: 'eu-west-1' as const };
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: configuration }));
});
afterAll(() => endpoint.close());

const put = (Key: string, Body: string | Uint8Array, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));
const get = (Key: string, more: object = {}) => s3.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));
const textOf = async (Key: string, more: object = {}) => (await get(Key, more)).Body?.transformToString();

describe('an object put by the AWS SDK', () => {
  test('comes back with its bytes, content headers and metadata', async () => {
    await put('a/b', 'hello', { ContentType: 'text/plain', Metadata: { owner: 'me' }, CacheControl: 'no-store' });
    const found = await get('a/b');
    expect(await found.Body?.transformToString()).toBe('hello');
    expect(found).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { owner: 'me' },
      CacheControl: 'no-store',
      ContentLength: 5,
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ServerSideEncryption: 'AES256',
    });
    expect(await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a/b' }))).toMatchObject({ ContentLength: 5 });
    const listing = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(listing.Contents).toEqual([expect.objectContaining({ Key: 'a/b', Size: 5, StorageClass: 'STANDARD' })]);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a/b' }));
    await expect(get('a/b')).rejects.toMatchObject(refusal('NoSuchKey', 404));
  });

  test('may be large, and its ranges are right across its bytes', async () => {
    const body = Buffer.alloc(3_000_000, 'abcdefg');
    await put('large', body);
    const found = (await (await get('large')).Body?.transformToByteArray()) ?? new Uint8Array();
    expect(body.equals(found)).toBe(true);
    expect(await textOf('large', { Range: 'bytes=1000000-1000009' })).toBe(body.toString('utf8', 1_000_000, 1_000_010));
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] satisfies ChecksumAlgorithm[])(
    'keeps a %s that the SDK computed, and gives it back on demand',
    async (ChecksumAlgorithm) => {
      await put('checked', 'hello', { ChecksumAlgorithm });
      const found = await get('checked', { ChecksumMode: 'ENABLED' });
      expect(found).toHaveProperty(`Checksum${ChecksumAlgorithm}`, expect.any(String));
      expect(found.ChecksumType).toBe('FULL_OBJECT');
      expect(await found.Body?.transformToString()).toBe('hello');
    },
  );

  test('may be a stream, which the SDK frames and checks by a trailer', async () => {
    const Body = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(30_000, 'b')]);
    const sent = { Bucket: bucket, Key: 'streamed', Body, ContentLength: 100_000, ContentEncoding: 'gzip' };
    await s3.send(new PutObjectCommand(sent));
    const found = await get('streamed', { ChecksumMode: 'ENABLED' });
    expect(found).toMatchObject({
      ContentLength: 100_000,
      ContentEncoding: 'gzip',
      ChecksumCRC32: expect.any(String) as string,
    });
    expect(await found.Body?.transformToString()).toBe('a'.repeat(70_000) + 'b'.repeat(30_000));
  });

  test('keeps its content encoding as it was sent, without the framing of the upload', async () => {
    await put('encoded', 'hello', { ContentEncoding: 'aws-chunked, deflate, gzip' });
    expect((await get('encoded')).ContentEncoding).toBe('deflate, gzip');
  });

  test('needs no checksum: a client that computes them only when required works too', async () => {
    const plain = endpoint.client({
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    await plain.send(new PutObjectCommand({ Bucket: bucket, Key: 'plain', Body: 'hello' }));
    expect(await textOf('plain')).toBe('hello');
  });
});

describe('a body that is not what was announced', () => {
  const path = `/${bucket}/refused`;
  test.each([
    ['another MD5', { 'content-md5': Buffer.alloc(16).toString('base64') }, 'BadDigest'],
    ['no MD5 at all', { 'content-md5': 'abc' }, 'InvalidDigest'],
    ['another CRC-32', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'BadDigest'],
    ['another SHA-256', { 'x-amz-content-sha256': '0'.repeat(64) }, 'XAmzContentSHA256Mismatch'],
    ['two checksums', { 'x-amz-checksum-crc32': 'a', 'x-amz-checksum-sha1': 'b' }, 'InvalidRequest'],
  ])('is refused: %s', async (_name, headers, code) => {
    const answer = await sendSigned(endpoint, { method: 'PUT', path, headers, body: 'hello' });
    expect([answer.status, element(answer.body, 'Code')]).toEqual([400, code]);
    expect(endpoint.world.object(bucket, 'refused')).toBeUndefined();
  });

  test('is refused without a length', async () => {
    const headers = { 'transfer-encoding': 'chunked' };
    expect(await sendSigned(endpoint, { method: 'PUT', path, headers, body: 'hello' })).toMatchObject({ status: 411 });
  });
});

describe('a range', () => {
  beforeAll(() => put('digits', '0123456789'));

  test.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=5-100', 206, '56789', 'bytes 5-9/10'],
    ['bytes=4-2', 200, '0123456789', undefined],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['rows=0-1', 200, '0123456789', undefined],
  ])('%s is answered with %i and %s', async (range, status, body, contentRange) => {
    const answer = await sendSigned(endpoint, { path: `/${bucket}/digits`, headers: { range } });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  test.each(['bytes=10-', 'bytes=-0'])('%s cannot be satisfied', async (range) => {
    const answer = await sendSigned(endpoint, { path: `/${bucket}/digits`, headers: { range } });
    expect([answer.status, element(answer.body, 'Code')]).toEqual([416, 'InvalidRange']);
    expect(element(answer.body, 'ActualObjectSize')).toBe('10');
  });
});

describe('a condition', () => {
  const earlier = new Date('2020-01-01');
  const later = new Date('2099-01-01');
  let ETag: string | undefined;
  beforeAll(async () => {
    ({ ETag } = await put('conditional', 'one'));
  });

  test('lets a read through, answers 304, or 412', async () => {
    const allowed = [{ IfMatch: ETag }, { IfMatch: '*' }, { IfNoneMatch: '"other"' }, { IfModifiedSince: earlier }];
    for (const condition of [...allowed, { IfUnmodifiedSince: later }, { IfMatch: ETag, IfUnmodifiedSince: earlier }]) {
      expect(await textOf('conditional', condition)).toBe('one');
    }
    for (const condition of [{ IfNoneMatch: ETag }, { IfNoneMatch: '*' }, { IfModifiedSince: later }]) {
      await expect(get('conditional', condition)).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    }
    for (const condition of [{ IfMatch: '"other"' }, { IfUnmodifiedSince: earlier }]) {
      await expect(get('conditional', condition)).rejects.toMatchObject(refusal('PreconditionFailed', 412));
    }
  });

  test('keeps a write from replacing what it should not', async () => {
    await expect(put('conditional', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject(
      refusal('PreconditionFailed', 412),
    );
    await expect(put('conditional', 'two', { IfMatch: '"other"' })).rejects.toMatchObject(
      refusal('PreconditionFailed', 412),
    );
    await expect(put('absent', 'two', { IfMatch: '"other"' })).rejects.toMatchObject(refusal('NoSuchKey', 404));
    await put('conditional', 'two', { IfMatch: ETag });
    await put('fresh', 'new', { IfNoneMatch: '*' });
    expect([await textOf('conditional'), await textOf('fresh')]).toEqual(['two', 'new']);
  });

  test('is atomic: of many writers that want to be first, one is', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => put('race', `writer ${index}`, { IfNoneMatch: '*' })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a key is bytes', () => {
  const keys = [
    '..',
    'a/../b',
    './a',
    'a//b',
    '/lead',
    'trail/',
    '%2e%2e',
    'a+b c',
    '\u0001',
    '\r\n',
    '😀',
    "!*'()",
    '\\',
    '\u00e9',
    'e\u0301',
  ];

  test('and survives putting, getting, listing and deleting', async () => {
    await s3.send(
      new CreateBucketCommand({ Bucket: 'odd-keys', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
    );
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: 'odd-keys', Key, Body: Key }));
    for (const Key of keys) {
      const found = await s3.send(new GetObjectCommand({ Bucket: 'odd-keys', Key }));
      expect(await found.Body?.transformToString()).toBe(Key);
    }
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'odd-keys', EncodingType: 'url' }));
    const listed = Contents.map(({ Key }) => decodeURIComponent(Key ?? ''));
    expect(listed).toEqual([...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))));
    const Objects = keys.filter((key) => key !== '\u0001' && key !== '\r\n').map((Key) => ({ Key }));
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket: 'odd-keys', Delete: { Objects } }));
    expect(Deleted).toHaveLength(Objects.length);
    expect(
      endpoint.world.list('odd-keys', { prefix: '', after: '', delimiter: '', entriesMax: 9 }).objects,
    ).toHaveLength(2);
  });

  test('of at most 1,024', async () => {
    await put('é'.repeat(512), 'x');
    await expect(put(`${'é'.repeat(512)}x`, 'x')).rejects.toMatchObject(refusal('KeyTooLongError', 400));
  });

  test('that is no UTF-8 is refused', async () => {
    const answer = await sendSigned(endpoint, { method: 'PUT', path: `/${bucket}/%ff`, body: 'x' });
    expect([answer.status, element(answer.body, 'Code')]).toEqual([400, 'InvalidURI']);
  });
});

describe('a copy', () => {
  test('reads its source as a form is encoded: a plus sign is a space', async () => {
    await put('a b+c', 'hello');
    for (const source of ['a+b%2Bc', 'a%20b%2bc']) {
      const headers = { 'x-amz-copy-source': `/${bucket}/${source}` };
      expect(await sendSigned(endpoint, { method: 'PUT', path: `/${bucket}/copied`, headers })).toMatchObject({
        status: 200,
      });
    }
  });

  test('takes bytes, headers and metadata along, or replaces them', async () => {
    await put('from', 'hello', { ContentType: 'text/plain', Metadata: { a: '1' } });
    const CopySource = `${bucket}/from`;
    await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'to 😀', CopySource }));
    expect(await get('to 😀')).toMatchObject({ ContentType: 'text/plain', Metadata: { a: '1' } });
    const replaced = { MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'a/b' } as const;
    await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'to', CopySource, ...replaced }));
    expect(await get('to')).toMatchObject({ ContentType: 'a/b', Metadata: { b: '2' } });
    await expect(s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'from', CopySource }))).rejects.toMatchObject(
      refusal('InvalidRequest', 400),
    );
    await expect(
      s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'to', CopySource, CopySourceIfMatch: '"other"' })),
    ).rejects.toMatchObject(refusal('PreconditionFailed', 412));
  });

  test("have the storage class and the redirect of their own request, never their source's", async () => {
    await put('from', 'hello', { Metadata: { a: '1' }, StorageClass: 'STANDARD_IA', WebsiteRedirectLocation: '/b' });
    const copy = (Key: string, more: object = {}) =>
      s3.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/from`, ...more }));
    await copy('plain');
    const plain = await get('plain');
    expect(plain).toMatchObject({ Metadata: { a: '1' } });
    expect([plain.StorageClass, plain.WebsiteRedirectLocation]).toEqual([undefined, undefined]);
    const own = { StorageClass: 'GLACIER_IR', WebsiteRedirectLocation: '/c' };
    await copy('own', own);
    expect(await get('own')).toMatchObject({ Metadata: { a: '1' }, ...own });
    await copy('from', { StorageClass: 'GLACIER_IR' });
    expect(await get('from')).toMatchObject({ Metadata: { a: '1' }, StorageClass: 'GLACIER_IR' });
    await expect(copy('x', { StorageClass: 'MARBLE' })).rejects.toMatchObject(refusal('InvalidArgument', 400));
  });
});
