import { randomBytes } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import type { AccessKeys } from '../../../engine/place.ts';
import type { Progress } from '../../../engine/progress.ts';
import type { Outcome } from '../../../engine/run-context.ts';
import { runOperation, type RunOptions } from '../../../engine/run.ts';
import type { Summary } from '../../../engine/summary.ts';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { bucket, type BucketSide, faultOnce, startBucketSide } from '../bucket-side.ts';
import type { ProxiedRequest } from '../fault-proxy.ts';
import { oddKeys } from '../../faults/sides.ts';

let source: BucketSide;
let destination: BucketSide;
let directory: string;
beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
  directory = await mkdtemp(join(tmpdir(), 'sluice-threads-'));
});
afterEach(async () => {
  await Promise.all([source.close(), destination.close()]);
  await rm(directory, { recursive: true, force: true });
});

const mebibyte = 1024 * 1024;

function copy(options: Partial<RunOptions> = {}): Promise<Summary> {
  return runOperation({
    operation: 'copy',
    source: source.place(),
    destination: destination.place(),
    // Each takes a while to start; two where it takes more than one to see something.
    threads: 1,
    tuning: { retryDelayMs: 1, multipartBytesMin: 5 * mebibyte, partSizeBytes: 5 * mebibyte, attemptsMax: 3 },
    ...options,
  });
}

async function putMany(side: BucketSide, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await side.put(`key-${String(index).padStart(4, '0')}`, `${index}`);
}

const isWrite = ({ method }: ProxiedRequest) => method === 'PUT';

describe('O1: a copy in threads', () => {
  test('does what a copy without threads does, and tells the same', async () => {
    const headers = { 'content-type': 'image/png', 'cache-control': 'max-age=60', 'x-amz-meta-owner': 'me,  you' };
    for (const key of oddKeys) await source.put(key, `body of ${key}`, headers);
    await source.put('empty', '');
    await source.put('stream', randomBytes(1.5 * mebibyte));
    await source.put('parts', randomBytes(11 * mebibyte));
    await source.put('tagged', 'tagged');
    const TagSet = [{ Key: 'größe', Value: 'x=1' }];
    await source.endpoint
      .client()
      .send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'tagged', Tagging: { TagSet } }));
    const other = await startBucketSide({ profile: r2Profile });
    const third = await startBucketSide({ profile: r2Profile });
    try {
      const copied = await Promise.all(
        [
          { side: other, threads: 0 },
          { side: third, threads: 2 },
        ].map(async ({ side, threads: count }) => {
          const outcomes: Outcome[] = [];
          let bytesMoved = 0;
          const onOutcome = (outcome: Outcome): void => void outcomes.push(outcome);
          const onProgress = ({ bytesDone }: Progress): void => void (bytesMoved = bytesDone);
          const summary = await copy({ destination: side.place(), threads: count, tags: true, onOutcome, onProgress });
          const bodies = await side.bodies();
          const kept = Object.keys(bodies).map((key) => [key, side.headersOf(key), side.entityTagOf(key)]);
          outcomes.sort((one, two) => (one.key < two.key ? -1 : 1));
          expect(bytesMoved).toBe(summary.bytesCopied);
          return { summary: { ...summary, seconds: 0 }, outcomes, bodies, kept };
        }),
      );
      expect(copied[1]).toEqual(copied[0]);
      expect(copied[1]?.summary).toMatchObject({
        objectsCopied: oddKeys.length + 4,
        failures: [],
        notes: ['the destination cannot hold the tags of 1 objects'],
      });
      expect(copied[1]?.bodies).toEqual(await source.bodies());
    } finally {
      await Promise.all([other.close(), third.close()]);
    }
  });

  test('reads and writes directories too, with times to the millisecond', async () => {
    await writeFile(join(directory, 'a.txt'), 'text');
    expect(await copy({ source: { kind: 'directory', path: directory } })).toMatchObject({
      objectsCopied: 1,
      failures: [],
    });
    expect(destination.headersOf('a.txt')).toMatchObject({ 'content-type': 'text/plain' });
    const path = join(directory, 'down/below');
    await source.put('b/c', 'body');
    expect(await copy({ destination: { kind: 'directory', path } })).toMatchObject({ objectsCopied: 1, failures: [] });
    expect(await readFile(join(path, 'b/c'), 'utf8')).toBe('body');
  });

  test('never overwrites where it may only add', async () => {
    await source.put('a', 'new');
    destination.proxy.fault = async (request) => {
      if (isWrite(request)) await destination.put('a', 'somebody else was faster');
      return undefined;
    };
    expect(await copy({ appendOnly: true })).toMatchObject({
      failures: [{ key: 'a', code: 'PreconditionFailed', because: expect.stringMatching(/^destination: /) as string }],
    });
    expect(await destination.bodies()).toEqual({ a: 'somebody else was faster' });
  });

  test('says which side failed with what, and goes on with the others', async () => {
    await putMany(source, 10);
    source.proxy.fault = ({ url }) =>
      url.includes('key-0003')
        ? { answer: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' }
        : undefined;
    destination.proxy.fault = ({ url }) =>
      url.includes('key-0005')
        ? { answer: 503, body: '<Error><Code>SlowDown</Code><Message>later</Message></Error>' }
        : undefined;
    const { failures, objectsCopied } = await copy();
    expect(objectsCopied).toBe(8);
    expect([...failures].sort((one, two) => (one.key < two.key ? -1 : 1))).toEqual([
      { key: 'key-0003', because: expect.stringMatching(/^source: /) as string, code: 'AccessDenied' },
      { key: 'key-0005', because: expect.stringMatching(/^destination: /) as string, code: 'SlowDown' },
    ]);
  });

  test('takes what was overwritten since it was listed as it is now, also where it became large, and leaves out what is gone', async () => {
    await putMany(source, 6);
    const large = randomBytes(6 * mebibyte);
    const { world } = source.endpoint;
    source.proxy.fault = async ({ url }) => {
      if (url.includes('key-0001') && world.object(bucket, 'key-0001')?.sizeBytes === 1)
        await source.put('key-0001', 'changed');
      if (url.includes('key-0002') && world.object(bucket, 'key-0002')?.sizeBytes === 1)
        await source.put('key-0002', large);
      if (url.includes('key-0004')) world.delete(bucket, 'key-0004');
      return undefined;
    };
    const outcomes: Outcome[] = [];
    expect(await copy({ onOutcome: (outcome) => outcomes.push(outcome) })).toMatchObject({
      objectsCopied: 5,
      failures: [],
      notes: ['deleted at the source meanwhile: "key-0004"'],
    });
    expect(Object.fromEntries(outcomes.map(({ key, outcome }) => [key, outcome]))).toEqual({
      'key-0000': 'copied',
      'key-0001': 'changed meanwhile',
      'key-0002': 'changed meanwhile',
      'key-0003': 'copied',
      'key-0004': 'gone',
      'key-0005': 'copied',
    });
    expect((await destination.bodies())['key-0002'] === large.toString('latin1')).toBe(true);
  });

  test('says so where it cannot be divided', async () => {
    await source.put('a', 'a');
    const { notes } = await copy({ tpsLimit: 1000 });
    expect(notes).toEqual(['no threads were started, for all requests have one limit a second']);
  });
});

describe('A1, A2: credentials that end while threads copy', () => {
  const expired = { answer: 400, body: '<Error><Code>ExpiredToken</Code><Message>too old</Message></Error>' };

  /** The destination's first credentials end at the first write; `renew` gives others. */
  function ending(renew: (fresh: AccessKeys) => Promise<AccessKeys>) {
    const place = destination.place();
    destination.proxy.fault = (request) =>
      isWrite(request) && request.headers['x-amz-security-token'] === 'first' ? expired : undefined;
    const credentials = { ...place.credentials, sessionToken: 'first' };
    return { ...place, credentials, renewCredentials: () => renew(place.credentials) };
  }

  test('are read anew once for all threads, and no object fails', async () => {
    await putMany(source, 40);
    await source.put('large', randomBytes(6 * mebibyte));
    let renewals = 0;
    const place = ending((fresh) => {
      renewals += 1;
      return Promise.resolve(fresh);
    });
    expect(await copy({ destination: place, threads: 2 })).toMatchObject({ objectsCopied: 41, failures: [] });
    expect(renewals).toBe(1);
    expect(await destination.bodies()).toEqual(await source.bodies());
  });

  test('are asked for again where reading them failed in passing', async () => {
    await putMany(source, 4);
    let renewals = 0;
    const place = ending((fresh) => {
      renewals += 1;
      const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      return renewals === 1 ? Promise.reject(reset) : Promise.resolve(fresh);
    });
    expect(await copy({ destination: place })).toMatchObject({ objectsCopied: 4, failures: [] });
  });

  test('end the run with the very error of whoever could not read them', async () => {
    await putMany(source, 4);
    const error = new TypeError('no credentials are there any more');
    await expect(copy({ destination: ending(() => Promise.reject(error)) })).rejects.toBe(error);
  });
});

describe('P2: a run in threads that is told to stop', () => {
  test('gives up what is in work, and nothing of it fails', async () => {
    await putMany(source, 60);
    const controller = new AbortController();
    let writes = 0;
    destination.proxy.fault = (request) => {
      if (isWrite(request)) writes += 1;
      if (writes === 7) controller.abort();
      return writes > 5 ? { stall: true } : undefined;
    };
    const summary = await copy({ signal: controller.signal });
    expect(summary.failures).toEqual([expect.objectContaining({ key: '', code: 'Interrupted' })]);
    expect(summary.objectsCopied).toBeLessThanOrEqual(5);
  });

  test('finishes what is in work where it is drained, and goes on from there', async () => {
    await putMany(source, 100);
    const draining = new AbortController();
    destination.proxy.fault = ({ url }) => {
      if (url.includes('key-0030')) draining.abort();
      return undefined;
    };
    const options = { journal: { directory, pageKeys: 10 }, concurrency: 4, threads: 2 };
    const stopped = await copy({ ...options, draining: draining.signal });
    expect(stopped.failures).toEqual([expect.objectContaining({ key: '', code: 'Interrupted' })]);
    expect(stopped.objectsCopied).toBeLessThan(60);
    expect(Object.keys(await destination.bodies())).toHaveLength(stopped.objectsCopied);
    expect(await copy(options)).toMatchObject({ objectsCopied: 100 - stopped.objectsCopied, objectsSkipped: 0 });
    expect(await destination.bodies()).toEqual(await source.bodies());
  });
});

test('a thread that cannot start ends the run with the reason, and does not hang', async () => {
  await source.put('a', 'a');
  const path = join(directory, 'loop');
  const lost = copy({
    destination: { kind: 'directory', path },
    // Both sides are open and listed by now; the threads are still to come.
    onStep: () => symlinkSync('loop', path),
  });
  await expect(lost).rejects.toMatchObject({
    message: 'a thread of the run failed',
    cause: expect.objectContaining({ message: expect.stringContaining('ELOOP') as string }) as Error,
  });
});

test('what was spoiled on its way is copied again by the thread', async () => {
  await putMany(source, 10);
  destination.proxy.fault = faultOnce(isWrite, { reset: 'served' }, 3);
  expect(await copy()).toMatchObject({ objectsCopied: 10, failures: [] });
  expect(await destination.bodies()).toEqual(await source.bodies());
});
