import assert from 'node:assert';
import { runOperation } from '../../engine/run.ts';
import { benchRow, type Benchmark } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { startFastServer, tellServerShare } from '../fast-server-process.ts';
import { runJob } from '../measured-process.ts';
import { benchPlace, copyByEngine, serverInputSchema } from '../places.ts';
import { copyByRclone, findRclone } from '../rclone.ts';

/** Flat: ten times the keys take no more than this times the memory. */
const growthMax = 1.25;

/** A dry run of a copy of many keys: into an empty bucket, and into one that has them all. */
export const benchmark: Benchmark = {
  name: 'list-and-plan',
  about: 'a dry run over many keys (--keys), against rclone --fast-list --dry-run, with the peak memory of both',
  async run({ keys, narrate }) {
    const server = await startFastServer({ keys, bodyBytes: 4096 });
    const tenth = await startFastServer({ keys: Math.ceil(keys / 10), bodyBytes: 4096 });
    try {
      await server.usage();
      const ours = await runJob('list-and-plan', 'one side', { url: server.url });
      await tellServerShare(server, ours, narrate);
      const both = await runJob('list-and-plan', 'both sides', { url: server.url });
      const bothOfTenth = await runJob('list-and-plan', 'both sides', { url: tenth.url });
      const rclone = await findRclone(narrate);
      const flags = ['--dry-run', '--size-only', '--quiet'];
      const theirs = rclone === undefined ? undefined : await copyByRclone(rclone, server, { flags });
      const to = 'to:full-too/data';
      const theirBoth = rclone === undefined ? undefined : await copyByRclone(rclone, server, { flags, to });
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
        benchRow({
          name: `list-and-plan of ${keys} keys on both sides: CPU`,
          unit: 'us per key',
          ours: (both.cpuSeconds / keys) * 1e6,
          peer: theirBoth && (theirBoth.cpuSeconds / keys) * 1e6,
          better: 'lower',
        }),
        benchRow({
          name: `list-and-plan of ${keys} keys on both sides: peak memory`,
          unit: 'MiB',
          ours: both.peakMebibytes,
          peer: theirBoth?.peakMebibytes,
          better: 'lower',
          target: { of: 'ours', atMost: 250 },
        }),
        benchRow({
          name: `list-and-plan of ${keys} keys on both sides: memory against a tenth of the keys`,
          unit: 'times',
          ours: both.peakMebibytes / bothOfTenth.peakMebibytes,
          better: 'lower',
          target: { of: 'ours', atMost: growthMax },
        }),
      ];
    } finally {
      await Promise.all([server.close(), tenth.close()]);
    }
  },
};

export const jobs: Readonly<Record<string, Job>> = {
  'one side': (input) => copyByEngine(serverInputSchema.parse(input).url, { dryRun: true }),

  async 'both sides'(input) {
    const { url } = serverInputSchema.parse(input);
    const [source, destination] = [benchPlace(url, 'full'), benchPlace(url, 'full-too')];
    const summary = await runOperation({ operation: 'copy', source, destination, dryRun: true });
    assert(summary.complete && summary.objectsCopied === 0, JSON.stringify(summary.failures.slice(0, 3)));
    return summary.objectsSkipped;
  },
};
