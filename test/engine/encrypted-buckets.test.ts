import { randomBytes } from 'node:crypto';
import { PutBucketEncryptionCommand } from '@aws-sdk/client-s3';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';
import { partSizeBytes, put, putInParts } from './checksum-uploads.ts';
import type { ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;
let r2: BucketSide;

beforeEach(async () => {
  const starting = [startBucketSide(), startBucketSide(), startBucketSide({ profile: r2Profile })] as const;
  [source, destination, r2] = await Promise.all(starting);
});
afterEach(() => Promise.all([source.close(), destination.close(), r2.close()]));

/** All that comes into the bucket from now on, with S3's own key: nobody who writes or reads has to name it. */
async function encryptByKms(side: BucketSide): Promise<void> {
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];
  await side.endpoint
    .client()
    .send(new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } }));
}

const tuning = { multipartBytesMin: 2 * partSizeBytes, partSizeBytes, attemptsMax: 2, retryDelayMs: 1 };

function copy(options: Partial<RunOptions> = {}) {
  const places = { source: source.place(), destination: destination.place() };
  return runOperation({ operation: 'copy', ...places, tuning, ...options });
}

/** Compared as a whole: a test that prints megabytes helps nobody. */
async function expectCopied(body: Buffer, side = destination): Promise<void> {
  expect((await side.bodies())['a'] === body.toString('latin1')).toBe(true);
}

const reads = ({ method, url }: ProxiedRequest) => method === 'GET' && !url.includes('list-type');
const writes = ({ method }: ProxiedRequest) => method === 'PUT';
const sizes: readonly [string, number][] = [
  ['small', 1000],
  ['streamed', 2 * 1024 * 1024],
  ['large', 2 * partSizeBytes + 5],
];

describe.each(['S3', 'R2'])('T13, O10: from a bucket that KMS encrypts, though nobody said so, to %s', (provider) => {
  test.each(sizes)(
    'a %s object is proven, and a byte that flips on its way from the source is found',
    async (_, size) => {
      const target = provider === 'R2' ? r2 : destination;
      await encryptByKms(source);
      const body = randomBytes(size);
      await put(source, 'a', body);
      expect(source.entityTagOf('a')).toMatch(/^[0-9a-f]{32}$/);
      source.proxy.fault = faultOnce(reads, { flipByteAt: 100 });
      const copied = await copy({ destination: target.place() });
      expect(copied).toMatchObject({ objectsCopied: 1, failures: [], notes: [] });
      await expectCopied(body, target);
    },
  );
});

describe('into a bucket that KMS encrypts, though nobody said so,', () => {
  test.each(sizes)('a %s object is copied once, whatever its new entity tag', async (_, size) => {
    await encryptByKms(destination);
    const body = randomBytes(size);
    await put(source, 'a', body);
    expect(await copy({ tuning: { ...tuning, attemptsMax: 1 } })).toMatchObject({ objectsCopied: 1, failures: [] });
    await expectCopied(body);
    expect(destination.entityTagOf('a')).not.toBe(source.entityTagOf('a'));
    expect(destination.headersOf('a')).toMatchObject({ 'x-amz-server-side-encryption': 'aws:kms' });
  });
});

describe('O8: a verify where KMS encrypts one side, though nobody said so,', () => {
  const verify = () =>
    runOperation({ operation: 'verify', source: source.place(), destination: destination.place(), tuning });

  test('goes by the checksums that both sides keep, and not by tags that only look like MD5s', async () => {
    await encryptByKms(destination);
    await put(source, 'a', Buffer.from('same'));
    await put(destination, 'a', Buffer.from('same'));
    expect(destination.entityTagOf('a')).not.toBe(source.entityTagOf('a'));
    expect(await verify()).toMatchObject({ differencesCount: 0, verified: { checksum: 1 }, failures: [] });
  });

  test('finds what differs', async () => {
    await encryptByKms(destination);
    await put(source, 'a', Buffer.from('same'));
    await put(destination, 'a', Buffer.from('diff'));
    expect(await verify()).toMatchObject({ differencesCount: 1, failures: [] });
  });

  test('goes by the tags where nothing else may be asked for', async () => {
    await put(source, 'a', Buffer.from('same'));
    await put(destination, 'a', Buffer.from('diff'));
    destination.proxy.fault = ({ method }) => (method === 'HEAD' ? { answer: 403, body: '' } : undefined);
    expect(await verify()).toMatchObject({ differencesCount: 1, failures: [] });
  });
});

describe('which checksum proves an object in one piece', () => {
  test.each([1000, 2 * 1024 * 1024])('its MD5 alone, where the entity tag is one: %i bytes', async (size) => {
    await put(source, 'a', randomBytes(size));
    await copy();
    expect(source.proxy.requests.filter(reads).map(({ headers }) => headers['x-amz-checksum-mode'])).toEqual([
      'ENABLED',
    ]);
    const [write] = destination.proxy.requests.filter(writes);
    const md5 = Buffer.from(source.entityTagOf('a') ?? '', 'hex').toString('base64');
    expect(write?.headers).toMatchObject({ 'content-md5': md5 });
    expect(write?.headers).not.toHaveProperty('x-amz-checksum-crc64nvme');
  });

  test('R2 is asked for one only where the entity tag is no MD5', async () => {
    await put(r2, 'plain', randomBytes(1000));
    await putInParts(r2, 'parts', randomBytes(1000));
    expect(await copy({ source: r2.place() })).toMatchObject({ objectsCopied: 2, failures: [] });
    const asked = r2.proxy.requests.filter(reads).map(({ url, headers }) => [url, headers['x-amz-checksum-mode']]);
    expect(Object.fromEntries(asked)).toEqual({
      [`/${bucket}/plain`]: undefined,
      [`/${bucket}/parts`]: 'ENABLED',
    });
  });
});
