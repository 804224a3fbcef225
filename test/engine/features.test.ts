import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  PutObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  DeleteObjectCommand,
} from '@aws-sdk/client-s3';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

const mebibyte = 1024 * 1024;
const tuning = { multipartBytesMin: 5 * mebibyte, partSizeBytes: 5 * mebibyte, attemptsMax: 3, retryDelayMs: 1 };

function copy(options: Partial<RunOptions> = {}) {
  const places = { source: source.place(), destination: destination.place() };
  return runOperation({ operation: 'copy', ...places, ...options, tuning: { ...tuning, ...options.tuning } });
}

function tagsAt(side: BucketSide, key: string): unknown {
  return side.endpoint.world.object(bucket, key)?.tags;
}

async function tag(key: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const client = source.endpoint.client();
  await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: { TagSet } }));
}

describe('tags', () => {
  const tags = { owner: 'me + you', größe: 'x=1' };

  test('go with small and with large objects, and cost untagged ones no request', async () => {
    await source.put('large', Buffer.alloc(5 * mebibyte + 1));
    for (const key of ['plain', 'tagged']) await source.put(key, key);
    for (const key of ['tagged', 'large']) await tag(key, tags);
    expect(await copy({ tags: true })).toMatchObject({ objectsCopied: 3, failures: [], notes: [] });
    expect(tagsAt(destination, 'tagged')).toEqual(tags);
    expect(tagsAt(destination, 'large')).toEqual(tags);
    expect(tagsAt(destination, 'plain')).toBeUndefined();
    expect(source.proxy.requests.filter(({ url }) => url.includes('tagging'))).toHaveLength(2);
  });

  test('stay behind unless asked for', async () => {
    await source.put('tagged', 'a');
    await tag('tagged', tags);
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [], notes: [] });
    expect(tagsAt(destination, 'tagged')).toBeUndefined();
  });

  test('that the destination cannot hold are told, and the object is copied without', async () => {
    const r2 = await startBucketSide({ profile: r2Profile });
    try {
      for (const key of ['a', 'b', 'c']) await source.put(key, key);
      for (const key of ['a', 'b']) await tag(key, tags);
      expect(await copy({ tags: true, destination: r2.place() })).toMatchObject({
        objectsCopied: 3,
        failures: [],
        notes: ['the destination cannot hold the tags of 2 objects'],
      });
    } finally {
      await r2.close();
    }
  });
});

describe('the storage class', () => {
  test('is kept', async () => {
    await source.put('a', 'a', { 'x-amz-storage-class': 'GLACIER_IR' });
    await source.put('large', Buffer.alloc(5 * mebibyte), { 'x-amz-storage-class': 'STANDARD_IA' });
    expect(await copy()).toMatchObject({ objectsCopied: 2, failures: [], notes: [] });
    expect(destination.headersOf('a')).toMatchObject({ 'x-amz-storage-class': 'GLACIER_IR' });
    expect(destination.headersOf('large')).toMatchObject({ 'x-amz-storage-class': 'STANDARD_IA' });
  });

  test('that R2 does not have is told, and the object is copied without', async () => {
    const r2 = await startBucketSide({ profile: r2Profile });
    try {
      await source.put('a', 'a', { 'x-amz-storage-class': 'GLACIER_IR' });
      await source.put('b', 'b', { 'x-amz-storage-class': 'STANDARD_IA' });
      await source.put('c', 'c', { 'x-amz-website-redirect-location': '/elsewhere' });
      expect(await copy({ destination: r2.place() })).toMatchObject({
        objectsCopied: 3,
        failures: [],
        notes: [
          'the destination cannot hold the storage class GLACIER_IR of 1 objects',
          'the destination cannot hold the website redirect of 1 objects',
        ],
      });
      expect(r2.headersOf('b')).toMatchObject({ 'x-amz-storage-class': 'STANDARD_IA' });
    } finally {
      await r2.close();
    }
  });
});

describe('append-only', () => {
  test('adds what is missing, and leaves and tells what differs', async () => {
    for (const key of ['both', 'new', 'same']) await source.put(key, `${key} at the source`);
    await destination.put('both', 'other');
    await destination.put('same', 'same at the source');
    expect(await copy({ appendOnly: true })).toMatchObject({
      objectsCopied: 1,
      objectsSkipped: 2,
      failures: [],
      notes: ['not overwritten, though the two differ: "both"'],
    });
    expect(await destination.bodies()).toMatchObject({ both: 'other', new: 'new at the source' });
  });

  test('says so in every write, so that the provider refuses what came meanwhile', async () => {
    await source.put('small', 'source');
    await source.put('large', Buffer.alloc(5 * mebibyte));
    destination.proxy.fault = async ({ method, url }) => {
      if (method === 'PUT' && url.endsWith('/small')) await destination.put('small', 'theirs');
      if (method === 'POST' && url.includes('uploads')) await destination.put('large', 'theirs');
      return undefined;
    };
    const { failures, objectsCopied } = await copy({ appendOnly: true });
    expect(objectsCopied).toBe(0);
    expect(failures.map(({ code }) => code)).toEqual(['PreconditionFailed', 'PreconditionFailed']);
    expect(await destination.bodies()).toEqual({ small: 'theirs', large: 'theirs' });
  });

  test('takes an object for its own where the answer to its first write was lost', async () => {
    await source.put('a', 'a');
    destination.proxy.fault = faultOnce(({ method }) => method === 'PUT', { reset: 'served' });
    expect(await copy({ appendOnly: true })).toMatchObject({ objectsCopied: 1, failures: [] });
  });

  test('leaves a file alone that came meanwhile', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-append-'));
    try {
      for (const key of ['a', 'b']) await source.put(key, key);
      source.proxy.fault = async ({ method, url }) => {
        if (method === 'GET' && url.endsWith('/a')) await writeFile(join(directory, 'a'), 'theirs');
        return undefined;
      };
      const { failures } = await copy({ appendOnly: true, destination: { kind: 'directory', path: directory } });
      expect(failures.map(({ key, code }) => [key, code])).toEqual([['a', 'PreconditionFailed']]);
      expect((await readdir(directory)).sort()).toEqual(['a', 'b']);
      expect(await readFile(join(directory, 'a'), 'utf8')).toBe('theirs');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('is refused for a sync, which overwrites and deletes', async () => {
    await expect(copy({ operation: 'sync', appendOnly: true })).rejects.toThrow(/sync overwrites/);
  });
});

describe('if-unchanged', () => {
  const theirs = (key: string) => destination.put(key, 'theirs');

  test('overwrites what is as it was listed, and adds what is missing', async () => {
    const bodies = { small: 'source', large: 'a'.repeat(5 * mebibyte), new: 'new' };
    for (const [key, body] of Object.entries(bodies)) await source.put(key, body);
    for (const key of ['small', 'large']) await destination.put(key, 'before');
    expect(await copy({ ifUnchanged: true })).toMatchObject({ objectsCopied: 3, failures: [] });
    expect(await destination.bodies()).toEqual(bodies);
  });

  test.each([0, 1])('leaves what somebody else wrote meanwhile, by %i threads', async (threads) => {
    await source.put('small', 'source');
    await source.put('new', 'source');
    await source.put('large', Buffer.alloc(5 * mebibyte));
    for (const key of ['small', 'large']) await destination.put(key, 'before');
    destination.proxy.fault = async ({ method, url }) => {
      if (method === 'PUT' && url.endsWith('/small')) await theirs('small');
      if (method === 'PUT' && url.endsWith('/new')) await theirs('new');
      if (method === 'POST' && url.includes('uploads')) await theirs('large');
      return undefined;
    };
    const { failures, objectsCopied } = await copy({ ifUnchanged: true, threads });
    expect(objectsCopied).toBe(0);
    expect(failures.map(({ code }) => code)).toEqual(Array.from({ length: 3 }, () => 'PreconditionFailed'));
    expect(await destination.bodies()).toEqual({ small: 'theirs', new: 'theirs', large: 'theirs' });
  });

  test('says so in the very request that makes an object visible', async () => {
    await source.put('large', Buffer.alloc(5 * mebibyte));
    await destination.put('large', 'before');
    destination.proxy.fault = async ({ method, url }) => {
      if (method === 'POST' && url.includes('uploadId')) await theirs('large');
      return undefined;
    };
    expect(await copy({ ifUnchanged: true })).toMatchObject({ failures: [{ code: 'PreconditionFailed' }] });
    expect(await destination.bodies()).toEqual({ large: 'theirs' });
  });

  test('holds on R2 too', async () => {
    const r2 = await startBucketSide({ profile: r2Profile });
    try {
      await source.put('a', 'source');
      await source.put('b', 'source');
      await r2.put('a', 'before');
      await r2.put('b', 'before');
      r2.proxy.fault = async ({ method, url }) => {
        if (method === 'PUT' && url.endsWith('/a')) await r2.put('a', 'theirs');
        return undefined;
      };
      expect(await copy({ ifUnchanged: true, destination: r2.place() })).toMatchObject({
        objectsCopied: 1,
        failures: [{ key: 'a', code: 'PreconditionFailed' }],
      });
      expect(await r2.bodies()).toEqual({ a: 'theirs', b: 'source' });
    } finally {
      await r2.close();
    }
  });

  test('takes an object for its own where the answer to its first write was lost', async () => {
    await source.put('a', 'source');
    await destination.put('a', 'before');
    destination.proxy.fault = faultOnce(({ method }) => method === 'PUT', { reset: 'served' });
    expect(await copy({ ifUnchanged: true })).toMatchObject({ objectsCopied: 1, failures: [] });
  });

  test('is refused where the destination takes no conditions', async () => {
    const b2 = { ...destination.place(), provider: 'b2' } as const;
    const directory = { kind: 'directory', path: tmpdir() } as const;
    for (const place of [b2, directory])
      await expect(copy({ ifUnchanged: true, destination: place })).rejects.toThrow(/only S3 and R2/);
    await expect(copy({ ifUnchanged: true, serverSide: true })).rejects.toThrow(/no condition/);
  });
});

describe('what a place asks of requests', () => {
  test('requester pays: every request says so', async () => {
    await source.put('a', 'a');
    await source.put('large', Buffer.alloc(5 * mebibyte));
    await copy({ source: { ...source.place(), requesterPays: true } });
    expect(source.proxy.requests.length).toBeGreaterThan(2);
    for (const { headers } of source.proxy.requests) expect(headers['x-amz-request-payer']).toBe('requester');
    for (const { headers } of destination.proxy.requests) expect(headers).not.toHaveProperty('x-amz-request-payer');
  });

  test('a key of KMS: every write names it, and nothing else does', async () => {
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:000000000000:key/a';
    await source.put('a', 'a');
    await source.put('large', Buffer.alloc(5 * mebibyte));
    await copy({ destination: { ...destination.place(), kmsKeyArn }, tuning: { attemptsMax: 1 } });
    const named = destination.proxy.requests.filter(
      ({ headers }) => headers['x-amz-server-side-encryption-aws-kms-key-id'] === kmsKeyArn,
    );
    expect(named.map(({ method }) => method).sort()).toEqual(['POST', 'PUT']);
    expect(named.map(({ headers }) => headers['x-amz-server-side-encryption'])).toEqual(['aws:kms', 'aws:kms']);
  });

  test('neither is asked of R2', async () => {
    const place = { ...destination.place(), provider: 'r2' } as const;
    await expect(copy({ destination: { ...place, kmsKeyArn: 'a' } })).rejects.toThrow(/not on S3/);
    await expect(copy({ destination: { ...place, requesterPays: true } })).rejects.toThrow(/not on S3/);
  });
});

describe('a source that is read by its versions', () => {
  beforeEach(async () => {
    await source.endpoint
      .client()
      .send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  });

  const put = (key: string, body: string) =>
    source.endpoint.client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  const drop = (key: string) => source.endpoint.client().send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));

  test('is copied as it was listed, whatever happens to it meanwhile', async () => {
    for (const key of ['changed', 'deleted', 'kept', 'old']) await put(key, `${key} before`);
    await put('kept', 'kept now');
    await drop('old');
    let isFirst = true;
    source.proxy.fault = async ({ url }) => {
      if (!isFirst || !url.includes('versionId')) return undefined;
      isFirst = false;
      await put('changed', 'changed after');
      await drop('deleted');
      return undefined;
    };
    expect(await copy({ versions: true })).toMatchObject({ objectsCopied: 3, failures: [], notes: [] });
    expect(isFirst).toBe(false);
    expect(await destination.bodies()).toEqual({
      changed: 'changed before',
      deleted: 'deleted before',
      kept: 'kept now',
    });
  });

  test('can be copied as it was at a time', async () => {
    for (const key of ['a', 'b', 'c']) await put(key, `${key} then`);
    const versions = ['a', 'b', 'c'].map((key) => source.endpoint.world.object(bucket, key)?.modifiedAt.getTime() ?? 0);
    const at = new Date(Math.max(...versions));
    // A version of the same millisecond would count too.
    while (Date.now() <= at.getTime()) await new Promise(setImmediate);
    await put('a', 'a now');
    await put('d', 'd now');
    await drop('b');
    expect(await copy({ versions: true, versionsAt: at })).toMatchObject({ objectsCopied: 3, failures: [] });
    expect(await destination.bodies()).toEqual({ a: 'a then', b: 'b then', c: 'c then' });
  });

  test('is refused on R2, which keeps no versions', async () => {
    const place = { ...source.place(), provider: 'r2' } as const;
    await expect(copy({ source: place, versions: true })).rejects.toThrow(/only S3 lists versions/);
  });
});

describe('a copy by the provider itself', () => {
  /** Two prefixes of one bucket, as one credential reaches them. */
  const places = () => ({ source: source.place('from/'), destination: source.place('to/') });
  const methods = () => source.proxy.requests.map(({ method, headers }) => [method, 'x-amz-copy-source' in headers]);

  test('sends no body here, and keeps headers, metadata and class', async () => {
    const headers = { 'content-type': 'image/png', 'x-amz-meta-a': 'b', 'x-amz-storage-class': 'STANDARD_IA' };
    await source.put('from/ä b', 'body', headers);
    expect(await copy({ ...places(), serverSide: true })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(methods().filter(([method]) => method === 'GET')).toHaveLength(2);
    expect(methods()).toContainEqual(['PUT', true]);
    expect(await source.bodies()).toMatchObject({ 'to/ä b': 'body' });
    expect(source.headersOf('to/ä b')).toEqual(headers);
  });

  test('goes in parts above the size that is copied at once', async () => {
    const body = Buffer.alloc(11 * mebibyte, 'x');
    await source.put('from/large', body, { 'content-type': 'video/mp4' });
    const sizes = { serverCopyBytesMax: 5 * mebibyte, serverPartSizeBytes: 5 * mebibyte };
    expect(await copy({ ...places(), serverSide: true, tuning: sizes })).toMatchObject({
      objectsCopied: 1,
      bytesCopied: body.length,
      failures: [],
    });
    expect(methods().filter(([method, isCopy]) => method === 'PUT' && isCopy === true)).toHaveLength(3);
    expect((await source.bodies())['to/large']).toBe(body.toString('latin1'));
    expect(source.headersOf('to/large')).toMatchObject({ 'content-type': 'video/mp4' });
  });

  test('takes an error in an answer of status 200 for what it is', async () => {
    await source.put('from/a', 'a');
    source.proxy.fault = faultOnce(({ headers }) => 'x-amz-copy-source' in headers, {
      answer: 200,
      body: '<Error><Code>InternalError</Code><Message>try again</Message></Error>',
    });
    expect(await copy({ ...places(), serverSide: true })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(await source.bodies()).toMatchObject({ 'to/a': 'a' });
  });

  test('S1: of an object that was overwritten since it was listed copies what is there now', async () => {
    await source.put('from/a', 'before');
    let isFirst = true;
    source.proxy.fault = async ({ headers }) => {
      if (isFirst && 'x-amz-copy-source' in headers) {
        isFirst = false;
        await source.put('from/a', 'after');
      }
      return undefined;
    };
    expect(await copy({ ...places(), serverSide: true })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(await source.bodies()).toMatchObject({ 'to/a': 'after' });
  });

  test('is refused between two providers', async () => {
    const r2 = { ...destination.place(), provider: 'r2' } as const;
    await expect(copy({ destination: r2, serverSide: true })).rejects.toThrow(/not buckets of one provider/);
  });
});
