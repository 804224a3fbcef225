import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
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
  await takePath(path, directory);
  return () => unlink(path);
}

async function takePath(path: string, directory: string): Promise<void> {
  const id = randomBytes(8).toString('hex');
  const own = `${path}-${id}`;
  await writeFile(own, JSON.stringify({ pid: process.pid, startedAt: await startOf(process.pid), id }), { flag: 'wx' });
  try {
    // The name appears with its whole content, or it is taken: a link is made in one step.
    let taken = false;
    while (!taken) taken = (await linked(own, path)) || (await replacedStale(own, path, directory));
  } finally {
    await rm(own, { force: true });
  }
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

/** Whether `own` now stands in the place of a lock whose process is gone; false where that changed meanwhile. */
async function replacedStale(own: string, path: string, directory: string): Promise<boolean> {
  const stale = await textOf(path);
  if (stale === undefined) return false;
  const owner = ownerOf(stale);
  if (owner !== undefined && (await isAlive(owner))) throw held(owner, directory);
  // Many may have found the same. Only who holds the lock of this very stale lock replaces it; whoever comes later finds another.
  const claim = `${path}-${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  await takePath(claim, directory);
  try {
    if ((await textOf(path)) !== stale) return false;
    await rename(own, path);
    return true;
  } finally {
    await unlink(claim);
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Undefined where nobody's name can be read. */
function ownerOf(text: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
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
