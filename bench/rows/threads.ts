import assert from 'node:assert';
import { availableParallelism, loadavg } from 'node:os';
import { z } from 'zod';
import { runOperation } from '../../engine/run.ts';
import { threadsFor } from '../../engine/threads/thread-plan.ts';
import { benchRow, type Benchmark } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { startFastServer, tellServerShare } from '../fast-server-process.ts';
import { runJob, type Usage } from '../measured-process.ts';
import { benchPlace } from '../places.ts';

const objects = 20_000;
const bodyBytes = 4096;
/** One would be what is measured: each side has its own. */
const servers = 2;
/** With so many more cores for the copy it has to be so many times as fast. */
const speedupMin = 1.5;

const inputSchema = z.object({ from: z.string(), to: z.string(), threads: z.number().int() });

/** 4 KiB objects on as many cores as there are, by the main thread alone and by threads. */
export const benchmark: Benchmark = {
  name: 'threads',
  about: `${objects} objects of 4 KiB in threads, against the main thread alone`,
  async run({ narrate }) {
    const machine = { availableCores: availableParallelism(), loadAverage: loadavg()[0] ?? 0 };
    const threads = threadsFor({ ...machine, availableCores: machine.availableCores - servers });
    const isMeasurable = threads > 0;
    narrate(
      `${machine.availableCores} cores, ${machine.loadAverage.toFixed(1)} in use: ` +
        (isMeasurable ? `${threads} threads` : 'too few are free to see what threads gain'),
    );
    const options = { keys: objects, bodyBytes, isPinned: false };
    const [from, to] = [await startFastServer(options), await startFastServer(options)];
    try {
      const copyIn = async (count: number): Promise<Usage> => {
        await from.usage();
        const usage = await runJob('threads', 'copy', { from: from.url, to: to.url, threads: count }, {}, 'any');
        await tellServerShare(from, usage, narrate);
        return usage;
      };
      const alone = await copyIn(0);
      const rows = [];
      for (const count of isMeasurable ? [threads] : [1, 2]) {
        const divided = await copyIn(count);
        rows.push(
          benchRow({
            name: `threads: speed of ${count} against none`,
            unit: 'objects/s',
            ours: objects / divided.seconds,
            peer: objects / alone.seconds,
            better: 'higher',
            ...(isMeasurable && { target: { of: 'ratio', atLeast: speedupMin } }),
          }),
          benchRow({
            name: `threads: CPU of ${count} against none`,
            unit: 'us per copy',
            ours: (divided.cpuSeconds / objects) * 1e6,
            peer: (alone.cpuSeconds / objects) * 1e6,
            better: 'lower',
          }),
        );
      }
      return rows;
    } finally {
      await from.close();
      await to.close();
    }
  },
};

export const jobs: Readonly<Record<string, Job>> = {
  async copy(input) {
    const { from, to, threads } = inputSchema.parse(input);
    const summary = await runOperation({
      operation: 'copy',
      source: benchPlace(from, 'full'),
      destination: benchPlace(to, 'empty'),
      threads,
    });
    assert(summary.complete, JSON.stringify(summary.failures.slice(0, 3)));
    return summary.objectsCopied;
  },
};
