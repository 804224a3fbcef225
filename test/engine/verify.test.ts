import { runOperation, type RunOptions } from '../../engine/run.ts';
import { startBucketSide, type BucketSide } from './bucket-side.ts';

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
  test('finds what is missing, surplus, of another size or another MD5, and reads no object', async () => {
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
    expect(new Set(asked.map(({ request }) => request.operation))).toEqual(new Set(['ListObjectsV2']));
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
