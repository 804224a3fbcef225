import { randomBytes } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { bucketResource, groups, mint } from '../cloudflare/account-under-test.ts';
import { exchangeBytes, misbehavingEndpoint } from './endpoint-under-test.ts';
import type { MisbehavingEndpoint } from './endpoint-under-test.ts';

let under: MisbehavingEndpoint;
beforeAll(async () => {
  under = await misbehavingEndpoint();
  for (const key of ['a', 'b', 'c', 'd']) await under.put(key, `body of ${key}`);
});
afterEach(() => under.tell());
afterAll(() => under.stop());

/** A GET of `key` as it goes over the wire. */
async function signedGet(key: string): Promise<string> {
  const command = new GetObjectCommand({ Bucket: 'media', Key: key });
  const { pathname, search, host } = new URL(await getSignedUrl(under.s3(), command));
  return `GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
}
const failure = async (call: Promise<unknown>): Promise<{ name: string; status: number | undefined }> => {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode };
  }
  return { name: 'none', status: undefined };
};
const happened = () => under.misbehaviour.report().rules.map((rule) => rule.happened);

test('without rules everything works', async () => {
  expect(await under.get('a')).toBe('body of a');
});

describe('T1 T2 T3: errors', () => {
  test.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
    [429, 'TooManyRequests'],
  ])('%d %s, without Retry-After', async (status, code) => {
    under.tell({ fault: { kind: 'error', status } });
    expect(await failure(under.get('a'))).toEqual({ name: code, status });
  });

  test('with Retry-After and another code, and nothing is done', async () => {
    under.tell({ fault: { kind: 'error', status: 503, code: 'ServiceUnavailable', retryAfterSeconds: 7 } });
    const response = await fetch(`${under.url}/media/new`, { method: 'PUT', body: 'x'.repeat(100_000) });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect(await response.text()).toContain('<Code>ServiceUnavailable</Code>');
    under.tell();
    expect(under.under.worlds.default.object('media', 'new')).toBeUndefined();
  });

  test('happen so often and no more, to the operations and keys that were named', async () => {
    under.tell({ fault: { kind: 'error', status: 500 }, operations: ['Get*'], keys: 'a*', count: 1 });
    await under.put('a', 'body of a');
    expect(await under.get('b')).toBe('body of b');
    expect(await failure(under.get('a'))).toMatchObject({ status: 500 });
    expect(await under.get('a')).toBe('body of a');
    expect(happened()).toEqual([1]);
  });

  test('happen by chance, the same with the same seed', async () => {
    const statuses = async (): Promise<(number | undefined)[]> => {
      under.tell({ fault: { kind: 'error', status: 500 }, probability: 0.5 });
      const seen: (number | undefined)[] = [];
      for (let count = 0; count < 12; count += 1) seen.push((await failure(under.get('a'))).status);
      return seen;
    };
    const first = await statuses();
    expect(new Set(first)).toEqual(new Set([500, undefined]));
    expect(await statuses()).toEqual(first);
  });

  test('do not happen at other endpoints', async () => {
    under.tell({ fault: { kind: 'error', status: 500 }, endpoints: ['aws', 'edge'] });
    expect(await under.get('a')).toBe('body of a');
  });
});

describe('latency and bandwidth', () => {
  test('a request waits as long as it was told', async () => {
    under.tell({ fault: { kind: 'latency', delayMs: 150, jitterMs: 10 } });
    const began = performance.now();
    await under.get('a');
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
  });

  test('a body comes as slowly as it was told, and whole', async () => {
    under.tell();
    const body = 'x'.repeat(20_000);
    await under.put('slow', body);
    under.tell({ fault: { kind: 'bandwidth', bytesPerSecond: 100_000 } });
    const began = performance.now();
    expect(await under.get('slow')).toBe(body);
    expect(performance.now() - began).toBeGreaterThanOrEqual(140);
  });
});

describe('T5: resets', () => {
  test('before anything: nothing is done', async () => {
    under.tell({ fault: { kind: 'reset', when: 'before' }, operations: ['PutObject'] });
    expect((await failure(under.put('before', 'x'))).status).toBeUndefined();
    expect(under.under.worlds.default.object('media', 'before')).toBeUndefined();
  });

  test('in the body of a request: nothing is done', async () => {
    under.tell({ fault: { kind: 'reset', when: 'in-request', afterBytes: 1000 }, operations: ['PutObject'] });
    expect(await failure(under.put('within', 'x'.repeat(900)))).toMatchObject({ name: 'none' });
    expect(await failure(under.put('within-too', 'x'.repeat(300_000)))).toMatchObject({ status: undefined });
    expect(under.under.worlds.default.object('media', 'within-too')).toBeUndefined();
  });

  test('after the deed: it is done, and nobody heard', async () => {
    under.tell({ fault: { kind: 'reset', when: 'after-request' }, operations: ['PutObject'] });
    expect(await failure(under.put('after', 'kept'))).toMatchObject({ status: undefined });
    under.tell();
    expect(await under.get('after')).toBe('kept');
  });

  test('in the body of an answer: so many bytes, and no more', async () => {
    const request = await signedGet('a');
    under.tell({ fault: { kind: 'reset', when: 'in-response', afterBytes: 4 } });
    const { received, end } = await exchangeBytes(under.url, request);
    expect(received).toMatch(/^HTTP\/1.1 200 /);
    expect(received.split('\r\n\r\n')[1]).toBe('body');
    expect(end).toBe('reset');
  });
});

describe('T6 T7 T13: bodies', () => {
  test('truncated, with the length that was promised', async () => {
    const request = await signedGet('a');
    under.tell({ fault: { kind: 'truncate', afterBytes: 4 } });
    const { received, end } = await exchangeBytes(under.url, request);
    expect([received.split('\r\n\r\n')[1], end]).toEqual(['body', 'ended']);
    expect(received.toLowerCase()).toContain('content-length: 9');
  });

  test('truncated, with a length that hides it', async () => {
    under.tell({ fault: { kind: 'truncate', afterBytes: 4, lengthHeader: 'adjusted' }, operations: ['GetObject'] });
    expect(await under.get('a')).toBe('body');
  });

  test('one shorter than the cut is whole', async () => {
    under.tell({ fault: { kind: 'truncate', afterBytes: 9 } });
    expect(await under.get('a')).toBe('body of a');
  });

  test('corrupted, of the right length, in a body of many chunks', async () => {
    const body = randomBytes(300_000).toString('hex');
    under.tell();
    await under.put('long', body);
    under.tell({ fault: { kind: 'corrupt', atByte: 400_000 } });
    const seen = await under.s3().send(new GetObjectCommand({ Bucket: 'media', Key: 'long' }));
    const bytes = Buffer.from((await seen.Body?.transformToByteArray()) ?? []);
    const wrong = [...bytes.keys()].filter((at) => bytes[at] !== body.charCodeAt(at));
    expect([bytes.length, wrong]).toEqual([600_000, [400_000]]);
  });

  test('stalled: headers and some bytes come, then nothing, and the connection stays', async () => {
    const request = await signedGet('a');
    under.tell({ fault: { kind: 'stall', when: 'in-response', afterBytes: 4 } });
    const { received, end } = await exchangeBytes(under.url, request, (text) => text.endsWith('\r\n\r\nbody'));
    expect([received.split('\r\n\r\n')[1], end]).toEqual(['body', 'open']);
  });

  test('stalled before: no answer at all', async () => {
    under.tell({ fault: { kind: 'stall' } });
    const call = under.s3().send(new GetObjectCommand({ Bucket: 'media', Key: 'a' }), {
      abortSignal: AbortSignal.timeout(200),
    });
    expect(await failure(call)).toMatchObject({ name: expect.stringMatching(/Abort|Timeout/) as string });
    expect(happened()).toEqual([1]);
  });
});

describe('L1 L2 L4 L5: listings', () => {
  const Prefix = 'list/';
  beforeAll(async () => {
    for (const name of ['a', 'b', 'c', 'd']) await under.put(`${Prefix}${name}`, name);
  });
  const list = async (more: { StartAfter?: string; MaxKeys?: number } = {}): Promise<string[]> => {
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket: 'media', Prefix, ...more, ContinuationToken });
      const page = await under.s3().send(command);
      for (const { Key = '' } of page.Contents ?? []) keys.push(Key.slice(Prefix.length));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return keys;
  };

  test('StartAfter is ignored, continuation tokens are not', async () => {
    const after = { StartAfter: `${Prefix}b`, MaxKeys: 1 };
    expect(await list(after)).toEqual(['c', 'd']);
    under.tell({ fault: { kind: 'listing', quirk: 'ignored-start-after' } });
    expect(await list(after)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('pages are shorter than asked, and nothing is lost', async () => {
    under.tell({ fault: { kind: 'listing', quirk: 'short-pages', keysMax: 1 } });
    const { Contents, IsTruncated } = await under.s3().send(new ListObjectsV2Command({ Bucket: 'media', Prefix }));
    expect([Contents?.length, IsTruncated]).toEqual([1, true]);
    expect(await list()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a page repeats the last key of the one before', async () => {
    under.tell({ fault: { kind: 'listing', quirk: 'repeats' }, keys: 'list/*' });
    expect(await list({ MaxKeys: 2 })).toEqual(['a', 'b', 'b', 'c', 'd']);
  });

  test('pages come in the wrong order', async () => {
    under.tell({ fault: { kind: 'listing', quirk: 'wrong-order' }, operations: ['ListObjectsV2'] });
    expect(await list({ MaxKeys: 2 })).toEqual(['b', 'a', 'd', 'c']);
  });
});

describe('D2: one write a second for each key', () => {
  test('a second write of a key is 429, another key is not', async () => {
    under.tell({ fault: { kind: 'write-rate' } });
    await under.put('rate/a', '1');
    expect(await failure(under.put('rate/a', '2'))).toEqual({ name: 'TooManyRequests', status: 429 });
    await under.put('rate/b', '1');
    expect(await under.get('rate/a')).toBe('1');
  });
});

describe('A3 A4: keys and clocks', () => {
  test('a new key is refused for a while', async () => {
    under.under.clock.now = new Date();
    const { id = '', value = '' } = await mint(
      under.under,
      groups.itemRead,
      bucketResource(under.under.account_id, 'media'),
    );
    const secretAccessKey = under.under.account.tokenByValue(value)?.valueSha256 ?? '';
    const get = () =>
      failure(under.s3({ accessKeyId: id, secretAccessKey }).send(new GetObjectCommand({ Bucket: 'media', Key: 'a' })));
    expect(await get()).toMatchObject({ name: 'none' });
    under.tell({ fault: { kind: 'key-delay', newKeySeconds: 60 } });
    expect(await get()).toEqual({ name: 'Unauthorized', status: 401 });
    under.tell({ fault: { kind: 'key-delay', newKeySeconds: 0.001 } });
    expect(await get()).toMatchObject({ name: 'none' });
  });

  test('a revoked key works for a while, if it was in use', async () => {
    const { client, account_id } = under.under;
    const { id = '', value = '' } = await mint(under.under, groups.itemRead, bucketResource(account_id, 'media'));
    const secretAccessKey = under.under.account.tokenByValue(value)?.valueSha256 ?? '';
    const get = () =>
      failure(under.s3({ accessKeyId: id, secretAccessKey }).send(new GetObjectCommand({ Bucket: 'media', Key: 'a' })));
    under.tell({ fault: { kind: 'key-delay', revokedKeySeconds: 0.25 } });
    await get();
    await client.accounts.tokens.delete(id, { account_id });
    expect(await get()).toMatchObject({ name: 'none' });
    let last = await get();
    while (last.name === 'none') last = await get();
    expect(last).toEqual({ name: 'Unauthorized', status: 401 });
  });

  test('a clock that is off refuses what is signed now, and says so in Date', async () => {
    under.tell({ fault: { kind: 'clock-skew', skewSeconds: -16 * 60 } });
    expect(await failure(under.put('skewed', 'x'))).toMatchObject({ status: 403 });
    const { headers } = await fetch(`${under.url}/media/a`);
    const behindMs = Date.now() - Date.parse(headers.get('date') ?? '');
    expect(Math.round(behindMs / 60_000)).toBe(16);
  });
});
