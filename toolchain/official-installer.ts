import { spawn } from 'node:child_process';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';

/** Longer than this without a byte means that the download site cannot be reached from here. */
const stallMsDefault = 10_000;
const pollMs = 250;

export interface OfficialInstallOptions {
  /** Where `bin/pulumi` shall stand; must not exist yet. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly stallMs?: number;
  /** The program that installs, given the directory; Pulumi's own installer unless said. */
  readonly command?: readonly string[];
}

export type InstallOutcome = { readonly installed: true } | { readonly installed: false; readonly because: string };

/**
 * Runs Pulumi's own installer (which downloads the release of the SDK's version), as long as it makes progress.
 * It never throws for a download that fails: the CLI can be had in other ways, so the reason is part of the answer.
 */
export async function runOfficialInstaller(options: OfficialInstallOptions): Promise<InstallOutcome> {
  const { directory, environment, stallMs = stallMsDefault } = options;
  const downloads = `${directory}.downloads`;
  await mkdir(downloads, { recursive: true });
  const [program, ...rest] = options.command ?? [
    process.execPath,
    path.join(import.meta.dirname, 'official-installer-main.ts'),
  ];
  if (program === undefined) throw new TypeError('an installer command has at least one word');
  // A process group of its own: the installer is a tree (node, sh, curl), and a stalled one is ended as a whole.
  const child = spawn(program, [...rest, directory], {
    env: { ...environment, TMPDIR: downloads },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const errorText = text(child.stderr).catch(() => '');
  try {
    const exitCode = await watch(ended, [directory, downloads], stallMs);
    if (exitCode === 'stalled') return { installed: false, because: `no progress for ${Math.round(stallMs / 1000)} s` };
    if (exitCode !== 0) return { installed: false, because: lastLine(await errorText) };
    return { installed: true };
  } finally {
    endGroup(child.pid);
    await ended;
    await rm(downloads, { recursive: true, force: true });
  }
}

/** Waits for the end, or until the directories stop growing. */
async function watch(ended: Promise<number>, directories: string[], stallMs: number): Promise<number | 'stalled'> {
  let bytes = -1;
  let progressedAt = Date.now();
  while (Date.now() - progressedAt < stallMs) {
    const outcome = await Promise.race([ended, sleep(Math.min(pollMs, stallMs), 'running' as const)]);
    if (outcome !== 'running') return outcome;
    const now = await totalBytes(directories);
    if (now !== bytes) progressedAt = Date.now();
    bytes = now;
  }
  return 'stalled';
}

async function totalBytes(directories: string[]): Promise<number> {
  let total = 0;
  for (const directory of directories) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const found = await lstat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
      if (found?.isFile() === true) total += found.size;
    }
  }
  return total;
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended by itself.
  }
}

/** Pulumi's installer ends its complaints with the one that says why. */
function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim() || 'it failed without a word';
}
