import assert from 'node:assert';
import { Pool } from 'undici';
import { benchRow, type Benchmark, type BenchRow, type Target } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { startFastServer, tellServerShare } from '../fast-server-process.ts';
import { keySpace } from '../key-space.ts';
import { runJob, type Usage } from '../measured-process.ts';
import { copyByEngine, serverInputSchema } from '../places.ts';
import { copyByRclone, findRclone } from '../rclone.ts';
import { bestRuns } from '../rounds.ts';

const objects = 20_000;
const bodyBytes = 4096;
const concurrency = 64;

/** 4 KiB objects on one core: the engine, undici without signing or checking anything, and rclone. */
export const benchmark: Benchmark = {
  name: 'small-objects',
  about: `${objects} objects of 4 KiB, against bare undici GET and PUT and against rclone`,
  async run({ narrate }) {
    const server = await startFastServer({ keys: objects, bodyBytes });
    try {
      const input = { url: server.url };
      const rclone = await findRclone(narrate);
      await server.usage();
      await tellServerShare(server, await runJob('small-objects', 'engine', input), narrate);
      const { ours, bare, theirs } = await bestRuns({
        ours: () => runJob('small-objects', 'engine', input),
        bare: () => runJob('small-objects', 'bare', input),
        theirs: async () => (rclone === undefined ? undefined : copyByRclone(rclone, server)),
      });
      assert(ours !== undefined, 'a job is always measured');
      return [
        ...rowsAgainst('bare undici', { ours, theirs: bare, atLeast: 0.7 }),
        ...rowsAgainst('rclone', { ours, theirs, atLeast: 6 }),
      ];
    } finally {
      await server.close();
    }
  },
};

/** What a copy costs and how fast copies are, beside the same of another program; each has to be so many times better. */
function rowsAgainst(
  peer: string,
  { ours, theirs, atLeast }: { ours: Usage; theirs: Usage | undefined; atLeast: number },
): BenchRow[] {
  const microseconds = (usage: Usage): number => (usage.cpuSeconds / objects) * 1e6;
  const perSecond = (usage: Usage): number => objects / usage.seconds;
  const target: Target = { of: 'ratio', atLeast };
  return [
    benchRow({
      name: `small-objects: CPU against ${peer}`,
      unit: 'us per copy',
      ours: microseconds(ours),
      peer: theirs && microseconds(theirs),
      better: 'lower',
      target,
    }),
    benchRow({
      name: `small-objects: speed against ${peer}`,
      unit: 'objects/s',
      ours: perSecond(ours),
      peer: theirs && perSecond(theirs),
      better: 'higher',
      target,
    }),
  ];
}

export const jobs: Readonly<Record<string, Job>> = {
  engine: (input) => copyByEngine(serverInputSchema.parse(input).url, { concurrency }),

  async bare(input) {
    const pool = new Pool(serverInputSchema.parse(input).url, { connections: concurrency });
    const space = keySpace({ count: objects });
    let next = 0;
    async function worker(): Promise<void> {
      while (next < objects) {
        const key = space.keyAt(next++);
        const got = await pool.request({ method: 'GET', path: `/full/data/${key}` });
        const body = Buffer.from(await got.body.arrayBuffer());
        const put = await pool.request({ method: 'PUT', path: `/empty/data/${key}`, body });
        await put.body.dump();
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker));
    await pool.close();
    return objects;
  },
};
