import assert from 'node:assert';
import { Pool } from 'undici';
import { z } from 'zod';
import { benchRow, type Benchmark, type BenchOptions, type BenchRow } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { startFastServer, tellServerShare } from '../fast-server-process.ts';
import { keySpace } from '../key-space.ts';
import { runJob } from '../measured-process.ts';
import { copyByEngine, serverInputSchema } from '../places.ts';
import { copyByRclone, findRclone } from '../rclone.ts';
import { bestRuns } from '../rounds.ts';

const mebibyte = 1024 * 1024;
const concurrency = 16;

interface Load {
  readonly name: string;
  readonly objects: number;
  readonly bodyBytes: number;
  readonly isSecure: boolean;
}

const loads: readonly Load[] = [
  { name: '8 MiB, plain HTTP', objects: 300, bodyBytes: 8 * mebibyte, isSecure: false },
  { name: '8 MiB, TLS', objects: 300, bodyBytes: 8 * mebibyte, isSecure: true },
  { name: '1 GiB, TLS', objects: 1, bodyBytes: 1024 * mebibyte, isSecure: true },
];

/** Large objects: bytes a CPU second, which is what a machine pays. */
export const benchmark: Benchmark = {
  name: 'large-objects',
  about: 'objects of 8 MiB and 1 GiB, over plain HTTP and over TLS, against bare undici streams and against rclone',
  async run(options) {
    const rows: BenchRow[] = [];
    for (const load of loads) rows.push(...(await measure(load, options)));
    return rows;
  },
};

async function measure({ name, objects, bodyBytes, isSecure }: Load, { narrate }: BenchOptions): Promise<BenchRow[]> {
  const server = await startFastServer({ keys: objects, bodyBytes, isSecure });
  try {
    const input = { url: server.url, objects, bodyBytes };
    const rclone = await findRclone(narrate);
    await server.usage();
    await tellServerShare(server, await runJob('large-objects', 'engine', input, server.environment), narrate);
    const { ours, bare, theirs } = await bestRuns({
      ours: () => runJob('large-objects', 'engine', input, server.environment),
      bare: () => runJob('large-objects', 'bare', input, server.environment),
      theirs: async () => (rclone === undefined ? undefined : copyByRclone(rclone, server, { transfers: concurrency })),
    });
    assert(ours !== undefined, 'a job is always measured');
    const perCpuSecond = (usage: { cpuSeconds: number }) => (objects * bodyBytes) / 1e6 / usage.cpuSeconds;
    const common = { unit: 'MB per CPU second', ours: perCpuSecond(ours), better: 'higher' } as const;
    return [
      benchRow({ ...common, name: `large-objects: ${name}, against bare undici`, peer: bare && perCpuSecond(bare) }),
      benchRow({
        ...common,
        name: `large-objects: ${name}, against rclone`,
        peer: theirs && perCpuSecond(theirs),
        // The target is for TLS, which is how objects travel.
        ...(isSecure ? { target: { of: 'ratio', atLeast: 1 } } : {}),
      }),
    ];
  } finally {
    await server.close();
  }
}

const inputSchema = serverInputSchema.extend({ objects: z.number(), bodyBytes: z.number() });

export const jobs: Readonly<Record<string, Job>> = {
  engine: (input) => copyByEngine(inputSchema.parse(input).url, { concurrency }),

  async bare(input) {
    const { url, objects, bodyBytes } = inputSchema.parse(input);
    const pool = new Pool(url, { connections: 2 * concurrency });
    const space = keySpace({ count: objects });
    let next = 0;
    async function worker(): Promise<void> {
      while (next < objects) {
        const key = space.keyAt(next++);
        const { body } = await pool.request({ method: 'GET', path: `/full/data/${key}` });
        const headers = { 'content-length': `${bodyBytes}` };
        const put = await pool.request({ method: 'PUT', path: `/empty/data/${key}`, headers, body });
        await put.body.dump();
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker));
    await pool.close();
    return objects;
  },
};
