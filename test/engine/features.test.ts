import {
  PutObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  DeleteObjectCommand,
} from '@aws-sdk/client-s3';
import type { RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, copyInSmallParts, faultOnce, mebibyte, startBucketSide, type BucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

const copy = (options?: Partial<RunOptions>) => copyInSmallParts({ source, destination }, options);

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
