import { runOperation, type RunOptions } from '../../engine/run.ts';
import type { Step } from '../../engine/run-context.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, startBucketSide, type BucketSide } from './bucket-side.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide({ profile: r2Profile })]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

function copy(options: Partial<RunOptions> = {}) {
  return runOperation({ operation: 'copy', source: source.place(), destination: destination.place(), ...options });
}

/** Keys that clients, servers and file systems mistake for others. */
const oddKeys = [
  'a/../b',
  '..',
  './x',
  '.',
  '/leading',
  'a//b',
  'trailing/',
  'soap',
  'k'.repeat(1024),
  'é'.repeat(512),
  '\u0001\u001f\u007f',
  'cr\rlf\n tab\t',
  '&<>"\'',
  'a+b %2F %25 ',
  ' leading space',
  'que?ry#frag',
  'back\\slash',
  '\ue000',
  '\ufffd',
  '😀',
  '😀\ue000',
  'Case',
  'case',
  '.sluice-0123456789abcdef.part',
];

describe('copy between two buckets', () => {
  test('brings every object over, whatever its key', async () => {
    for (const key of oddKeys) await source.put(key, `body of ${key}`);
    expect(await copy()).toMatchObject({ objectsCopied: oddKeys.length, failures: [], complete: true });
    expect(await destination.bodies()).toEqual(await source.bodies());
  });

  test('keeps content headers and metadata, and leaves out aws-chunked, which only described an upload', async () => {
    const headers = {
      'content-type': 'image/png',
      'cache-control': 'max-age=60',
      'content-disposition': 'attachment; filename="a.png"',
      'content-encoding': 'gzip',
      'content-language': 'de',
      expires: 'Wed, 21 Oct 2026 07:28:00 GMT',
      'x-amz-meta-owner': 'me,  you',
      'x-amz-meta-empty': '',
    };
    await source.put('a', 'not really gzip', headers);
    await source.put('b', 'b', { 'content-type': 'text/css', 'content-encoding': 'aws-chunked,gzip' });
    await source.put('c', 'c', { 'content-encoding': 'aws-chunked' });
    await copy();
    expect(destination.headersOf('a')).toEqual({ ...headers, 'x-amz-meta-owner': 'me,  you' });
    expect(destination.headersOf('b')).toEqual({ 'content-type': 'text/css', 'content-encoding': 'gzip' });
    expect(destination.headersOf('c')).not.toHaveProperty('content-encoding');
    expect((await destination.bodies())['a']).toBe('not really gzip');
  });

  test('keeps metadata beyond ASCII, as the encoded words that S3 and R2 give and take', async () => {
    const word = `=?UTF-8?B?${Buffer.from('Grüße 😀').toString('base64')}?=`;
    await source.put('bytes', 'a', { 'x-amz-meta-greeting': Buffer.from('Grüße 😀', 'utf8').toString('latin1') });
    await source.put('word', 'a', { 'x-amz-meta-greeting': word });
    expect(await copy()).toMatchObject({ failures: [] });
    expect(destination.headersOf('bytes')?.['x-amz-meta-greeting']).toBe(word);
    expect(destination.headersOf('word')?.['x-amz-meta-greeting']).toBe(word);
  });

  test('keeps a content header beyond ASCII byte by byte', async () => {
    const disposition = Buffer.from('attachment; filename="ä.png"', 'utf8').toString('latin1');
    await source.put('a', 'a', { 'content-disposition': disposition });
    expect(await copy()).toMatchObject({ failures: [] });
    expect(destination.headersOf('a')?.['content-disposition']).toBe(disposition);
  });

  test.each([0, 1, 65_536, 1024 * 1024, 1024 * 1024 + 1])('copies a body of %i bytes', async (size) => {
    await source.put('a', Buffer.alloc(size, 'x'));
    expect(await copy()).toMatchObject({ objectsCopied: 1, bytesCopied: size, complete: true });
    expect(destination.entityTagOf('a')).toBe(source.entityTagOf('a'));
  });

  test('stays inside both prefixes and rewrites nothing but the prefix', async () => {
    for (const key of ['up/a', 'up/deep/b', 'up-private/c', 'upper', 'z', 'up/']) await source.put(key, key);
    await destination.put('mine', 'kept');
    const summary = await copy({ source: source.place('up/'), destination: destination.place('to/') });
    expect(summary).toMatchObject({ objectsCopied: 2, complete: true });
    expect(await destination.bodies()).toEqual({ 'to/a': 'up/a', 'to/deep/b': 'up/deep/b', mine: 'kept' });
  });

  test('never touches the canaries of the smoke test', async () => {
    await source.put('p/.sluice-canary/1/x', 'canary');
    await source.put('p/a/.sluice-canary/x', 'data: only the prefix itself has canaries');
    expect(await copy({ source: source.place('p/') })).toMatchObject({ objectsCopied: 1, objectsSkipped: 0 });
    expect(Object.keys(await destination.bodies())).toEqual(['a/.sluice-canary/x']);
  });

  test('copies nothing twice: a second run skips what is there', async () => {
    for (const key of ['a', 'b', 'c']) await source.put(key, key);
    await copy();
    await source.put('b', 'B');
    await source.put('d', 'd');
    expect(await copy()).toMatchObject({ objectsCopied: 2, objectsSkipped: 2 });
    expect(await destination.bodies()).toEqual({ a: 'a', b: 'B', c: 'c', d: 'd' });
  });

  test('O1: never deletes', async () => {
    await source.put('a', 'a');
    await destination.put('old', 'old');
    expect(await copy({ deletesMax: 10, deletesMaxPercent: 100 })).toMatchObject({ objectsDeleted: 0, complete: true });
    expect(Object.keys(await destination.bodies())).toEqual(['a', 'old']);
    expect(destination.proxy.requests.map(({ method }) => method)).not.toContain('DELETE');
  });

  test('O1: asks for nothing but list and read at the source, list and write at the destination', async () => {
    for (const key of ['a', 'b']) await source.put(key, key);
    await source.put('large', Buffer.alloc(11 * 1024 * 1024));
    await copy({ tuning: { multipartBytesMin: 10 * 1024 * 1024, partSizeBytes: 5 * 1024 * 1024 } });
    const operations = (side: BucketSide) => new Set(side.endpoint.decisions.map(({ request }) => request.operation));
    expect(operations(source)).toEqual(new Set(['ListObjectsV2', 'GetObject', 'HeadObject']));
    expect(operations(destination)).toEqual(
      new Set(['ListObjectsV2', 'PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']),
    );
    for (const { request } of source.endpoint.decisions) expect(request.bucket).toBe(bucket);
  });

  test('S1: always lists with the granted prefix, for a listing without it is refused', async () => {
    await source.put('up/a', 'a');
    await copy({ source: source.place('up/') });
    const listings = source.endpoint.decisions.filter(({ request }) => request.operation === 'ListObjectsV2');
    expect(listings.length).toBeGreaterThan(0);
    for (const { request } of listings) expect(request.prefix).toBe('up/');
  });

  test('lists more than one page on both sides', async () => {
    const keys = Array.from({ length: 1_010 }, (_, index) => `k${index}`);
    for (const key of keys) await source.put(key, '');
    for (const key of keys.slice(0, 1_005)) await destination.put(key, '');
    expect(await copy()).toMatchObject({ objectsCopied: 5, objectsSkipped: 1_005, complete: true });
  });
});

describe('two spellings of one key', () => {
  const composed = 'caf\u00e9';
  const decomposed = 'cafe\u0301';

  test('are one object on R2, so the decomposed one fails by name', async () => {
    await source.put(composed, 'composed');
    await source.put(decomposed, 'decomposed');
    const summary = await copy();
    expect(summary.failures).toEqual([
      { key: decomposed, because: expect.stringContaining('cannot tell it from') as string, code: 'KeyNotPossible' },
    ]);
    expect(summary).toMatchObject({ objectsCopied: 1, complete: false });
  });

  test('alone is copied to R2', async () => {
    await source.put(decomposed, 'alone');
    expect(await copy()).toMatchObject({ objectsCopied: 1, failures: [] });
  });

  test('are two objects on S3', async () => {
    const other = await startBucketSide();
    await source.put(composed, 'composed');
    await source.put(decomposed, 'decomposed');
    expect(await copy({ destination: other.place() })).toMatchObject({ objectsCopied: 2, failures: [] });
    await other.close();
  });
});

describe('a dry run', () => {
  test('takes the steps of the real run and writes nothing', async () => {
    for (const key of ['a', 'b', 'c']) await source.put(key, key);
    await destination.put('a', 'a');
    await destination.put('b', 'other');
    const dry: Step[] = [];
    const real: Step[] = [];
    const planned = await copy({ dryRun: true, onStep: (step) => dry.push(step) });
    expect(Object.keys(await destination.bodies())).toEqual(['a', 'b']);
    const done = await copy({ onStep: (step) => real.push(step) });
    expect(dry).toEqual(real);
    expect(dry).toEqual([
      { action: 'skip', key: 'a', because: 'entity tag equal' },
      { action: 'copy', key: 'b', because: 'size differs' },
      { action: 'copy', key: 'c', because: 'missing' },
    ]);
    expect({ ...planned, seconds: 0 }).toEqual({ ...done, seconds: 0 });
  });
});

describe('a run', () => {
  test('says how far it is', async () => {
    for (const key of ['a', 'bb', 'ccc']) await source.put(key, key);
    const seen: unknown[] = [];
    await copy({ onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({
      phase: 'copying',
      objectsFound: 3,
      objectsDone: 3,
      bytesFound: 6,
      bytesDone: 6,
      failures: 0,
      listed: true,
    });
  });

  test('stops when told to and says so', async () => {
    for (let index = 0; index < 100; index += 1) await source.put(`k${index}`, 'x');
    const controller = new AbortController();
    const summary = await copy({
      signal: controller.signal,
      concurrency: 1,
      onProgress: ({ objectsDone }) => objectsDone === 5 && controller.abort(),
    });
    expect(summary).toMatchObject({ complete: false, failures: [{ key: '', code: 'Interrupted' }] });
    expect(summary.objectsCopied).toBeLessThan(100);
  });

  test('ends with the refusal where the source may not be listed', async () => {
    source.proxy.fault = () => ({ answer: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' });
    expect(await copy()).toMatchObject({
      complete: false,
      failures: [{ key: '', code: 'AccessDenied', because: 'source: 403 AccessDenied: no' }],
    });
  });

  test.each([
    ['both are the same place', 'p/', 'p/'],
    ['the destination lies inside the source', '', 'p/'],
    ['the source lies inside the destination', 'p/q/', 'p/'],
  ])('is refused where %s', async (_, from, to) => {
    const running = copy({ source: source.place(from), destination: source.place(to) });
    await expect(running).rejects.toThrow(/overlap|are both/);
  });

  test('is not refused where prefixes only share letters', async () => {
    await source.put('up/a', 'a');
    const summary = await copy({ source: source.place('up/'), destination: source.place('up-copy/') });
    expect(summary).toMatchObject({ objectsCopied: 1, complete: true });
  });
});
