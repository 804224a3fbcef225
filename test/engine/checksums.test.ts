import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChecksumAlgorithm } from '@aws-sdk/client-s3';
import type { Place } from '../../engine/place.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { awsProfile, r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';
import { partSizeBytes, put, putInParts, putWithKms, putWithMd5Only } from './checksum-uploads.ts';
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

const reads = ({ method, url, headers }: ProxiedRequest) =>
  method === 'GET' && !url.includes('list-type') && headers['range'] !== 'bytes=0-0';
const flip: Fault = { flipByteAt: 100 };

describe('T13: a byte that flips on its way from the source is found and the body sent again', () => {
  test.each([
    ['small', 1000],
    ['streamed', 2 * 1024 * 1024],
  ])('in a %s object that was uploaded in parts, by the checksum that S3 keeps', async (_, size) => {
    const body = randomBytes(size);
    await putInParts(source, 'a', body);
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
    await store(source, 'a', body);
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
    await putWithMd5Only(source, 'a', body);
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

  const sizes = [1000, 2 * 1024 * 1024, 2 * partSizeBytes + 5];
  test.each(sizes)('in an object of %i bytes of which only a CRC32 of the whole is kept', async (size) => {
    const body = randomBytes(size);
    await putInParts(source, 'a', body, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    source.proxy.fault = faultOnce(reads, flip);
    expect(await run()).toMatchObject({ objectsCopied: 1, failures: [], notes: [] });
    await expectCopied(body);
  });

  const algorithms: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'SHA1', 'SHA256'];
  test.each(algorithms)('in an object encrypted with KMS of which a %s is kept', async (algorithm) => {
    const body = randomBytes(1000);
    await putWithKms(source, { key: 'a', body, algorithm });
    source.proxy.fault = faultOnce(reads, flip);
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:000000000000:key/a';
    expect(await run({ source: { ...source.place(), kmsKeyArn } })).toMatchObject({
      objectsCopied: 1,
      failures: [],
      notes: [],
    });
    await expectCopied(body);
  });

  test.each([1000, 2 * 1024 * 1024])('in an object of %i bytes that goes to a file', async (size) => {
    const body = randomBytes(size);
    await putInParts(source, 'a', body);
    source.proxy.fault = faultOnce(reads, flip);
    expect(await run({ destination: files() })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect((await readFile(join(directory, 'a'))).equals(body)).toBe(true);
  });
});

test('T13: objects of which the source keeps no checksum of the whole are counted, whatever way they go', async () => {
  await put(source, 'proven', randomBytes(1000));
  await putWithMd5Only(source, 'proven-large', randomBytes(2 * partSizeBytes));
  await writeFile(join(directory, 'file'), 'body');
  expect(await run({ source: files() })).toMatchObject({ objectsCopied: 1, notes: [] });
  expect(await run()).toMatchObject({ objectsCopied: 2, notes: [] });
  for (const [key, size] of [
    ['small', 1000],
    ['streamed', 2 * 1024 * 1024],
    ['large', 2 * partSizeBytes],
  ] as const) {
    await putInParts(source, key, randomBytes(size), { ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE' });
  }
  const notes = ['of 3 objects the source told no checksum of the whole'];
  expect(await run()).toMatchObject({ objectsCopied: 3, failures: [], notes });
});

describe('T13: what stays wrong fails, and nothing wrong is left at the destination', () => {
  test('in one piece, in parts, in a file', async () => {
    await putInParts(source, 'small', randomBytes(1000));
    await put(source, 'large', randomBytes(2 * partSizeBytes));
    await putWithMd5Only(source, 'large-md5', randomBytes(2 * partSizeBytes));
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
