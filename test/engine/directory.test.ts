import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DirectoryPlace } from '../../engine/place.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { startBucketSide, type BucketSide } from './bucket-side.ts';

let side: BucketSide;
let root: string;

beforeAll(async () => {
  side = await startBucketSide();
});
afterAll(() => side.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-directory-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
  for (const key of Object.keys(await side.bodies())) side.endpoint.world.delete('the-bucket', key);
});

function directory(path = root): DirectoryPlace {
  return { kind: 'directory', path };
}

async function write(path: string, body: string | Uint8Array = path): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), body);
}

async function files(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function up(options: Partial<RunOptions> = {}) {
  return runOperation({ operation: 'copy', source: directory(), destination: side.place(), ...options });
}

function down(options: Partial<RunOptions> = {}) {
  return runOperation({ operation: 'copy', source: side.place(), destination: directory(), ...options });
}

const withDeletes = { operation: 'sync', deletesMax: 100, deletesMaxPercent: 100 } as const;

describe('O8: a directory is copied to a bucket', () => {
  const paths = [
    'a-b',
    'a/b',
    'a/b-c/d',
    'a.txt',
    'A',
    'é',
    '😀',
    '\ue000',
    'sp ace',
    'new\nline',
    '%41',
    'back\\slash',
  ];

  test('file by file, in the byte order of whole paths', async () => {
    for (const path of paths) await write(path);
    expect(await up()).toMatchObject({ objectsCopied: paths.length, failures: [], complete: true });
    expect(await side.bodies()).toEqual(
      Object.fromEntries(paths.map((path) => [path, Buffer.from(path).toString('latin1')])),
    );
    expect(await up()).toMatchObject({ objectsCopied: 0, objectsSkipped: paths.length });
  });

  test('with the content type that the extension says', async () => {
    for (const path of ['x.html', 'x.PNG', 'x.unknown', 'x']) await write(path);
    await up();
    const types = ['x.html', 'x.PNG', 'x.unknown', 'x'].map((key) => side.headersOf(key)?.['content-type']);
    expect(types).toEqual(['text/html', 'image/png', 'application/octet-stream', 'application/octet-stream']);
  });

  test.each([0, 1, 1024 * 1024 + 1, 11 * 1024 * 1024])('with a body of %i bytes', async (size) => {
    await write('a', Buffer.alloc(size, 'x'));
    const mebibyte = 1024 * 1024;
    const tuning = { multipartBytesMin: 10 * mebibyte, partSizeBytes: 5 * mebibyte };
    expect(await up({ tuning })).toMatchObject({ objectsCopied: 1, bytesCopied: size, failures: [] });
    expect((await side.bodies())['a']).toHaveLength(size);
  });

  test('again where a file became newer, and not where it only became older', async () => {
    await write('a', 'one');
    await write('b', 'one');
    await up();
    await write('a', 'two');
    await write('b', 'two');
    const nextHour = new Date(Date.now() + 3_600_000);
    await utimes(join(root, 'a'), nextHour, nextHour);
    await utimes(join(root, 'b'), new Date(0), new Date(0));
    expect(await up()).toMatchObject({ objectsCopied: 1, objectsSkipped: 1 });
    expect(await side.bodies()).toEqual({ a: 'two', b: 'one' });
  });

  test('without what is no file: links, sockets; each is reported and none makes the run fail', async () => {
    await write('real/file');
    await symlink(join(root, 'real/file'), join(root, 'link'));
    await symlink(join(root, 'real'), join(root, 'linked-directory'));
    await symlink('/nowhere', join(root, 'broken-link'));
    const socket = createServer().listen(join(root, 'socket'));
    await once(socket, 'listening');
    const summary = await up();
    socket.close();
    expect(summary).toMatchObject({ objectsCopied: 1, complete: true });
    expect(summary.notes).toEqual([
      'passed over at the source: "broken-link", for it is a symbolic link',
      'passed over at the source: "link", for it is a symbolic link',
      'passed over at the source: "linked-directory", for it is a symbolic link',
      'passed over at the source: "socket", for it is a socket',
    ]);
  });

  test('and a file whose name is not UTF-8 fails by name', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), 'x');
    const summary = await up();
    expect(summary).toMatchObject({ complete: false, failures: [{ key: 'bad\ufffd', code: 'KeyNotPossible' }] });
  });

  test('which a sync makes equal, but for what a link stands for', async () => {
    await write('a');
    await symlink('/nowhere', join(root, 'link'));
    for (const key of ['old', 'link', 'link/below', 'link-not']) await side.put(key, 'x');
    expect(await up(withDeletes)).toMatchObject({ objectsDeleted: 2, complete: true });
    expect(Object.keys(await side.bodies())).toEqual(['a', 'link', 'link/below']);
  });

  test('and a source that is not there fails and deletes nothing', async () => {
    await side.put('a', 'a');
    const summary = await up({ ...withDeletes, source: directory(join(root, 'typo')) });
    expect(summary).toMatchObject({ complete: false, objectsDeleted: 0, failures: [{ key: '', code: 'ENOENT' }] });
    expect(Object.keys(await side.bodies())).toEqual(['a']);
  });

  test('and a directory that cannot be read fails the listing and deletes nothing', async () => {
    await write('a');
    await write('closed/b');
    await chmod(join(root, 'closed'), 0);
    await side.put('closed/b', 'x');
    await side.put('old', 'x');
    // Root may read every directory.
    const mayRead = process.getuid?.() === 0;
    const summary = await up(withDeletes);
    await chmod(join(root, 'closed'), 0o700);
    if (!mayRead) {
      expect(summary).toMatchObject({ complete: false, objectsDeleted: 0 });
      expect(summary.failures[0]).toMatchObject({ key: '', code: 'EACCES' });
    }
  });
});

describe('O8: a bucket is copied to a directory', () => {
  test('with bodies and modification times, and not twice', async () => {
    const keys = ['a', 'deep/er/b', 'x/..y', 'é', 'e\u0301', '😀', ' ', 'new\nline', '-rf', '\u0001'];
    for (const key of keys) await side.put(key, key);
    expect(await down()).toMatchObject({ objectsCopied: keys.length, failures: [], complete: true });
    expect(await files()).toEqual([...keys].sort());
    for (const key of keys) expect(await readFile(join(root, key), 'utf8')).toBe(key);
    const modifiedAt = side.endpoint.world.object('the-bucket', 'a')?.modifiedAt.getTime() ?? 0;
    // S3 lists whole seconds or milliseconds, as the endpoint likes.
    expect(Math.abs((await stat(join(root, 'a'))).mtimeMs - modifiedAt)).toBeLessThan(1000);
    expect(await down()).toMatchObject({ objectsCopied: 0, objectsSkipped: keys.length });
  });

  test('that is not there yet', async () => {
    await side.put('a', 'a');
    expect(await down({ destination: directory(join(root, 'new/one')) })).toMatchObject({ objectsCopied: 1 });
    expect(await files()).toEqual(['new/one/a']);
  });

  test('streamed where it is large', async () => {
    await side.put('a', Buffer.alloc(3 * 1024 * 1024, 'x'));
    expect(await down()).toMatchObject({ objectsCopied: 1, failures: [] });
    expect((await stat(join(root, 'a'))).size).toBe(3 * 1024 * 1024);
  });

  test('and keys that cannot be files fail by name, whatever else is copied', async () => {
    const impossible = [
      '/absolute',
      '..',
      '../up',
      'a/../../up',
      'a/./b',
      'a//b',
      'marker/',
      'nul\0',
      `${'x'.repeat(256)}/y`,
      'é'.repeat(128),
      '.sluice-0123456789abcdef.part',
    ];
    for (const key of [...impossible, 'fine', 'x'.repeat(255)]) await side.put(key, 'x');
    const summary = await down();
    expect(summary.failures.map(({ key }) => key).sort()).toEqual([...impossible].sort());
    expect(summary).toMatchObject({ objectsCopied: 2, complete: false });
    expect(await files()).toEqual(['fine', 'x'.repeat(255)]);
    expect(await readdir(dirname(root))).not.toContain('up');
  });

  test('and of an object and others below its name the object is copied, the others fail by name', async () => {
    for (const key of ['a', 'a-b', 'a/b', 'a/c/d', 'ab']) await side.put(key, key);
    const summary = await down();
    expect(summary.failures.map(({ key }) => key)).toEqual(['a/b', 'a/c/d']);
    expect(await files()).toEqual(['a', 'a-b', 'ab']);
  });

  test('and an object whose name a directory has fails by name', async () => {
    await write('a/b');
    await side.put('a', 'a');
    const summary = await down();
    expect(summary.failures).toMatchObject([{ key: 'a', because: expect.stringContaining('directory') as string }]);
    expect(await files()).toEqual(['a/b']);
  });

  test('and never through a symbolic link', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'sluice-outside-'));
    await writeFile(join(outside, 'file'), 'untouched');
    await symlink(outside, join(root, 'directory'));
    await symlink(join(outside, 'file'), join(root, 'file'));
    await side.put('directory/new', 'x');
    await side.put('file', 'x');
    const summary = await down();
    expect(summary.failures).toMatchObject([{ key: 'directory/new', code: 'NotADirectory' }]);
    expect(await readdir(outside)).toEqual(['file']);
    expect(await readFile(join(outside, 'file'), 'utf8')).toBe('untouched');
    await rm(outside, { recursive: true });
  });

  test('and a failed write leaves the old file and nothing else', async () => {
    await write('a', 'old');
    await side.put('a', 'new content');
    side.proxy.fault = ({ url }) => (url.endsWith('/a') ? { flipByteAt: 3 } : undefined);
    const summary = await down({ tuning: { attemptsMax: 2, retryDelayMs: 1 } });
    side.proxy.fault = () => undefined;
    expect(summary.failures).toMatchObject([{ key: 'a', code: 'BadDigest' }]);
    expect(await files()).toEqual(['a']);
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('old');
  });

  test('which a sync makes equal, directories left empty included', async () => {
    for (const path of ['a', 'gone/deep/er', 'kept/b', 'kept/gone']) await write(path);
    await mkdir(join(root, 'empty'));
    await side.put('a', 'a');
    await side.put('kept/b', 'kept/b');
    expect(await down(withDeletes)).toMatchObject({ objectsDeleted: 2, complete: true });
    expect(await files()).toEqual(['a', 'kept/b']);
    expect((await readdir(root)).sort()).toEqual(['a', 'empty', 'kept']);
  });

  test('and a dry run makes nothing', async () => {
    await side.put('a/b', 'x');
    expect(await down({ dryRun: true })).toMatchObject({ objectsCopied: 1 });
    expect(await readdir(root)).toEqual([]);
  });
});

describe('O8: a directory is verified against a bucket', () => {
  test('by size from listings, and by content', async () => {
    await write('a', 'one');
    await write('b', 'two');
    await up();
    await write('b', 'TWO');
    const places = { operation: 'verify', source: directory(), destination: side.place() } as const;
    expect(await runOperation(places)).toMatchObject({ differences: [], verified: { 'size only': 2 } });
    expect(await runOperation({ ...places, verification: 'content' })).toMatchObject({
      differences: [{ key: 'b', because: 'content differs' }],
      verified: { content: 1 },
    });
  });
});

test('O8: a directory is copied to a directory, but not into itself', async () => {
  await write('from/a');
  await write('from/deep/b');
  const copied = await runOperation({
    operation: 'copy',
    source: directory(join(root, 'from')),
    destination: directory(join(root, 'to')),
  });
  expect(copied).toMatchObject({ objectsCopied: 2, complete: true });
  expect(await files()).toEqual(['from/a', 'from/deep/b', 'to/a', 'to/deep/b']);
  const inside = runOperation({ operation: 'copy', source: directory(), destination: directory(join(root, 'to')) });
  await expect(inside).rejects.toThrow('overlap');
});
