import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { benchRow, type Benchmark } from '../benchmark.ts';

const checkout = join(import.meta.dirname, '..', '..');

/** Runs of each command that is timed; the fastest counts, since what else the machine does only ever adds. */
const runsOfNothing = 3;

const smokeReportsSchema = z.array(z.object({ kind: z.string(), durationMs: z.number() }));

/** The commands that people wait for, timed from the shell: a deploy in the sandbox, one that changes nothing, the smoke test. */
export const benchmark: Benchmark = {
  name: 'chain',
  about: 'up, an up that changes nothing, and the smoke test, in a sandbox of their own',
  async run() {
    const parent = join(checkout, '.sandbox');
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(parent, 'bench-'));
    const sluice = (...words: string[]) => timed(words, { ...process.env, SLUICE_SANDBOX_DIRECTORY: directory });
    try {
      await sluice('sandbox', 'start', '--port', '0');
      // The first deploy also makes the stack and fills the caches: it is not what a target speaks of.
      await sluice('up', '--no-post-deploy');
      const nothing: number[] = [];
      for (let run = 0; run < runsOfNothing; run += 1) nothing.push((await sluice('up', '--no-post-deploy')).seconds);
      const smoke = smokeReportsSchema.parse(JSON.parse((await sluice('smoke', 'media', '--json')).stdout));
      await sluice('destroy');
      const everything = await sluice('up', '--no-post-deploy');
      return [
        row('up, everything to create', everything.seconds, 6),
        row('up, nothing to change', Math.min(...nothing), 3),
        row('smoke of one migration', Math.max(...smoke.map(({ durationMs }) => durationMs)) / 1000, 2),
      ];
    } finally {
      await sluice('sandbox', 'stop');
      await rm(directory, { recursive: true, force: true });
    }
  },
};

function row(name: string, seconds: number, atMost: number) {
  return benchRow({ name, unit: 's', ours: seconds, better: 'lower', target: { of: 'ours', atMost } });
}

/** Runs one command as a shell would. Throws with its words where it fails. */
function timed(words: string[], environment: NodeJS.ProcessEnv): Promise<{ seconds: number; stdout: string }> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/run.js', 'sluice', ...words], {
      cwd: checkout,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const told = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (told.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (told.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      if (exitCode === 0) resolve({ seconds: (performance.now() - startedAt) / 1000, stdout: told.stdout });
      else reject(new Error(`sluice ${words.join(' ')} ended with ${exitCode}\n${told.stderr}`));
    });
  });
}
