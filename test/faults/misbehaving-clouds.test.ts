import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import Cloudflare from 'cloudflare';
import type { BucketPlace } from '../../engine/place.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import { r2KeysOfToken } from '../../policies/r2-keys.ts';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';
import { thorough } from './dice.ts';
import { tuning } from './sides.ts';

jest.setTimeout(thorough ? 10 * 60_000 : 120_000);

const objects = thorough ? 2_000 : 150;
const body = (index: number) => `body of object ${index}, long enough to be cut`;

let sandbox: TestSandbox;
let source: BucketPlace;
let destination: BucketPlace;
let clients: readonly [S3Client, S3Client];

beforeAll(async () => {
  sandbox = await startTestSandbox();
  const { aws, cloudflare, r2 } = sandbox.status;
  const api = new Cloudflare({ apiToken: cloudflare.apiToken, baseURL: cloudflare.apiBaseUrl });
  const { id } = await api.accounts.tokens.verify({ account_id: cloudflare.accountId });
  const place = { kind: 'bucket', bucket: 'faults', prefix: '' } as const;
  const { accessKeyId, secretAccessKey, region, endpoint } = aws;
  source = { ...place, provider: 'aws', endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  destination = {
    ...place,
    provider: 'r2',
    endpoint: r2.endpoints.default,
    region: 'auto',
    credentials: r2KeysOfToken(id, cloudflare.apiToken),
  };
  clients = [clientOf(source), clientOf(destination)];
  for (const client of clients) await client.send(new CreateBucketCommand({ Bucket: 'faults' }));
  for (let index = 0; index < objects; index += 1) {
    await clients[0].send(new PutObjectCommand({ Bucket: 'faults', Key: keyOf(index), Body: body(index) }));
  }
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await sandbox.dispose();
});
afterEach(() => misbehave([]));

const keyOf = (index: number) => `objects/${String(index).padStart(5, '0')}`;

function clientOf({ endpoint, region, credentials }: BucketPlace): S3Client {
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}

/** Tells the sandbox, as a user does; see docs/sandbox.md. */
async function misbehave(rules: readonly object[]): Promise<void> {
  const answer = await fetch(`${sandbox.status.control.url}/misbehaviours`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ seed: 7, rules }),
  });
  expect(await answer.text()).toContain('"rules"');
  expect(answer.status).toBe(200);
}

function run(prefix: string, options: Partial<RunOptions> = {}) {
  const to = { ...destination, prefix };
  return runOperation({ operation: 'copy', source, destination: to, deletesMaxPercent: 100, tuning, ...options });
}

async function arrived(prefix: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await clients[1].send(
      new ListObjectsV2Command({ Bucket: 'faults', Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key = '' } of page.Contents ?? []) {
      const { Body } = await clients[1].send(new GetObjectCommand({ Bucket: 'faults', Key }));
      found.set(Key.slice(prefix.length), (await Body?.transformToString()) ?? '');
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return found;
}

const everything = new Map(Array.from({ length: objects }, (_, index) => [keyOf(index), body(index)]));
const both = { endpoints: ['aws', 'r2Default'] };

test('T1 T2 T3 T5 T6 T13 clouds that misbehave in one of ten requests, in every way at once, are copied between whole', async () => {
  const faults = [
    { kind: 'error', status: 503, retryAfterSeconds: 0 },
    { kind: 'error', status: 429 },
    { kind: 'error', status: 500 },
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'in-request', afterBytes: 5 },
    { kind: 'reset', when: 'after-request' },
    { kind: 'reset', when: 'in-response', afterBytes: 5 },
    { kind: 'truncate', afterBytes: 5 },
    { kind: 'truncate', afterBytes: 5, lengthHeader: 'adjusted' },
    { kind: 'latency', delayMs: 1, jitterMs: 5 },
  ];
  const corrupted = { kind: 'corrupt', atByte: 5 };
  await misbehave([
    ...faults.map((fault) => ({ ...both, fault, probability: 0.01 })),
    { ...both, fault: corrupted, operations: ['GetObject'], probability: 0.05 },
  ]);
  expect(await run('whole/')).toMatchObject({ objectsCopied: objects, failures: [], complete: true });
  await misbehave([]);
  expect(await arrived('whole/')).toEqual(everything);
});

test('T7 stalls end by the idle timeout, and the copy goes on', async () => {
  const stall = { fault: { kind: 'stall' }, operations: ['GetObject', 'PutObject'], probability: 0.3, count: 4 };
  await misbehave([{ ...both, ...stall }]);
  const summary = await run('stalls/', { tuning: { ...tuning, idleTimeoutMs: 2_000 } });
  expect(summary).toMatchObject({ objectsCopied: objects, failures: [], complete: true });
});

test('D2 R2 takes one write a second of one key, and the copy waits for it', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => keyOf(index));
  await misbehave([{ endpoints: ['r2Default'], fault: { kind: 'write-rate', writesPerSecond: 1 }, keys: 'rate/*' }]);
  for (const key of keys) {
    await clients[1].send(new PutObjectCommand({ Bucket: 'faults', Key: `rate/${key}`, Body: 'written just now' }));
  }
  const patient = { ...tuning, attemptsMax: 12, retryDelayMs: 50, retryDelayMsMax: 500 };
  const summary = await run('rate/', { keys, tuning: patient });
  expect(summary).toMatchObject({ objectsCopied: keys.length, failures: [], complete: true });
});

test.each([
  ['behind', 16 * 60],
  ['ahead of', -16 * 60],
])('A4 a machine whose clock is %s those of both clouds signs with their time', async (where, skewSeconds) => {
  const prefix = `skew/${where}/`;
  await misbehave([{ ...both, fault: { kind: 'clock-skew', skewSeconds } }]);
  const { notes, ...summary } = await run(prefix, { operation: 'sync' });
  await misbehave([]);
  expect(summary).toMatchObject({ objectsCopied: objects, failures: [], complete: true });
  for (const side of ['source', 'destination']) {
    expect(notes).toContainEqual(expect.stringContaining(`${where} that of the ${side}`));
  }
  expect(await arrived(prefix)).toEqual(everything);
});

describe.each(['ignored-start-after', 'repeats', 'wrong-order'])('L1 L4 L5 a listing with %s', (quirk) => {
  test.each(['aws', 'r2Default'])('of %s never leads to a delete of what the source has', async (endpoint) => {
    const prefix = `quirk/${quirk}/${endpoint}/`;
    await run(prefix);
    await misbehave([{ endpoints: [endpoint], fault: { kind: 'listing', quirk } }]);
    const summary = await run(prefix, { operation: 'sync' });
    await misbehave([]);
    expect(await arrived(prefix)).toEqual(everything);
    if (summary.complete) expect(summary.objectsDeleted).toBe(0);
    else expect(summary.failures).toEqual([expect.objectContaining({ key: '', code: 'BrokenListing' })]);
  });
});

test('L2 pages of few keys are followed to the end', async () => {
  await misbehave([{ ...both, fault: { kind: 'listing', quirk: 'short-pages', keysMax: 7 } }]);
  const { notes, ...summary } = await run('short/', { operation: 'sync' });
  expect(summary).toMatchObject({ objectsCopied: objects, complete: true });
  // The destination was empty.
  expect(notes).toEqual([expect.stringMatching(/^of the listing of the source \d+ pages were short and 0 empty/)]);
});

test('L1 a slow listing that ignores where to begin is read by one request after the other, and noted', async () => {
  await run('slow/');
  const listing = { endpoints: ['aws'], operations: ['ListObjectsV2'] };
  const keysMax = Math.ceil(objects / 12);
  await misbehave([
    // As slow as pages have to be for several listers.
    { ...listing, fault: { kind: 'latency', delayMs: 80 } },
    { ...listing, fault: { kind: 'listing', quirk: 'short-pages', keysMax } },
    { ...listing, fault: { kind: 'listing', quirk: 'ignored-start-after' } },
  ]);
  const { notes, ...summary } = await run('slow/', { operation: 'sync' });
  await misbehave([]);
  expect(summary).toMatchObject({ objectsCopied: 0, objectsSkipped: objects, objectsDeleted: 0, complete: true });
  expect(notes.filter((note) => note.includes('StartAfter'))).toEqual([
    'the source ignores where a listing is to begin (StartAfter): its pages were read one after the other',
  ]);
  expect(await arrived('slow/')).toEqual(everything);
});

test('A3 keys that are known late are waited for where the run is told so', async () => {
  await misbehave([{ ...both, fault: { kind: 'error', status: 403, code: 'AccessDenied' }, count: 5 }]);
  const summary = await run('late/', { tuning: { ...tuning, propagationMs: 60_000 } });
  expect(summary).toMatchObject({ objectsCopied: objects, failures: [], complete: true });
});
