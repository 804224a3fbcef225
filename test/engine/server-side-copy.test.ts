import { PutBucketEncryptionCommand } from '@aws-sdk/client-s3';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { put } from './checksum-uploads.ts';
import { bucket, faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';

let side: BucketSide;

afterEach(() => side.close());

const mebibyte = 1024 * 1024;
const tuning = {
  serverCopyBytesMax: 5 * mebibyte,
  serverPartSizeBytes: 5 * mebibyte,
  attemptsMax: 2,
  retryDelayMs: 1,
};

/** Between two prefixes of one bucket, as one credential reaches them. */
function copy(options: Partial<RunOptions> = {}) {
  const places = { source: side.place('from/'), destination: side.place('to/') };
  return runOperation({ operation: 'copy', ...places, serverSide: true, tuning, ...options });
}

describe('O10: in a bucket that KMS encrypts, though nobody said so', () => {
  beforeEach(async () => {
    side = await startBucketSide();
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];
    const encryption = { Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } };
    await side.endpoint.client().send(new PutBucketEncryptionCommand(encryption));
  });

  test('an object is copied once, whatever the entity tag of its copy', async () => {
    await put(side, 'from/a', Buffer.from('a'));
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(side.proxy.requests.filter(({ headers }) => 'x-amz-copy-source' in headers)).toHaveLength(1);
    expect(await side.bodies()).toMatchObject({ 'to/a': 'a' });
    expect(side.entityTagOf('to/a')).not.toBe(side.entityTagOf('from/a'));
  });

  test('a copy with another CRC64NVME is found', async () => {
    await put(side, 'from/a', Buffer.from('a'));
    const checksum = '<ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME>';
    const body = `<CopyObjectResult><ETag>&quot;x&quot;</ETag>${checksum}</CopyObjectResult>`;
    side.proxy.fault = faultOnce(({ headers }) => 'x-amz-copy-source' in headers, { answer: 200, body }, 2);
    expect(await copy()).toMatchObject({ objectsCopied: 0, failures: [{ key: 'a', code: 'BadDigest' }] });
  });
});

test('T13: a copy with another MD5 is found', async () => {
  side = await startBucketSide();
  await put(side, 'from/a', Buffer.from('a'));
  const body = `<CopyObjectResult><ETag>"${'0'.repeat(32)}"</ETag></CopyObjectResult>`;
  side.proxy.fault = faultOnce(({ headers }) => 'x-amz-copy-source' in headers, { answer: 200, body }, 2);
  expect(await copy()).toMatchObject({ objectsCopied: 0, failures: [{ key: 'a', code: 'BadDigest' }] });
});

describe('S1: on R2, which knows no condition for the source of a part', () => {
  beforeEach(async () => {
    side = await startBucketSide({ profile: r2Profile });
    await side.put('from/a', Buffer.alloc(11 * mebibyte, 'before'));
  });

  test('none is sent', async () => {
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    const parts = side.proxy.requests.filter(({ url }) => url.includes('partNumber='));
    expect(parts.map(({ headers }) => headers['x-amz-copy-source-if-match'])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('an object that is overwritten between two parts is copied as it is now', async () => {
    const body = Buffer.alloc(11 * mebibyte, 'after');
    let isFirst = true;
    side.proxy.fault = async ({ url }) => {
      if (isFirst && url.includes('partNumber=2')) {
        isFirst = false;
        await side.put('from/a', body);
      }
      return undefined;
    };
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect((await side.bodies())['to/a'] === body.toString('latin1')).toBe(true);
    expect(side.endpoint.world.uploads(bucket)).toEqual([]);
  });
});
