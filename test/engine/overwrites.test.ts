import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { copyInSmallParts, faultOnce, mebibyte, startBucketSide, type BucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

const copy = (options?: Partial<RunOptions>) => copyInSmallParts({ source, destination }, options);

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
