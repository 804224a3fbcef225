import {
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectsV2CommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { element, sendSigned } from './raw-request.ts';

const Bucket = 'media-test';
let endpoint: TestEndpoint;
let s3: S3Client;

beforeAll(async () => {
  endpoint = await startEndpoint();
  s3 = endpoint.client();
  for (const name of [Bucket, 'bytes', 'many']) await endpoint.world.createBucket(name, {});
  for (const key of ['a/1', 'a/2', 'a/b/3', 'a0', 'b & <c>', 'd/4']) await put(Bucket, key);
  for (const key of ['x😀', 'x\uE000', 'xz', 'x\u0001']) await put('bytes', key);
  for (let index = 0; index < 1_005; index += 1) await put('many', `key ${index}`);
});
afterAll(() => endpoint.close());

async function put(bucket: string, key: string): Promise<void> {
  async function* empty(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.alloc(0));
  }
  endpoint.world.put(bucket, key, await endpoint.world.receive(bucket, empty()), { headers: {} });
}

const list = (more: Partial<ListObjectsV2CommandInput>) => s3.send(new ListObjectsV2Command({ Bucket, ...more }));
const keysOf = ({ Contents = [] }: { Contents?: { Key?: string | undefined }[] | undefined }) =>
  Contents.map(({ Key }) => Key);
const prefixesOf = ({ CommonPrefixes = [] }: { CommonPrefixes?: { Prefix?: string | undefined }[] | undefined }) =>
  CommonPrefixes.map(({ Prefix }) => Prefix);

describe('ListObjectsV2', () => {
  test('answers prefix, delimiter and start-after', async () => {
    expect(keysOf(await list({}))).toEqual(['a/1', 'a/2', 'a/b/3', 'a0', 'b & <c>', 'd/4']);
    const rolled = await list({ Delimiter: '/' });
    expect([keysOf(rolled), prefixesOf(rolled), rolled.KeyCount]).toEqual([['a0', 'b & <c>'], ['a/', 'd/'], 4]);
    expect(keysOf(await list({ Prefix: 'a/', StartAfter: 'a/1' }))).toEqual(['a/2', 'a/b/3']);
    expect(keysOf(await list({ Prefix: 'none' }))).toEqual([]);
  });

  test('goes on from page to page', async () => {
    const keys: unknown[] = [];
    let token: string | undefined;
    do {
      const page = await list({ MaxKeys: 2, Delimiter: '/', ...(token !== undefined && { ContinuationToken: token }) });
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      keys.push(...keysOf(page), ...prefixesOf(page));
      expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(keys).toEqual(['a0', 'a/', 'b & <c>', 'd/']);
    expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  test('gives at most 1,000 keys, however many are asked for', async () => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: 'many', MaxKeys: 5_000 }));
    expect([page.Contents?.length, page.IsTruncated]).toEqual([1_000, true]);
  });

  test('stands in the order of UTF-8 bytes, an emoji behind U+E000', async () => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: 'bytes', EncodingType: 'url' }));
    expect(keysOf(page).map((key) => decodeURIComponent(key ?? ''))).toEqual(['x\u0001', 'xz', 'x\uE000', 'x😀']);
    const rest = await s3.send(new ListObjectsV2Command({ Bucket: 'bytes', StartAfter: 'x\uE000' }));
    expect(keysOf(rest)).toEqual(['x😀']);
  });

  test('names the owner on demand, and encodes on demand', async () => {
    expect((await list({ FetchOwner: true })).Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    expect((await list({})).Contents?.[0]?.Owner).toBeUndefined();
    const { body } = await sendSigned(endpoint, { path: `/${Bucket}?encoding-type=url&list-type=2&prefix=b` });
    expect([element(body, 'Key'), element(body, 'EncodingType')]).toEqual(['b%20%26%20%3Cc%3E', 'url']);
  });
});

describe('ListObjects', () => {
  test('goes on by markers, and names the next only with a delimiter', async () => {
    const first = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 1, Delimiter: '/' }));
    expect([prefixesOf(first), first.NextMarker]).toEqual([['a/'], 'a/']);
    const rest = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: first.NextMarker }));
    expect([keysOf(rest), prefixesOf(rest)]).toEqual([['a0', 'b & <c>'], ['d/']]);
    const plain = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }));
    expect([keysOf(plain), plain.NextMarker, plain.IsTruncated]).toEqual([['a/1', 'a/2'], undefined, true]);
  });
});

describe('ListObjectVersions', () => {
  test('shows each object of a bucket without versioning as its only version', async () => {
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'a/' }));
    expect(Versions?.map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest])).toEqual(
      ['a/1', 'a/2', 'a/b/3'].map((key) => [key, 'null', true]),
    );
  });
});
