import { benchRow, type Benchmark, type BenchOptions, type BenchRow } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { startFastServer, tellServerShare } from '../fast-server-process.ts';
import { runJob } from '../measured-process.ts';
import { copyByEngine, serverInputSchema } from '../places.ts';
import { copyByRclone, findRclone } from '../rclone.ts';
import { z } from 'zod';

const latencyMs = 30;
const bodyBytes = 4096;
const objects = 20_000;
const listedKeys = 200_000;

/** What another region adds: every answer takes 30 ms longer. */
export const benchmark: Benchmark = {
  name: 'far-away',
  about: `${objects} objects of 4 KiB with 256 and 1,024 in flight, and a listing of ${listedKeys} keys, ${latencyMs} ms away`,
  async run(options) {
    return [...(await copying(256, options)), ...(await copying(1024, options)), ...(await listing(options))];
  },
};

async function copying(concurrency: number, { narrate }: BenchOptions): Promise<BenchRow[]> {
  const server = await startFastServer({ keys: objects, bodyBytes, latencyMs });
  try {
    await server.usage();
    const ours = await runJob('far-away', 'copying', { url: server.url, concurrency });
    await tellServerShare(server, ours, narrate);
    const rclone = await findRclone(narrate);
    const theirs = rclone === undefined ? undefined : await copyByRclone(rclone, server, { transfers: concurrency });
    const name = `far-away: ${concurrency} in flight`;
    return [
      benchRow({
        name: `${name}, speed`,
        unit: 'objects/s',
        ours: objects / ours.seconds,
        peer: theirs && objects / theirs.seconds,
        better: 'higher',
      }),
      benchRow({
        name: `${name}, CPU`,
        unit: 'us per copy',
        ours: (ours.cpuSeconds / objects) * 1e6,
        peer: theirs && (theirs.cpuSeconds / objects) * 1e6,
        better: 'lower',
      }),
    ];
  } finally {
    await server.close();
  }
}

/** One side is empty, so that it is listing that is measured. */
async function listing({ narrate }: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const isDeep of [false, true]) {
    const server = await startFastServer({ keys: listedKeys, bodyBytes, latencyMs, isDeep });
    try {
      await server.usage();
      const ours = await runJob('far-away', 'listing', { url: server.url });
      const { requests } = await server.usage();
      narrate(`${requests} requests for ${listedKeys / 1000} pages`);
      const rclone = await findRclone(narrate);
      const flags = ['--dry-run', '--size-only', '--quiet'];
      const theirs = rclone === undefined ? undefined : await copyByRclone(rclone, server, { flags });
      rows.push(
        benchRow({
          name: `far-away: listing a ${isDeep ? 'deep' : 'flat'} bucket`,
          unit: 'keys/s',
          ours: listedKeys / ours.seconds,
          peer: theirs && listedKeys / theirs.seconds,
          better: 'higher',
        }),
      );
    } finally {
      await server.close();
    }
  }
  return rows;
}

const copyingSchema = serverInputSchema.extend({ concurrency: z.number() });

export const jobs: Readonly<Record<string, Job>> = {
  copying(input) {
    const { url, concurrency } = copyingSchema.parse(input);
    return copyByEngine(url, { concurrency });
  },
  listing: (input) => copyByEngine(serverInputSchema.parse(input).url, { dryRun: true }),
};
