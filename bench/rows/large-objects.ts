import { Pool } from 'undici';
import { benchRow, type Benchmark } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { keySpace } from '../key-space.ts';
import { runJob, startFastServer } from '../measured-process.ts';
import { copyByEngine, serverInputSchema } from '../places.ts';
import { copyByRclone, findRclone } from '../rclone.ts';

const objects = 200;
const bodyBytes = 8 * 1024 * 1024;
const concurrency = 16;

/** 8 MiB objects over plain HTTP: bytes a CPU second, which is what a machine pays. */
export const benchmark: Benchmark = {
  name: 'large-objects',
  about: `${objects} objects of 8 MiB over plain HTTP, against bare undici streams and against rclone`,
  async run({ narrate }) {
    const server = await startFastServer({ keys: objects, bodyBytes });
    try {
      const input = { url: server.url };
      const ours = await runJob('large-objects', 'engine', input);
      const bare = await runJob('large-objects', 'bare', input);
      const rclone = findRclone(narrate);
      const theirs = rclone === undefined ? undefined : await copyByRclone(rclone, server.url);
      const perCpuSecond = (usage: { cpuSeconds: number }) => (objects * bodyBytes) / 1e6 / usage.cpuSeconds;
      return [
        benchRow({
          name: 'large-objects: against bare undici',
          unit: 'MB per CPU second',
          ours: perCpuSecond(ours),
          peer: perCpuSecond(bare),
          better: 'higher',
        }),
        benchRow({
          name: 'large-objects: against rclone',
          unit: 'MB per CPU second',
          ours: perCpuSecond(ours),
          peer: theirs && perCpuSecond(theirs),
          better: 'higher',
          target: { of: 'ratio', atLeast: 1 },
        }),
      ];
    } finally {
      await server.close();
    }
  },
};

export const jobs: Readonly<Record<string, Job>> = {
  engine: (input) => copyByEngine(serverInputSchema.parse(input).url, { concurrency }),

  async bare(input) {
    const pool = new Pool(serverInputSchema.parse(input).url, { connections: 2 * concurrency });
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
