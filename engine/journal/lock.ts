import { randomBytes } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/user-error.ts';
import { isMissing } from '../directory-walk.ts';

const ownerSchema = z.object({ pid: z.int().positive(), startedAt: z.string().optional() });
type Owner = z.infer<typeof ownerSchema>;

/**
 * Takes the lock of a directory, so that two runs never work on one journal; returns how to give it back. The lock of a process
 * that is gone is taken over. Throws `UserError` naming the process that holds it.
 */
export async function takeLock(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  const own = join(directory, `lock-${randomBytes(8).toString('hex')}`);
  await writeFile(own, JSON.stringify({ pid: process.pid, startedAt: await startOf(process.pid) }), { flag: 'wx' });
  try {
    // The name appears with its whole content, or it is taken: a link is made in one step.
    while (!(await linked(own, path))) await removeStale(path, directory);
  } finally {
    await unlink(own);
  }
  return () => unlink(path);
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(path: string, directory: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner !== undefined && (await isAlive(owner))) throw held(owner, directory);
  // Another process may be doing the same: whoever renames it first removes it, and what was renamed is looked at again.
  const aside = join(directory, `lock-${randomBytes(8).toString('hex')}`);
  try {
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  const removed = await readOwner(aside);
  if (removed !== undefined && (await isAlive(removed))) {
    await linked(aside, path);
    await unlink(aside);
    throw held(removed, directory);
  }
  await unlink(aside);
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A process of that number which began at another time is another process. */
async function isAlive({ pid, startedAt }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startedAt === undefined || startedAt === ((await startOf(pid)) ?? startedAt);
}

/** When a process began, where the system has /proc (proc_pid_stat(5), field 22; the name before may hold anything). */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function held({ pid }: Owner, directory: string): UserError {
  return new UserError({
    where: directory,
    what: `another run of the same operation is at work (process ${pid})`,
    fix: 'wait for it, or stop it first',
  });
}
