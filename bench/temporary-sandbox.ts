import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandOptions, type TimedCommand, timedCommand } from './timed-command.ts';

/** Runs `sluice` with these words in the sandbox that is there for the time of a measurement. */
export type SandboxCommand = (words: readonly string[], options?: CommandOptions) => Promise<TimedCommand>;

/** Starts a sandbox of its own on free ports, below the checkout's, and stops and removes it when `measure` is done. */
export async function inTemporarySandbox<Result>(
  measure: (sluice: SandboxCommand) => Promise<Result>,
): Promise<Result> {
  const parent = join(import.meta.dirname, '..', '.sandbox');
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'bench-'));
  const sluice: SandboxCommand = (words, options = {}) =>
    timedCommand(words, {
      ...options,
      environment: { ...options.environment, SLUICE_SANDBOX_DIRECTORY: directory },
    });
  try {
    await sluice(['sandbox', 'start', '--port', '0']);
    return await measure(sluice);
  } finally {
    await sluice(['sandbox', 'stop']);
    await rm(directory, { recursive: true, force: true });
  }
}
