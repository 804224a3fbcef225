import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutBucketEncryptionCommand } from '@aws-sdk/client-s3';
import { openStores } from '../../engine/open-stores.ts';
import { retrying } from '../../engine/retry.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { ownResources } from '../../engine/transfer-context.ts';
import { transferObject } from '../../engine/transfer.ts';
import { tuningDefault } from '../../engine/tuning.ts';
import { r2Profile } from '../../sandbox/s3/profile.ts';
import { bucket, faultOnce, startBucketSide, type BucketSide } from './bucket-side.ts';
import type { ProxiedRequest } from './fault-proxy.ts';

let source: BucketSide;
let destination: BucketSide;
let directory: string;

beforeEach(async () => {
  [source, destination] = await Promise.all([startBucketSide(), startBucketSide()]);
  directory = await mkdtemp(join(tmpdir(), 'sluice-transfer-'));
});
afterEach(() => Promise.all([source.close(), destination.close(), rm(directory, { recursive: true })]));

test('a small object that waits for memory is not idle, however long it waits', async () => {
  await source.put('a', 'a');
  const tuning = { ...tuningDefault, attemptsMax: 1, idleTimeoutMs: 500, bufferedBytesInFlightMax: 1 };
  const stores = await openStores(
    { source: source.place(), destination: destination.place() },
    { tuning, reading: {} },
  );
  const context = ownResources(stores, tuning);
  const listed = await context.source.find('a');
  if (listed === undefined) throw new Error('the object is there');
  await context.buffers.take(1);
  const transferring = transferObject(context, listed);
  // As long as any attempt lasts on which nothing moves.
  await expect(retrying(tuning, ({ signal }) => stopped(signal))).rejects.toMatchObject({ code: 'IdleTimeout' });
  context.buffers.giveBack(1);
  await expect(transferring).resolves.toMatchObject({ outcome: 'copied' });
  await stores.close();
});

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

const mebibyte = 1024 * 1024;
const partSizeBytes = 5 * mebibyte;
const tuning = { multipartBytesMin: partSizeBytes, partSizeBytes, attemptsMax: 3, retryDelayMs: 1 };

const isWrite = ({ method }: ProxiedRequest) => method === 'PUT';
const isCompletion = ({ method, url }: ProxiedRequest) => method === 'POST' && url.includes('uploadId=');

describe('T13, O10: into a bucket that KMS encrypts, though nobody said so, a byte that flips on its way is found', () => {
  test.each([
    ['small', 1000],
    ['streamed', 2 * mebibyte],
    ['large', partSizeBytes + 1],
  ])('of a %s file, of which nobody knew a checksum before', async (_, size) => {
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];
    const encryption = { Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } };
    await destination.endpoint.client().send(new PutBucketEncryptionCommand(encryption));
    const body = randomBytes(size);
    await writeFile(join(directory, 'a'), body);
    destination.proxy.fault = faultOnce(isWrite, { flipSentByteAt: 100 });
    const places = { source: { kind: 'directory', path: directory } as const, destination: destination.place() };
    expect(await runOperation({ operation: 'copy', ...places, tuning })).toMatchObject({
      objectsCopied: 1,
      failures: [],
    });
    expect((await destination.bodies())['a'] === body.toString('latin1')).toBe(true);
  });
});

describe('append-only: an object whose first answer was lost is the own one', () => {
  function append(options: Partial<RunOptions> = {}) {
    const places = { source: { kind: 'directory', path: directory } as const, destination: destination.place() };
    return runOperation({ operation: 'copy', ...places, appendOnly: true, tuning, ...options });
  }

  test.each([
    ['small', 10],
    ['streamed', 2 * mebibyte],
  ])('a %s file', async (_, size) => {
    await writeFile(join(directory, 'a'), Buffer.alloc(size, 'a'));
    destination.proxy.fault = faultOnce(isWrite, { reset: 'served' });
    expect(await append()).toMatchObject({ objectsCopied: 1, failures: [] });
  });

  test('but a file of the same size that somebody else put there is not', async () => {
    await writeFile(join(directory, 'a'), 'mine');
    destination.proxy.fault = async (request) => {
      if (isWrite(request)) await destination.put('a', 'them');
      return undefined;
    };
    expect(await append()).toMatchObject({ objectsCopied: 0, failures: [{ key: 'a', code: 'PreconditionFailed' }] });
    expect(await destination.bodies()).toEqual({ a: 'them' });
  });

  test.each([
    ['S3', {}],
    ['R2', { profile: r2Profile }],
  ])('an upload in parts to %s', async (_, options) => {
    const side = await startBucketSide(options);
    await source.put('a', Buffer.alloc(partSizeBytes + 1, 'a'));
    side.proxy.fault = faultOnce(isCompletion, { reset: 'served' });
    expect(await append({ source: source.place(), destination: side.place() })).toMatchObject({
      objectsCopied: 1,
      failures: [],
    });
    await side.close();
  });

  test('an upload in parts, whose completion is refused because the key is taken', async () => {
    await source.put('a', Buffer.alloc(partSizeBytes + 1, 'a'));
    const lost = faultOnce(isCompletion, { reset: 'served' });
    const taken = { answer: 412, body: '<Error><Code>PreconditionFailed</Code><Message>taken</Message></Error>' };
    destination.proxy.fault = (request) => lost(request) ?? (isCompletion(request) ? taken : undefined);
    expect(await append({ source: source.place() })).toMatchObject({ objectsCopied: 1, failures: [] });
  });
});
