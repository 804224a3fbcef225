import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskObject, DiskWorld } from '../../../sandbox/store/disk-world.ts';
import { StoreError } from '../../../sandbox/store/object-store.ts';
import { openObjectStore, type ObjectStore } from '../../../sandbox/store/store.ts';

let directory: string;
let store: ObjectStore;
let world: DiskWorld;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-store-'));
  await open();
  await world.createBucket('b', { region: 'eu-west-1' });
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

async function open(): Promise<void> {
  store = await openObjectStore(directory);
  world = await store.world('aws');
}

async function reopen(): Promise<void> {
  await store.close();
  await open();
}

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part));
}

async function put(key: string, ...parts: (string | Buffer)[]): Promise<DiskObject> {
  return world.put('b', key, await world.receive('b', chunks(...parts)), { headers: { 'x-amz-meta-a': 'b' } });
}

function objectAt(key: string): DiskObject {
  const object = world.object('b', key);
  if (object === undefined) throw new Error(`no ${key}`);
  return object;
}

async function textOf(key: string, range?: { from: number; to: number }): Promise<string> {
  const read: Buffer[] = [];
  for await (const chunk of world.read('b', objectAt(key), range)) read.push(chunk as Buffer);
  return Buffer.concat(read).toString();
}

const files = async () => (await readdir(directory, { recursive: true })).filter((name) => name.includes('large/'));
const big = (letter: string) => Buffer.alloc(100_000, letter);

describe('a bucket', () => {
  test('is made once, listed by name, and survives', async () => {
    await world.createBucket('a', {});
    await expect(world.createBucket('b', {})).rejects.toMatchObject({ code: 'BucketExists' });
    await reopen();
    expect(world.buckets().map(({ name }) => name)).toEqual(['a', 'b']);
    expect(world.bucket('b')).toMatchObject({ attributes: { region: 'eu-west-1' } });
    expect(world.bucket('constructor')).toBeUndefined();
  });

  test('goes only when it is empty, unfinished uploads aside, and takes its files along', async () => {
    await put('k', 'v');
    await expect(world.deleteBucket('b')).rejects.toMatchObject({ code: 'BucketNotEmpty' });
    world.delete('b', 'k');
    world.beginUpload('b', 'k', { headers: {}, initiator: 'me' });
    await world.deleteBucket('b');
    await expect(world.deleteBucket('b')).rejects.toMatchObject({ code: 'NoSuchBucket' });
    expect(() => world.object('b', 'k')).toThrow(StoreError);
    expect(await readdir(join(directory, 'aws'))).toEqual(['buckets.json']);
  });

  test('keeps settings, and the difference between deleted and never set', async () => {
    expect(world.setting('b', 'tagging')).toBeUndefined();
    await world.changeSetting('b', 'tagging', '[]');
    await world.changeSetting('b', 'publicAccessBlock', null);
    await reopen();
    expect([world.setting('b', 'tagging'), world.setting('b', 'publicAccessBlock')]).toEqual(['[]', null]);
  });

  test('of another world is another bucket', async () => {
    await put('k', 'v');
    const other = await store.world('r2-eu');
    await other.createBucket('b', {});
    expect(other.object('b', 'k')).toBeUndefined();
  });
});

describe('an object', () => {
  const oddKeys = [
    '..',
    '../../x',
    '/lead',
    'a//b',
    'trail/',
    '\u0001\u001f',
    '😀',
    '\uE000',
    'a\\b',
    '%2e%2e',
    '\u00e9',
    'e\u0301',
    '__proto__',
  ];

  test('keeps any key, and no name on disk derives from it', async () => {
    for (const key of oddKeys) await put(key, key);
    await reopen();
    for (const key of oddKeys) expect(await textOf(key)).toBe(key);
    const names = (await readdir(directory, { recursive: true })).filter((name) => !name.endsWith('/records.log'));
    expect(names.every((name) => /^(aws(\/buckets\.json|\/[0-9a-f]{16}(\/small-[0-9a-f]{24})?)?)$/.test(name))).toBe(
      true,
    );
  });

  test.each([
    ['small', Buffer.from('hello')],
    ['empty', Buffer.alloc(0)],
    ['exactly at the limit of small ones', Buffer.alloc(64 * 1024, 'x')],
    ['large', big('y')],
  ])('of a %s body is the same after reopening, whole and in ranges', async (_name, body) => {
    const { entityTag } = await put('k', body.subarray(0, 3), body.subarray(3));
    await reopen();
    expect(world.object('b', 'k')).toMatchObject({
      sizeBytes: body.length,
      entityTag,
      headers: { 'x-amz-meta-a': 'b' },
    });
    expect(await textOf('k')).toBe(body.toString());
    if (body.length > 4) expect(await textOf('k', { from: 1, to: 3 })).toBe(body.toString('utf8', 1, 4));
  });

  test('that is replaced or deleted takes its file along, once nobody reads it', async () => {
    await put('k', big('1'));
    const reading = world.read('b', objectAt('k'));
    await put('k', big('2'));
    expect(await files()).toHaveLength(2);
    const read: Buffer[] = [];
    for await (const chunk of reading) read.push(chunk as Buffer);
    expect(Buffer.concat(read)).toEqual(big('1'));
    if (!reading.closed) await once(reading, 'close');
    expect(await files()).toHaveLength(1);
    expect(world.delete('b', 'k')).toBe(true);
    expect(world.delete('b', 'k')).toBe(false);
    expect(await files()).toEqual([]);
  });

  test('is not there when its body failed on the way, nor is its file', async () => {
    async function* failing() {
      yield await Promise.resolve(big('1'));
      yield big('2');
      throw new Error('the client went away');
    }
    await expect(world.receive('b', failing())).rejects.toThrow('went away');
    const discarded = await world.receive('b', chunks(big('3')));
    world.discard('b', discarded);
    expect(await files()).toEqual([]);
  });

  test('is not replaced where the precondition refuses, which sees what is there', async () => {
    await put('k', 'first');
    const body = await world.receive('b', chunks('second'));
    const refuse = (existing: DiskObject | undefined) => {
      expect(existing).toMatchObject({ sizeBytes: 5 });
      throw new Error('refused');
    };
    expect(() => world.put('b', 'k', body, { headers: {} }, refuse)).toThrow('refused');
    expect(await textOf('k')).toBe('first');
  });
});

describe('a multipart upload', () => {
  const begin = () => world.beginUpload('b', 'k', { headers: { 'content-type': 'a/b' }, initiator: 'me' });
  const part = async (uploadId: string, partNumber: number, body: Buffer | string) =>
    world.putPart('b', uploadId, { partNumber }, await world.receive('b', chunks(body)));

  test('survives, and becomes an object of its parts without copying them', async () => {
    const { uploadId } = begin();
    await part(uploadId, 2, 'end');
    await part(uploadId, 1, big('0'));
    await part(uploadId, 1, big('1'));
    await part(uploadId, 3, big('3'));
    await reopen();
    const upload = world.upload('b', 'k', uploadId);
    expect(upload?.parts.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3]);
    expect(world.upload('b', 'another', uploadId)).toBeUndefined();
    const chosen = upload?.parts.slice(0, 2) ?? [];
    if (upload) world.completeUpload('b', upload, chosen, { entityTag: 'tag-2' });
    await reopen();
    expect(world.object('b', 'k')).toMatchObject({
      sizeBytes: 100_003,
      entityTag: 'tag-2',
      headers: { 'content-type': 'a/b' },
    });
    expect(await textOf('k')).toBe(`${big('1').toString()}end`);
    expect(await textOf('k', { from: 99_999, to: 100_001 })).toBe('1en');
    expect(world.uploads('b')).toEqual([]);
    expect(await files()).toHaveLength(1);
  });

  test('that is aborted leaves nothing, and takes no more parts', async () => {
    const upload = begin();
    await part(upload.uploadId, 1, big('1'));
    const stored = world.upload('b', 'k', upload.uploadId);
    if (stored) world.abortUpload('b', stored);
    expect(await files()).toEqual([]);
    await expect(part(upload.uploadId, 2, 'x')).rejects.toMatchObject({ code: 'NoSuchUpload' });
  });
});

describe('opening', () => {
  test('drops history when it is the greater part, and loses nothing else', async () => {
    for (let turn = 0; turn < 1200; turn += 1) await put('k', `turn ${turn}`);
    await put('large', big('1'));
    const { uploadId } = world.beginUpload('b', 'u', { headers: {}, initiator: 'me' });
    world.putPart('b', uploadId, { partNumber: 1 }, await world.receive('b', chunks('part')));
    await reopen();
    expect(await textOf('k')).toBe('turn 1199');
    expect(await textOf('large')).toBe(big('1').toString());
    expect(world.upload('b', 'u', uploadId)?.parts).toHaveLength(1);
    const [log] = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('records.log'));
    expect((await readFile(join(directory, log ?? ''))).length).toBeLessThan(2_000);
    await reopen();
    expect(await textOf('k')).toBe('turn 1199');
  });
});
