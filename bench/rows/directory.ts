import assert from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { runOperation } from '../../engine/run.ts';
import { benchRow, type Benchmark } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { startFastServer, tellServerShare } from '../fast-server-process.ts';
import { keySpace } from '../key-space.ts';
import { runJob } from '../measured-process.ts';
import { benchPlace, serverInputSchema } from '../places.ts';
import { copyByRclone, findRclone } from '../rclone.ts';

const files = 10_000;
const bodyBytes = 4096;
const concurrency = 64;

/** A local directory to a bucket. */
export const benchmark: Benchmark = {
  name: 'directory',
  about: `${files} files of 4 KiB in directories of a thousand to a bucket, against rclone`,
  async run({ narrate }) {
    const server = await startFastServer({ keys: 0, bodyBytes });
    const directory = makeFiles();
    try {
      await server.usage();
      const ours = await runJob('directory', 'engine', { url: server.url, directory });
      await tellServerShare(server, ours, narrate);
      const rclone = await findRclone(narrate);
      const from = directory;
      const theirs =
        rclone === undefined ? undefined : await copyByRclone(rclone, server, { from, transfers: concurrency });
      return [
        benchRow({
          name: 'directory to a bucket: CPU',
          unit: 'us per file',
          ours: (ours.cpuSeconds / files) * 1e6,
          peer: theirs && (theirs.cpuSeconds / files) * 1e6,
          better: 'lower',
        }),
        benchRow({
          name: 'directory to a bucket: speed',
          unit: 'files/s',
          ours: files / ours.seconds,
          peer: theirs && files / theirs.seconds,
          better: 'higher',
        }),
      ];
    } finally {
      rmSync(directory, { recursive: true, force: true });
      await server.close();
    }
  },
};

/** As the server's objects are: it answers every write with their entity tag, which the engine compares with what it sent. */
function makeFiles(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const space = keySpace({ count: files, isDeep: true });
  const body = Buffer.alloc(bodyBytes, 'sluice ');
  for (let index = 0; index < files; index += 1) {
    const path = join(directory, space.keyAt(index));
    if (index % 1000 === 0) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body);
  }
  return directory;
}

const inputSchema = serverInputSchema.extend({ directory: z.string() });

export const jobs: Readonly<Record<string, Job>> = {
  async engine(input) {
    const { url, directory } = inputSchema.parse(input);
    const summary = await runOperation({
      operation: 'copy',
      source: { kind: 'directory', path: directory },
      destination: benchPlace(url, 'empty'),
      concurrency,
    });
    assert(summary.complete, JSON.stringify(summary.failures.slice(0, 3)));
    return summary.objectsCopied;
  },
};
