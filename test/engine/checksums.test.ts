import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Place } from '../../engine/place.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { awsProfile, r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';
import type { Fault, ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;
let directory: string;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide({ profile: r2Profile })]);
  directory = await mkdtemp(join(tmpdir(), 'sluice-checksums-'));
});
afterEach(async () => {
  await Promise.all([source.close(), destination.close()]);
  await rm(directory, { recursive: true });
});

const partSizeBytes = 5 * 1024 * 1024;
const tuning = { multipartBytesMin: 2 * partSizeBytes, partSizeBytes, attemptsMax: 2, retryDelayMs: 1 };

function run(options: Partial<RunOptions> = {}) {
  const places = { source: source.place(), destination: destination.place() };
  return runOperation({ operation: 'copy', ...places, tuning, ...options });
}

async function expectCopied(body: Buffer): Promise<void> {
  // Compared as a whole: a test that prints megabytes helps nobody.
  expect((await destination.bodies())['a'] === body.toString('latin1')).toBe(true);
}

const files = (): Place => ({ kind: 'directory', path: directory });

/** By clients that send no checksum S3 keeps its own of the whole. */
const client = () => source.endpoint.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });

async function put(key: string, body: Buffer): Promise<void> {
  await client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

/** Its entity tag is no MD5 then. */
async function putInParts(
  key: string,
  body: Buffer,
  checksum: Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'> = {},
): Promise<void> {
  const s3 = checksum.ChecksumAlgorithm === undefined ? client() : source.endpoint.client();
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, ...checksum }));
  const Parts = [];
  for (let at = 0, PartNumber = 1; at < body.length; at += partSizeBytes, PartNumber += 1) {
    const Body = body.subarray(at, at + partSizeBytes);
    const { ETag, ChecksumCRC32 } = await s3.send(
      new UploadPartCommand({ ...object, UploadId, PartNumber, Body, ...checksum }),
    );
    Parts.push({ ETag, PartNumber, ChecksumCRC32 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
}

/** As SDKs of today do, by a CRC-32 of their own: S3 then keeps no CRC64NVME. */
async function putWithMd5Only(key: string, body: Buffer): Promise<void> {
  await source.endpoint.client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

const reads = ({ method, url, headers }: ProxiedRequest) =>
  method === 'GET' && !url.includes('list-type') && headers['range'] !== 'bytes=0-0';
const flip: Fault = { flipByteAt: 100 };

describe('T13: a byte that flips on its way from the source is found and the body sent again', () => {
  test.each([
    ['small', 1000],
    ['streamed', 2 * 1024 * 1024],
  ])('in a %s object that was uploaded in parts, by the checksum that S3 keeps', async (_, size) => {
    const body = randomBytes(size);
    await putInParts('a', body);
    source.proxy.fault = faultOnce(reads, flip);
    expect(await run()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(source.proxy.requests.filter(reads)).toHaveLength(2);
    await expectCopied(body);
    const writes = destination.proxy.requests.filter(({ method }) => method === 'PUT');
    for (const { headers } of writes) expect(headers).toHaveProperty('x-amz-checksum-crc64nvme');
  });

  test.each([
    ['an MD5 for a tag', put],
    ['a tag of parts', putInParts],
  ])('in a part of a large object with %s: the upload begins anew', async (_, store) => {
    const body = randomBytes(2 * partSizeBytes + 5);
    await store('a', body);
    source.proxy.fault = faultOnce(reads, flip);
    expect(await run()).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectCopied(body);
    expect(destination.endpoint.world.uploads(bucket)).toHaveLength(0);
  });

  test.each([
    ['R2', r2Profile],
    ['S3', awsProfile],
  ])('in a part of a large object of which only an MD5 is kept, on its way to %s', async (_, profile) => {
    const place = await startBucketSide({ profile });
    const body = randomBytes(2 * partSizeBytes + 5);
    await putWithMd5Only('a', body);
    const isSecondPart = ({ headers }: ProxiedRequest) =>
      headers['range']?.includes(`bytes=${partSizeBytes}-`) === true;
    // A reading that fails on its way counts for nothing.
    const cut = faultOnce(isSecondPart, { cutAfter: 1_000_000, then: 'reset' });
    const flipped = faultOnce(isSecondPart, flip);
    source.proxy.fault = (request) => cut(request) ?? flipped(request);
    expect(await run({ destination: place.place() })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect((await place.bodies())['a'] === body.toString('latin1')).toBe(true);
    expect(source.proxy.requests.filter(reads)).toHaveLength(3 + 1 + 3);
    expect(place.endpoint.world.uploads(bucket)).toHaveLength(0);
    await place.close();
  });

  test.each([1000, 2 * 1024 * 1024])('in an object of %i bytes that goes to a file', async (size) => {
    const body = randomBytes(size);
    await putInParts('a', body);
    source.proxy.fault = faultOnce(reads, flip);
    expect(await run({ destination: files() })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect((await readFile(join(directory, 'a'))).equals(body)).toBe(true);
  });
});

test('T13: objects of which the source keeps no checksum of the whole are counted, whatever way they go', async () => {
  await put('proven', randomBytes(1000));
  await putWithMd5Only('proven-large', randomBytes(2 * partSizeBytes));
  await writeFile(join(directory, 'file'), 'body');
  expect(await run({ source: files() })).toMatchObject({ objectsCopied: 1, notes: [] });
  expect(await run()).toMatchObject({ objectsCopied: 2, notes: [] });
  for (const [key, size] of [
    ['small', 1000],
    ['streamed', 2 * 1024 * 1024],
    ['large', 2 * partSizeBytes],
  ] as const) {
    await putInParts(key, randomBytes(size), { ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE' });
  }
  const notes = ['of 3 objects the source told no checksum of the whole'];
  expect(await run()).toMatchObject({ objectsCopied: 3, failures: [], notes });
});

describe('T13: what stays wrong fails, and nothing wrong is left at the destination', () => {
  test('in one piece, in parts, in a file', async () => {
    await putInParts('small', randomBytes(1000));
    await put('large', randomBytes(2 * partSizeBytes));
    await putWithMd5Only('large-md5', randomBytes(2 * partSizeBytes));
    source.proxy.fault = (request) => (reads(request) ? flip : undefined);
    for (const place of [destination.place(), files()]) {
      const { failures } = await run({ destination: place });
      expect(failures.map(({ key, code }) => [key, code])).toEqual(
        expect.arrayContaining([
          ['small', 'BadDigest'],
          ['large', 'BadDigest'],
          ['large-md5', 'BadDigest'],
        ]),
      );
    }
    expect(await destination.bodies()).toEqual({});
    expect(destination.endpoint.world.uploads(bucket)).toHaveLength(0);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('T13: a byte that flips on its way to the destination is found', () => {
  const parts = ({ url }: ProxiedRequest) => url.includes('partNumber=1');

  test('in a part of a file that goes to R2, which tells nothing of parts: the checksum of the whole is computed', async () => {
    const body = randomBytes(2 * partSizeBytes + 7);
    await writeFile(join(directory, 'a'), body);
    destination.proxy.fault = faultOnce(parts, { flipSentByteAt: 4321 });
    expect(await run({ source: files() })).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectCopied(body);
    expect(destination.proxy.requests.filter(parts)).toHaveLength(2);
  });

  test('in a file that is streamed', async () => {
    const body = randomBytes(2 * 1024 * 1024);
    await writeFile(join(directory, 'a'), body);
    destination.proxy.fault = faultOnce(({ method }) => method === 'PUT', { flipSentByteAt: 4321 });
    expect(await run({ source: files() })).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectCopied(body);
  });
});

describe('verify compares the checksums that are kept', () => {
  const verify = (options: Partial<RunOptions> = {}) =>
    run({ operation: 'verify', verification: 'checksums', ...options });

  test('where listings prove nothing, and says of how many', async () => {
    const body = randomBytes(partSizeBytes + 1);
    await putInParts('parts', body);
    await put('plain', Buffer.from('plain'));
    await run();
    expect(await verify()).toMatchObject({
      differences: [],
      verified: { checksum: 1, 'entity tag': 1, 'size only': 0, content: 0 },
    });
    expect(source.proxy.requests.filter(({ method }) => method === 'HEAD')).toHaveLength(1);
  });

  test('and finds one byte of a file, without reading the bucket', async () => {
    const body = randomBytes(4000);
    await putInParts('a', body);
    await writeFile(join(directory, 'a'), body);
    expect(await verify({ destination: files() })).toMatchObject({ differences: [], verified: { checksum: 1 } });
    body.writeUInt8(body.readUInt8(7) ^ 1, 7);
    await writeFile(join(directory, 'a'), body);
    expect(await verify({ destination: files() })).toMatchObject({
      differences: [{ key: 'a', because: 'checksum (CRC64NVME) differs' }],
    });
    expect(source.proxy.requests.filter(reads)).toHaveLength(0);
  });

  test('and says that sizes are all there is where a bucket keeps none', async () => {
    await destination.put('a', 'a');
    await writeFile(join(directory, 'a'), 'b');
    expect(await verify({ source: files() })).toMatchObject({ differences: [], verified: { 'size only': 1 } });
  });
});
