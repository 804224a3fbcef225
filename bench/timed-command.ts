import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const checkout = join(import.meta.dirname, '..');

export interface TimedCommand {
  readonly seconds: number;
  readonly stdout: string;
}

export interface CommandOptions {
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The exit code that the command must end with. */
  readonly exitCode?: number;
}

/** Runs `sluice` with these words as a shell would, from start to exit. Throws with its words where it fails. */
export function timedCommand(
  words: readonly string[],
  { environment = {}, exitCode: expected = 0 }: CommandOptions = {},
): Promise<TimedCommand> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/run.js', 'sluice', ...words], {
      cwd: checkout,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const told = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (told.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (told.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      if (exitCode === expected) resolve({ seconds: (performance.now() - startedAt) / 1000, stdout: told.stdout });
      else reject(new Error(`sluice ${words.join(' ')} ended with ${exitCode}\n${told.stderr}`));
    });
  });
}

/** The fastest of several runs: what else the machine does only ever adds. */
export async function fastestOf(runs: number, run: () => Promise<TimedCommand>): Promise<TimedCommand> {
  let fastest = await run();
  for (let index = 1; index < runs; index += 1) {
    const next = await run();
    if (next.seconds < fastest.seconds) fastest = next;
  }
  return fastest;
}
