import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, startBucketSide, type BucketSide } from './bucket-side.ts';
import { partSizeBytes, putWithMd5Only } from './checksum-uploads.ts';
import type { ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide({ profile: r2Profile })]);
});
afterEach(() => Promise.all([source.close(), destination.close()]));

const tuning = { multipartBytesMin: 2 * partSizeBytes, partSizeBytes, attemptsMax: 2, retryDelayMs: 1 };

function run(options: Partial<RunOptions>) {
  return runOperation({ operation: 'copy', source: source.place(), destination: destination.place(), ...options });
}

async function expectCopied(body: Buffer): Promise<void> {
  // Compared as a whole: a test that prints megabytes helps nobody.
  expect((await destination.bodies())['a'] === body.toString('latin1')).toBe(true);
}

test('parts of an object of which only an MD5 is kept are on their way at once, as many as there is memory for', async () => {
  const body = randomBytes(4 * partSizeBytes);
  await putWithMd5Only(source, 'a', body);
  const atOnce = 3;
  let held = 0;
  const together = Promise.withResolvers<undefined>();
  destination.proxy.fault = async ({ method, url }) => {
    if (method !== 'PUT' || !url.includes('partNumber=')) return undefined;
    held += 1;
    if (held === atOnce) together.resolve(undefined);
    await together.promise;
    return undefined;
  };
  // Two thirds of it are for parts: two, beside the one whose turn it is.
  const bufferedBytesInFlightMax = 3 * partSizeBytes;
  expect(await run({ tuning: { ...tuning, bufferedBytesInFlightMax } })).toMatchObject({
    objectsCopied: 1,
    failures: [],
    notes: [],
  });
  await expectCopied(body);
});

test('parts for which there is no memory go one after the other, as they come', async () => {
  const body = randomBytes(3 * partSizeBytes);
  await putWithMd5Only(source, 'a', body);
  const order: string[] = [];
  const noting = (word: string) => (request: ProxiedRequest) => {
    if (request.headers['range'] !== undefined || request.url.includes('partNumber=')) order.push(word);
    return undefined;
  };
  [source.proxy.fault, destination.proxy.fault] = [noting('read'), noting('sent')];
  expect(await run({ tuning: { ...tuning, bufferedBytesInFlightMax: partSizeBytes } })).toMatchObject({ failures: [] });
  expect(order).toEqual(['read', 'sent', 'read', 'sent', 'read', 'sent']);
  await expectCopied(body);
});

test('what an earlier run sent is checked with the rest, though only this side ever knew a checksum of it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-parts-'));
  const body = randomBytes(3 * partSizeBytes);
  await writeFile(join(directory, 'a'), body);
  const places = {
    source: { kind: 'directory', path: directory } as const,
    journal: { directory: `${directory}.journal` },
  };
  const stop = new AbortController();
  let first = true;
  destination.proxy.fault = ({ url }) => {
    if (url.includes('partNumber=1&')) return { flipSentByteAt: 9 };
    if (!url.includes('partNumber=2&') || !first) return undefined;
    first = false;
    stop.abort();
    return { stall: true };
  };
  await run({ ...places, concurrency: 1, signal: stop.signal, tuning });
  expect(destination.endpoint.world.uploads(bucket).flatMap(({ parts }) => parts)).toHaveLength(1);
  destination.proxy.fault = () => undefined;
  expect(await run({ ...places, tuning })).toMatchObject({ objectsCopied: 1, failures: [] });
  await expectCopied(body);
  for (const path of [directory, places.journal.directory]) await rm(path, { recursive: true });
});

describe('memory for parts that wait for their turn is free again', () => {
  // Room for one part, beside those whose turn it is.
  const little = { ...tuning, bufferedBytesInFlightMax: 2 * partSizeBytes };
  const isPart = ({ url }: ProxiedRequest, number: number) => url.includes(`partNumber=${number}&`);

  test('for the next of several objects that share it', async () => {
    const bodies = new Map(['a', 'b', 'c'].map((key) => [key, randomBytes(2 * partSizeBytes + 1)]));
    for (const [key, body] of bodies) await putWithMd5Only(source, key, body);
    await putWithMd5Only(source, 'small', Buffer.from('small'));
    expect(await run({ tuning: little })).toMatchObject({ objectsCopied: 4, failures: [], notes: [] });
    const copied = await destination.bodies();
    for (const [key, body] of bodies) expect(copied[key] === body.toString('latin1')).toBe(true);
  });

  test('where the part before fails, while another waits for it', async () => {
    await putWithMd5Only(source, 'a', randomBytes(4 * partSizeBytes));
    const secondPart = Promise.withResolvers<undefined>();
    const asked: number[] = [];
    destination.proxy.fault = async (request) => {
      asked.push(...[1, 2, 3, 4].filter((number) => isPart(request, number)));
      if (isPart(request, 2)) secondPart.resolve(undefined);
      if (!isPart(request, 1)) return undefined;
      await secondPart.promise;
      return { answer: 500 };
    };
    expect(await run({ tuning: little })).toMatchObject({ objectsCopied: 0, failures: [{ key: 'a' }] });
    expect(asked.toSorted()).toEqual([1, 1, 2]);
  });
});
