import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exitCodes, UserError } from '../base/user-error.ts';
import { isAlive } from './file-lock.ts';
import { runProcess } from './run-process.ts';

/** What Pulumi's file backend writes into a lock (pkg/backend/diy/lock.go). */
const lockSchema = z.object({ pid: z.int(), hostname: z.string(), username: z.string(), timestamp: z.string() });

/** The directory of a `file://` backend; undefined for a backend elsewhere. */
export function fileBackendDirectory(environment: NodeJS.ProcessEnv): string | undefined {
  const url = environment['PULUMI_BACKEND_URL'];
  return url?.startsWith('file:///') === true ? path.join(fileURLToPath(url), '.pulumi') : undefined;
}

/**
 * Removes the locks on `stack` whose Pulumi has died (killed, or the machine restarted) and returns how many there were.
 * Throws a UserError when another Pulumi is at work on the stack. Only locks in a file backend are looked at.
 */
export async function removeDeadLocks(environment: NodeJS.ProcessEnv, stack: string): Promise<number> {
  const backend = fileBackendDirectory(environment);
  if (backend === undefined) return 0;
  const locks = path.join(backend, 'locks');
  const files = (await readdir(locks, { recursive: true }).catch(() => []))
    .filter((file) => file.endsWith('.json') && path.basename(path.dirname(file)) === stack)
    .map((file) => path.join(locks, file));
  for (const file of files) {
    const lock = await readLock(file);
    if (lock !== undefined && (await isHeld(lock))) {
      throw new UserError({
        where: `stack ${stack}`,
        what: `another Pulumi (process ${lock.pid} on ${lock.hostname}, since ${lock.timestamp}) is at work on it`,
        fix: 'wait for it to end, or end it',
        exitCode: exitCodes.failed,
      });
    }
    await rm(file, { force: true });
  }
  return files.length;
}

async function readLock(file: string): Promise<z.infer<typeof lockSchema> | undefined> {
  try {
    return lockSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A process of another machine counts as alive; one of ours, where its id has not gone to another program since. */
async function isHeld({ pid, hostname: host }: z.infer<typeof lockSchema>): Promise<boolean> {
  if (host !== hostname()) return true;
  if (!isAlive(pid)) return false;
  return (await programName(pid)).startsWith('pulumi');
}

/** The name of the program that runs as `pid`; empty where none does, or one that ended and that nobody has asked for yet. */
async function programName(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    // `comm` outlives the program until its parent asks for its end, which after a kill may be never; this does not.
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return path.basename(words.split('\0')[0] ?? '');
  }
  const request = { command: 'ps', arguments: ['-o', 'comm=', '-p', String(pid)], environment: process.env };
  return path.basename((await runProcess(request)).stdout.trim());
}
