import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { isSandboxState, prepareDirectory, readIfPresent, sandboxDirectory } from './process-directory.ts';
import type { SandboxDirectory } from './process-directory.ts';
import { identifyProcess, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { lockHeld, lockHolder } from './process-lock.ts';
import { readSandboxStatus, removeRecord, runningProcess } from './process-record.ts';
import { sandboxStatusSchema } from './status.ts';
import type { SandboxPorts, SandboxStatus } from './status.ts';

/** The sandbox as a process of its own that outlives the command that starts it. */
export { readSandboxStatus } from './process-record.ts';
export { sandboxEnvironment } from './process-environment.ts';

const checkout = join(import.meta.dirname, '..');

export interface StartOptions {
  readonly directory: string;
  /** The default ports unless said; 0 picks a free one. */
  readonly ports?: Partial<SandboxPorts> | undefined;
  /** The Node that runs it; this process's own unless said. */
  readonly nodePath?: string | undefined;
}

/**
 * Starts the sandbox of `directory` and resolves once it answers; the one that runs already, if there is one.
 * Throws `UserError` for a running one of another version, a port taken, or a directory that is not a sandbox's.
 */
export async function startSandboxProcess(options: StartOptions): Promise<SandboxStatus> {
  const paths = sandboxDirectory(options.directory);
  const running = await readSandboxStatus(paths.directory);
  if (running !== undefined) return running;
  await prepareDirectory(paths);
  const log = await open(paths.log, 'a', 0o600);
  try {
    const logStart = (await log.stat()).size;
    const child = spawn(
      options.nodePath ?? process.execPath,
      [
        // Its log is for mistakes of its own.
        '--disable-warning=ExperimentalWarning',
        ...['--import', pathToFileURL(join(checkout, 'toolchain', 'stripped-types.js')).href],
        join(import.meta.dirname, 'main.ts'),
        ...['--directory', paths.directory],
        ...['--ports', JSON.stringify(options.ports ?? {})],
      ],
      { detached: true, cwd: paths.directory, env: childEnvironment(), stdio: ['ignore', log.fd, log.fd, 'ipc'] },
    );
    return await readiness(child, paths, logStart);
  } finally {
    await log.close();
  }
}

/** What the process tells the command that started it, once. */
export const startReportSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('ready'), status: sandboxStatusSchema }),
  z.strictObject({
    outcome: z.literal('refused'),
    what: z.string(),
    where: z.string().optional(),
    fix: z.string().optional(),
  }),
]);
export type StartReport = z.infer<typeof startReportSchema>;

async function readiness(child: ChildProcess, paths: SandboxDirectory, logStart: number): Promise<SandboxStatus> {
  const ended = new AbortController();
  try {
    const { signal } = ended;
    const report: StartReport = await Promise.race([
      once(child, 'message', { signal }).then(([message]) => startReportSchema.parse(message)),
      once(child, 'exit', { signal }).then(async () => {
        const output = (await readFile(paths.log)).subarray(logStart).toString().trim();
        return { outcome: 'refused' as const, what: `the sandbox ended as it started: ${output}`, where: paths.log };
      }),
    ]);
    if (report.outcome === 'ready') return report.status;
    const { what, where, fix } = report;
    throw new UserError({ what, ...(where && { where }), ...(fix && { fix }) });
  } finally {
    ended.abort();
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** Only what a program needs to run: the sandbox has no use for the caller's credentials. */
function childEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG'];
  const kept = Object.entries(process.env).filter(([name]) => names.includes(name));
  // Loading the sources is most of a start; compiled ones load in half the time.
  const compileCache = join(checkout, 'node_modules', '.cache', 'node-compile-cache');
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: compileCache };
}

const stopTimeoutMs = 10_000;
const pollDelayMs = 20;

/**
 * Stops the sandbox of `directory` and resolves once its process is gone; false where none runs.
 * Only a process whose control endpoint answers with the recorded pid is ever signalled.
 */
export async function stopSandboxProcess(directory: string): Promise<boolean> {
  const paths = sandboxDirectory(directory);
  const running = await runningProcess(paths.directory);
  if (running !== undefined) await endProcess(identifyProcess(running.pid));
  if ((await lockHolder(paths.lock)) === undefined) await removeRecord(paths);
  return running !== undefined;
}

async function endProcess(identity: ProcessIdentity): Promise<void> {
  // One that does not end by itself is killed, which costs nothing that was acknowledged.
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isRunning(identity)) return;
    sendSignal(identity.pid, signal);
    const deadline = Date.now() + stopTimeoutMs;
    while (isRunning(identity) && Date.now() < deadline) await delay(pollDelayMs);
  }
}

/** It may end between the question whether it runs and the signal. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Stops the sandbox of `directory` and removes all that it, and Pulumi against it, wrote there; nothing else.
 * Throws `UserError` where a sandbox is just starting, or the directory is not a sandbox's.
 */
export async function resetSandbox(directory: string): Promise<void> {
  await stopSandboxProcess(directory);
  const paths = sandboxDirectory(directory);
  const holder = await lockHolder(paths.lock);
  if (holder !== undefined) throw lockHeld(paths.lock, holder);
  if (!(await isSandboxState(paths))) {
    if ((await readIfPresent(paths.record)) === undefined) return;
    throw new UserError({ where: paths.directory, what: 'no sandbox wrote this directory', fix: 'delete it by hand' });
  }
  const leftovers = ['project', 'pulumi'].map((name) => join(paths.directory, name));
  // `state` last: its mark is what allows a second try after an interrupted one.
  for (const path of [paths.record, paths.log, ...leftovers, paths.state]) {
    await rm(path, { recursive: true, force: true });
  }
}
