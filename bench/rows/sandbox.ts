import assert from 'node:assert';
import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { z } from 'zod';
import { createSigner, encodePath, encodeQuery } from '../../engine/signer.ts';
import { sandboxDirectory } from '../../sandbox/process-directory.ts';
import { startSandboxProcess, stopSandboxProcess } from '../../sandbox/process.ts';
import { defaultPorts, type SandboxPorts, type SandboxStatus } from '../../sandbox/status.ts';
import { openObjectStore } from '../../sandbox/store/store.ts';
import { benchRow, type Benchmark, type BenchRow } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { keySpace } from '../key-space.ts';
import { processUsage, runJob } from '../measured-process.ts';

const starts = 3;
const requests = 20_000;
const warmRequests = 5_000;
const pages = 100;
/** From the beginning of one page to that of the next: they lie all over the bucket. */
const keysApart = 10_000;
const connections = 16;
const bodyBytes = 4096;
const smallBucket = { name: 'hundred-thousand', keys: 100_000 };
const largeBucket = { name: 'million', keys: 1_000_000 };

/** The sandbox's own speed: what it costs its process to answer, whatever else the machine does. */
export const benchmark: Benchmark = {
  name: 'sandbox',
  about: 'start, 4 KiB objects, pages of 1 M keys and the first use of a bucket of 100,000',
  async run({ narrate }) {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-sandbox-'));
    try {
      // The first start also makes accounts and certificates, which no later one does.
      await start(directory);
      await stopSandboxProcess(directory);
      await runJob('sandbox', 'fill', { objects: join(sandboxDirectory(directory).state, 'objects') });
      const started = await fastestStart(directory, narrate);
      const server = await start(directory);
      return [...started, ...(await measureAnswers(server, narrate))];
    } finally {
      await stopSandboxProcess(directory);
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function fastestStart(directory: string, narrate: (line: string) => void): Promise<BenchRow[]> {
  const times: number[] = [];
  for (let index = 0; index < starts; index += 1) {
    const startedAt = performance.now();
    const server = await start(directory);
    times.push((performance.now() - startedAt) / 1000);
    narrate(`a start: ${usageOf(server).cpuSeconds.toFixed(2)} s of CPU`);
    await stopSandboxProcess(directory);
  }
  return [row('start, from spawn to ready', 's', Math.min(...times), { atMost: 0.7 })];
}

/** Every figure but memory is processor time of the server, so that neither the client nor the rest of the machine is in it. */
async function measureAnswers(server: SandboxStatus, narrate: (line: string) => void): Promise<BenchRow[]> {
  const cpuSecondsOf = async (job: string, count: number, bucket = ''): Promise<number> => {
    const before = usageOf(server).cpuSeconds;
    const { seconds } = await ask(server, job, { count, bucket });
    narrate(`${job}${bucket && ` ${bucket}`}: ${count} requests in ${seconds.toFixed(2)} s`);
    return usageOf(server).cpuSeconds - before;
  };
  await ask(server, 'put', { count: warmRequests, bucket: '' });
  const puts = requests / (await cpuSecondsOf('put', requests));
  await ask(server, 'get', { count: warmRequests, bucket: '' });
  const gets = requests / (await cpuSecondsOf('get', requests));
  const firstUse = await cpuSecondsOf('list', 1, smallBucket.name);
  await ask(server, 'list', { count: 1, bucket: largeBucket.name });
  const { peakMebibytes } = usageOf(server);
  const page = ((await cpuSecondsOf('list', pages, largeBucket.name)) / pages) * 1000;
  return [
    row('PUT of 4 KiB', 'requests a CPU second', puts, { atLeast: 3_000 }),
    row('GET of 4 KiB', 'requests a CPU second', gets, { atLeast: 3_000 }),
    row('first use of a bucket of 100,000', 's of CPU', firstUse, { atMost: 1 }),
    row('page of 1,000 of 1 M keys', 'ms of CPU', page, { atMost: 20 }),
    row('peak memory with 1 M keys', 'MiB', peakMebibytes),
  ];
}

function row(name: string, unit: string, ours: number, bound?: { atLeast: number } | { atMost: number }): BenchRow {
  const better = bound !== undefined && 'atLeast' in bound ? 'higher' : 'lower';
  return benchRow({
    name: `sandbox: ${name}`,
    unit,
    ours,
    better,
    ...(bound && { target: { of: 'ours' as const, ...bound } }),
  });
}

function start(directory: string): Promise<SandboxStatus> {
  const ports = Object.fromEntries(Object.keys(defaultPorts).map((name) => [name, 0])) as Partial<SandboxPorts>;
  return startSandboxProcess({ directory, ports });
}

function usageOf({ pid }: SandboxStatus): NonNullable<ReturnType<typeof processUsage>> {
  const usage = processUsage(pid);
  assert(usage, 'the figures of the sandbox come from /proc');
  return usage;
}

/** The keys go by the environment: a job's input is in its arguments, which everybody on the machine can read. */
function ask({ aws }: SandboxStatus, job: string, load: { readonly count: number; readonly bucket: string }) {
  const { endpoint, region, accessKeyId, secretAccessKey } = aws;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  return runJob('sandbox', job, { endpoint, region, ...load }, keys);
}

const loadSchema = z.object({ endpoint: z.url(), region: z.string(), count: z.int(), bucket: z.string() });
const keysSchema = z.object({ AWS_ACCESS_KEY_ID: z.string(), AWS_SECRET_ACCESS_KEY: z.string() });

type Load = z.infer<typeof loadSchema>;

interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Sends `count` requests, each signed, over connections that stay open. */
async function sendAll(
  { endpoint, region, count }: Load,
  requestAt: (index: number) => SignedRequest,
): Promise<number> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = keysSchema.parse(process.env);
  const signer = createSigner({ credentials: { accessKeyId, secretAccessKey }, region });
  const { host } = new URL(endpoint);
  const pool = new Pool(endpoint, { connections });
  let next = 0;
  async function worker(): Promise<void> {
    while (next < count) {
      const { method, path, query, body } = requestAt(next++);
      const headers = signer.sign({ method, host, path, ...(query && { query }) });
      const target = query === undefined ? path : `${path}?${encodeQuery(query)}`;
      const answer = await pool.request({ method, path: target, headers, body: body ?? null });
      assert(answer.statusCode < 300, `${method} ${path}: ${answer.statusCode}`);
      await answer.body.dump();
    }
  }
  await Promise.all(Array.from({ length: connections }, worker));
  await pool.close();
  return count;
}

const objectPath = (index: number): string => encodePath('load', `data/${index}.bin`);

export const jobs: Readonly<Record<string, Job>> = {
  /** Fills the buckets without the sandbox, which must not run. */
  async fill(input) {
    const store = await openObjectStore(z.object({ objects: z.string() }).parse(input).objects);
    const world = await store.world('aws');
    await world.createBucket('load', {});
    for (const { name, keys } of [smallBucket, largeBucket]) {
      await world.createBucket(name, {});
      const space = keySpace({ count: keys });
      const bytes = Buffer.alloc(16);
      const body = { sizeBytes: bytes.length, entityTag: hash('md5', bytes, 'hex'), held: { bytes } };
      const headers = { 'content-type': 'application/octet-stream' };
      for (let index = 0; index < keys; index += 1) world.put(name, space.keyAt(index), body, { headers });
    }
    await store.close();
    return largeBucket.keys;
  },

  put(input) {
    const body = Buffer.alloc(bodyBytes, 'sluice');
    return sendAll(loadSchema.parse(input), (index) => ({ method: 'PUT', path: objectPath(index), body }));
  },

  get: (input) =>
    sendAll(loadSchema.parse(input), (index) => ({ method: 'GET', path: objectPath(index % warmRequests) })),

  list(input) {
    const load = loadSchema.parse(input);
    const space = keySpace({ count: largeBucket.keys });
    return sendAll(load, (index) => ({
      method: 'GET',
      path: encodePath(load.bucket),
      query: { 'list-type': '2', 'start-after': space.keyAt(index * keysApart) },
    }));
  },
};
