import { benchRow, type Benchmark, type BenchOptions } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { startFastServer, tellServerShare } from '../fast-server-process.ts';
import { runJob } from '../measured-process.ts';
import { copyByEngine, serverInputSchema } from '../places.ts';

const gibibyte = 1024 ** 3;
const name = 'huge-object';

/** One object of 6 GiB through one upload in parts: the server makes its bytes as they are asked for, and keeps none. */
export const benchmark: Benchmark = {
  name,
  about: 'one object of 6 GiB in parts: its memory is that of an object of 1 GiB',
  async run(options) {
    const small = await copyOne(gibibyte, options);
    const huge = await copyOne(6 * gibibyte, options);
    return [
      benchRow({
        name: 'huge-object: peak memory at 6 GiB, against 1 GiB',
        unit: 'MiB',
        ours: huge.peakMebibytes,
        peer: small.peakMebibytes,
        better: 'lower',
        target: { of: 'ratio', atLeast: 0.8 },
      }),
      benchRow({
        name: 'huge-object: 6 GiB, against 1 GiB',
        unit: 'MB per CPU second',
        ours: (6 * gibibyte) / 1e6 / huge.cpuSeconds,
        peer: gibibyte / 1e6 / small.cpuSeconds,
        better: 'higher',
      }),
    ];
  },
};

async function copyOne(bodyBytes: number, { narrate }: BenchOptions) {
  const server = await startFastServer({ keys: 1, bodyBytes });
  try {
    await server.usage();
    const usage = await runJob(name, 'engine', { url: server.url }, server.environment);
    await tellServerShare(server, usage, narrate);
    return usage;
  } finally {
    await server.close();
  }
}

export const jobs: Readonly<Record<string, Job>> = {
  engine: (input) => copyByEngine(serverInputSchema.parse(input).url, {}),
};
