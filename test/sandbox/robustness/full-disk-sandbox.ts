import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReportSchema } from '../../../sandbox/process.ts';
import { freePorts, type SandboxStatus } from '../../../sandbox/status.ts';

/** How long any one file may become, in bytes. */
export const fileBytesMax = 256 * 1024;
/** What `ulimit -f` counts in (POSIX). */
const blockBytes = 512;

const roomy = 'exec "$@"';
/** The signal that comes with the refused write would end the process; a full disk sends none. */
const full = `trap '' XFSZ; ulimit -f ${fileBytesMax / blockBytes}; ${roomy}`;

/**
 * A sandbox in a process of its own, whose files may not grow beyond `fileBytesMax`: the kernel then refuses a write in the middle,
 * as a full disk does (EFBIG in place of ENOSPC), on every machine and without being root.
 */
export interface FullDiskSandbox {
  readonly directory: string;
  readonly status: SandboxStatus;
  /** Ends it and starts it again where there is room. */
  restartWithRoom(): Promise<SandboxStatus>;
  /** Ends it and starts it again where there is none. */
  restartFull(): Promise<SandboxStatus>;
  stop(): Promise<void>;
}

export async function startFullDiskSandbox(): Promise<FullDiskSandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-full-disk-'));
  const first = await start(directory, full);
  let running = first.child;
  const restart = async (script: string): Promise<SandboxStatus> => {
    await end(running);
    const next = await start(directory, script);
    running = next.child;
    return next.status;
  };
  return {
    directory,
    status: first.status,
    restartWithRoom: () => restart(roomy),
    restartFull: () => restart(full),
    async stop() {
      await end(running);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function start(directory: string, script: string): Promise<{ child: ChildProcess; status: SandboxStatus }> {
  const main = join(import.meta.dirname, '../../../sandbox/main.ts');
  const ports = JSON.stringify(freePorts);
  const words = [process.execPath, '--disable-warning=ExperimentalWarning', main, '--directory', directory];
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...words, '--ports', ports], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [message] = (await once(child, 'message')) as [unknown];
  const report = startReportSchema.parse(message);
  if (report.outcome !== 'ready') throw new Error(`the sandbox does not start: ${report.what}`);
  return { child, status: report.status };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
