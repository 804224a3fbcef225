import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '../../engine/place.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { startBucketSide, type BucketSide } from './bucket-side.ts';
import { partSizeBytes, put, putInParts, putWithMd5Only, type Uploader } from './checksum-uploads.ts';
import type { ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;
let directory: string;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide({ profile: r2Profile })]);
  directory = await mkdtemp(join(tmpdir(), 'sluice-verify-'));
});
afterEach(async () => {
  await Promise.all([source.close(), destination.close()]);
  await rm(directory, { recursive: true });
});

function run(options: Partial<RunOptions> = {}) {
  const places = { source: source.place(), destination: destination.place() };
  return runOperation({ operation: 'copy', ...places, ...options });
}

const files = (): Place => ({ kind: 'directory', path: directory });
const reads = ({ method, url }: ProxiedRequest) => method === 'GET' && !url.includes('list-type');

describe('verify compares the checksums that are kept', () => {
  const verify = (options: Partial<RunOptions> = {}) =>
    run({ operation: 'verify', verification: 'checksums', ...options });

  test('where listings prove nothing, and says of how many', async () => {
    const body = randomBytes(partSizeBytes + 1);
    await putInParts(source, 'parts', body);
    await put(source, 'plain', Buffer.from('plain'));
    await run();
    expect(await verify()).toMatchObject({
      differences: [],
      verified: { checksum: 1, 'entity tag': 1, 'size only': 0, content: 0 },
    });
    expect(source.proxy.requests.filter(({ method }) => method === 'HEAD')).toHaveLength(1);
  });

  test('and finds one byte of a file, without reading the bucket', async () => {
    const body = randomBytes(4000);
    await putInParts(source, 'a', body);
    await writeFile(join(directory, 'a'), body);
    expect(await verify({ destination: files() })).toMatchObject({ differences: [], verified: { checksum: 1 } });
    body.writeUInt8(body.readUInt8(7) ^ 1, 7);
    await writeFile(join(directory, 'a'), body);
    expect(await verify({ destination: files() })).toMatchObject({
      differences: [{ key: 'a', because: 'checksum (CRC64NVME) differs' }],
    });
    expect(source.proxy.requests.filter(reads)).toHaveLength(0);
  });

  test.each<[string, Uploader]>([
    ['MD5', putWithMd5Only],
    [
      'CRC32',
      (side, key, body) => putInParts(side, key, body, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    ],
  ])('and compares a file by its %s where that is what the bucket keeps', async (algorithm, store) => {
    for (const key of ['same', 'other']) {
      await store(source, key, Buffer.from(key));
      await writeFile(join(directory, key), key);
    }
    await writeFile(join(directory, 'other'), 'OTHER');
    const from = source.place();
    for (const places of [
      { source: from, destination: files() },
      { source: files(), destination: from },
    ]) {
      expect(await verify(places)).toMatchObject({
        differences: [{ key: 'other', because: `checksum (${algorithm}) differs` }],
        verified: { checksum: 1 },
      });
    }
  });

  test('and says that sizes are all there is where a bucket keeps none of the whole, without reading the file', async () => {
    await putInParts(source, 'a', Buffer.from('a'), { ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE' });
    await writeFile(join(directory, 'a'), 'b');
    expect(await verify({ destination: files() })).toMatchObject({ differences: [], verified: { 'size only': 1 } });
  });
});
