import { benchRow, type Benchmark } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { runJob, startFastServer } from '../measured-process.ts';
import { copyByEngine, serverInputSchema } from '../places.ts';
import { copyByRclone, findRclone } from '../rclone.ts';

/** A dry run of a copy of many keys into an empty bucket. */
export const benchmark: Benchmark = {
  name: 'list-and-plan',
  about: 'a dry run over many keys (--keys), against rclone --fast-list --dry-run, with the peak memory of both',
  async run({ keys, narrate }) {
    const server = await startFastServer({ keys, bodyBytes: 4096 });
    try {
      const ours = await runJob('list-and-plan', 'engine', { url: server.url });
      const { cpuSeconds } = await server.usage();
      narrate(`the server was busy for ${Math.round((cpuSeconds / ours.seconds) * 100)} % of the engine's run`);
      const rclone = findRclone(narrate);
      const theirs =
        rclone === undefined
          ? undefined
          : await copyByRclone(rclone, server.url, ['--dry-run', '--size-only', '--quiet']);
      return [
        benchRow({
          name: `list-and-plan of ${keys} keys: speed`,
          unit: 'keys/s',
          ours: keys / ours.seconds,
          peer: theirs && keys / theirs.seconds,
          better: 'higher',
          target: { of: 'ratio', atLeast: 3 },
        }),
        benchRow({
          name: `list-and-plan of ${keys} keys: CPU`,
          unit: 'us per key',
          ours: (ours.cpuSeconds / keys) * 1e6,
          peer: theirs && (theirs.cpuSeconds / keys) * 1e6,
          better: 'lower',
        }),
        benchRow({
          name: `list-and-plan of ${keys} keys: peak memory`,
          unit: 'MiB',
          ours: ours.peakMebibytes,
          peer: theirs?.peakMebibytes,
          better: 'lower',
          target: { of: 'ours', atMost: 250 },
        }),
      ];
    } finally {
      await server.close();
    }
  },
};

export const jobs: Readonly<Record<string, Job>> = {
  engine: (input) => copyByEngine(serverInputSchema.parse(input).url, { dryRun: true }),
};
