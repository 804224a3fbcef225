import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, startBucketSide, type BucketSide } from './bucket-side.ts';
import { putInParts } from './checksum-uploads.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

const mebibyte = 1024 * 1024;
const tuning = { multipartBytesMin: 10 * mebibyte, partSizeBytes: 5 * mebibyte, retryDelayMs: 1 };

function run(options: Partial<RunOptions> = {}) {
  return runOperation({
    operation: 'verify',
    source: source.place(),
    destination: destination.place(),
    tuning,
    ...options,
  });
}

async function putBoth(key: string, left: string, right = left): Promise<void> {
  await source.put(key, left);
  await destination.put(key, right);
}

describe('O1: verify by listing', () => {
  test('finds what is missing, surplus, of another size or another MD5, and reads no body', async () => {
    await putBoth('same', 'same');
    await putBoth('size', 'long', 'longer');
    await putBoth('tag', 'abcd', 'abce');
    await source.put('missing', 'x');
    await destination.put('surplus', 'x');
    expect(await run()).toMatchObject({
      differences: [
        { key: 'missing', because: 'missing at the destination' },
        { key: 'size', because: 'size differs: 4 and 6 bytes' },
        { key: 'surplus', because: 'only at the destination' },
        { key: 'tag', because: 'entity tag (MD5) differs' },
      ],
      verified: { 'entity tag': 1, 'size only': 0, content: 0 },
      complete: true,
    });
    const asked = [...source.endpoint.decisions, ...destination.endpoint.decisions];
    expect(new Set(asked.map(({ request }) => request.operation))).toEqual(
      // Whether a tag that differs is an MD5, only the objects' heads tell.
      new Set(['ListObjectsV2', 'HeadObject']),
    );
  });

  test('overlooks what only the destination has where asked to, as after a copy', async () => {
    await putBoth('same', 'same');
    await destination.put('surplus', 'x');
    expect(await run({ oneWay: true })).toMatchObject({ differences: [] });
  });

  test('says that only sizes were compared where parts make the tags incomparable', async () => {
    await source.put('large', Buffer.alloc(11 * mebibyte, 'x'));
    await run({ operation: 'copy' });
    expect(await run()).toMatchObject({ differences: [], verified: { 'entity tag': 0, 'size only': 1 } });
  });

  test('fails where a listing fails', async () => {
    await putBoth('a', 'a');
    destination.proxy.fault = () => ({ answer: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
    expect(await run()).toMatchObject({ complete: false, failures: [{ key: '', code: 'AccessDenied' }] });
  });
});

describe('O1: verify by content', () => {
  const byContent = { verification: 'content' } as const;

  test('reads both sides whole, and finds one byte that listings cannot show', async () => {
    const body = Buffer.alloc(11 * mebibyte, 'x');
    await source.put('large', body);
    await run({ operation: 'copy' });
    await putBoth('small', 'small');
    expect(await run(byContent)).toMatchObject({ differences: [], verified: { content: 2 } });
    destination.proxy.fault = ({ method, url }) =>
      method === 'GET' && url.endsWith('/large') ? { flipByteAt: 7 * mebibyte } : undefined;
    expect(await run(byContent)).toMatchObject({
      differences: [{ key: 'large', because: 'content differs' }],
      verified: { content: 1 },
    });
  });

  test('says of an object that was overwritten meanwhile that it changed', async () => {
    await putBoth('a', 'a');
    source.proxy.fault = async ({ url }) => {
      if (url.endsWith('/a')) await source.put('a', 'b');
      return undefined;
    };
    expect(await run(byContent)).toMatchObject({
      differences: [{ key: 'a', because: 'changed while it was verified' }],
    });
  });

  test('fails by name where an object may not be read', async () => {
    await putBoth('a', 'a');
    destination.proxy.fault = ({ url }) =>
      url.endsWith('/a') ? { answer: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : undefined;
    expect(await run(byContent)).toMatchObject({
      complete: false,
      differences: [],
      failures: [{ key: 'a', code: 'AccessDenied' }],
    });
  });
});

describe('verify of what changes at the destination meanwhile', () => {
  test.each(['checksums', 'content'] as const)('says so: by %s', async (verification) => {
    // Of parts, so that the entity tags prove nothing.
    for (const key of ['gone', 'other']) {
      await putInParts(source, key, Buffer.from('body'));
      await destination.put(key, 'body');
    }
    const gone = new DeleteObjectCommand({ Bucket: bucket, Key: 'gone' });
    destination.proxy.fault = async ({ url }) => {
      if (url.endsWith('/gone')) await destination.endpoint.client().send(gone);
      if (url.endsWith('/other')) await destination.put('other', 'else');
      return undefined;
    };
    expect(await run({ verification, concurrency: 1 })).toMatchObject({
      differences: [
        { key: 'gone', because: 'changed while it was verified' },
        { key: 'other', because: 'changed while it was verified' },
      ],
      failures: [],
    });
  });

  test('says so of a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-verify-'));
    for (const key of ['gone', 'other']) {
      await source.put(key, 'body');
      await writeFile(join(directory, key), 'body');
    }
    source.proxy.fault = async ({ url }) => {
      if (url.endsWith('/gone')) await rm(join(directory, 'gone'), { force: true });
      if (url.endsWith('/other')) await writeFile(join(directory, 'other'), 'longer');
      return undefined;
    };
    expect(
      await run({ verification: 'checksums', destination: { kind: 'directory', path: directory }, concurrency: 1 }),
    ).toMatchObject({
      differences: [
        { key: 'gone', because: 'changed while it was verified' },
        { key: 'other', because: 'changed while it was verified' },
      ],
      failures: [],
    });
    await rm(directory, { recursive: true });
  });
});

describe('verify with tags', () => {
  async function tag(side: BucketSide, key: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const command = new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: { TagSet } });
    await side.endpoint.client().send(command);
  }

  const taggingRequests = () =>
    [source, destination].map(({ proxy }) => proxy.requests.filter(({ url }) => url.includes('tagging')).length);

  test('finds objects that differ in tags only, and says in which', async () => {
    for (const key of ['other', 'plain', 'same', 'untagged']) await putBoth(key, key);
    await tag(source, 'same', { owner: 'a', state: 'b' });
    await tag(destination, 'same', { state: 'b', owner: 'a' });
    await tag(source, 'other', { owner: 'a', secret: 'x', state: 'b' });
    await tag(destination, 'other', { owner: 'c', state: 'b' });
    await tag(source, 'untagged', { owner: 'a' });
    expect(await run({ tags: true })).toMatchObject({
      differences: [
        { key: 'other', because: 'tags differ: "owner", "secret"' },
        { key: 'untagged', because: 'tags differ: "owner"' },
      ],
      verified: { 'entity tag': 2 },
      complete: true,
    });
    expect(taggingRequests()).toEqual([4, 4]);
  });

  test('asks for no tags where the bodies differ, nor where nobody asked for them', async () => {
    await putBoth('a', 'west', 'east');
    await putBoth('b', 'same');
    await tag(source, 'b', { owner: 'a' });
    expect(await run({ verification: 'content' })).toMatchObject({ differences: [{ key: 'a' }] });
    expect(taggingRequests()).toEqual([0, 0]);
    const { differences } = await run({ verification: 'content', tags: true });
    expect(differences.toSorted((left, right) => (left.key < right.key ? -1 : 1))).toEqual([
      { key: 'a', because: 'entity tag (MD5) differs' },
      { key: 'b', because: 'tags differ: "owner"' },
    ]);
    expect(taggingRequests()).toEqual([1, 1]);
  });

  test('fails by name where tags may not be read', async () => {
    await putBoth('a', 'a');
    destination.proxy.fault = ({ url }) =>
      url.includes('tagging') ? { answer: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : undefined;
    expect(await run({ tags: true })).toMatchObject({
      complete: false,
      differences: [],
      failures: [{ key: 'a', code: 'AccessDenied' }],
    });
  });

  test('is refused where a side keeps none', async () => {
    const r2 = await startBucketSide({ profile: r2Profile });
    try {
      await expect(run({ tags: true, destination: r2.place() })).rejects.toThrow(/only S3 keeps tags/);
    } finally {
      await r2.close();
    }
  });
});
