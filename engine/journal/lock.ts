import { createHash, randomBytes } from 'node:crypto';
import { link, open, readFile, readlink, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/user-error.ts';
import { isMissing } from '../directory-walk.ts';

const ownerSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.string().optional(),
  /** Where the number of the process means something: see `ownSpace`. */
  space: z.string().optional(),
});
type Owner = z.infer<typeof ownerSchema>;

/** Who holds a lock says so often that it still does, for those who cannot look at its process. */
const heartbeatMs = 10_000;
/** A lock of another machine or container that was not heard of for so long is nobody's. */
const silenceMsMax = 60_000;

/**
 * Takes the lock of a directory, so that two runs never work on one journal, also where several machines or containers share the
 * directory; returns how to give it back. The lock of a process that is gone is taken over. Throws `UserError` naming the process
 * that holds it.
 */
export async function takeLock(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  const text = await takePath(path, directory);
  const file = await open(path, 'r+');
  // The same bytes again: only the time of the file changes, by the clock of whoever keeps it. A beat that fails is one of silence.
  const timer = setInterval(() => void file.write(text, 0).catch(() => undefined), heartbeatMs).unref();
  return async () => {
    clearInterval(timer);
    await file.close();
    if ((await textOf(path)) === text) await unlink(path);
  };
}

/** Returns what the lock says now. */
async function takePath(path: string, directory: string): Promise<string> {
  const id = randomBytes(8).toString('hex');
  const own = `${path}-${id}`;
  const { pid } = process;
  const { startedAt } = (await statusOf(pid)) ?? {};
  const text = JSON.stringify({ pid, startedAt, space: await ownSpace(), id });
  await writeFile(own, text, { flag: 'wx' });
  try {
    // The name appears with its whole content, or it is taken: a link is made in one step.
    let taken = false;
    while (!taken) taken = (await linked(own, path)) || (await replacedStale(own, path, directory));
    return text;
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
  if (owner !== undefined && (await isHeld(owner, path, own))) throw held(owner, directory);
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

/** `own` was written just now. */
async function isHeld(owner: Owner, path: string, own: string): Promise<boolean> {
  if (owner.space === undefined || owner.space === (await ownSpace())) return isAlive(owner);
  const [heardAt, now] = [await changedAt(path), await changedAt(own)];
  return heardAt !== undefined && now !== undefined && now - heardAt < silenceMsMax;
}

async function changedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A process that began at another time is another one of the same number. */
async function isAlive({ pid, startedAt }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const status = await statusOf(pid);
  if (status === undefined) return true;
  return !status.hasEnded && (startedAt === undefined || startedAt === status.startedAt);
}

interface ProcessStatus {
  readonly startedAt: string | undefined;
  /** It was killed, and nobody has asked yet what became of it: a container may have no process that does. */
  readonly hasEnded: boolean;
}

/** Where the system has /proc (proc_pid_stat(5), fields 3 and 22; the name before may hold anything). */
async function statusOf(pid: number): Promise<ProcessStatus | undefined> {
  const text = await systemText(readFile(`/proc/${pid}/stat`, 'utf8'));
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { startedAt: fields[19], hasEnded: fields[0] === 'Z' || fields[0] === 'X' };
}

/** This run of this machine's kernel, and this container: within it a number is one process (random(4), pid_namespaces(7)). */
async function ownSpace(): Promise<string> {
  const machine = (await systemText(readFile('/proc/sys/kernel/random/boot_id', 'utf8'))) ?? hostname();
  const container = (await systemText(readlink('/proc/self/ns/pid'))) ?? '';
  return `${machine.trim()} ${container}`.trim();
}

/** What a system tells of itself; undefined where it does not. */
async function systemText(reading: Promise<string>): Promise<string | undefined> {
  try {
    return await reading;
  } catch {
    return undefined;
  }
}

function held({ pid }: Owner, directory: string): UserError {
  return new UserError({
    where: directory,
    what: `another run of the same operation is at work (process ${pid})`,
    fix: 'wait for it, or stop it first; the lock of one that died on another machine is free after a minute',
  });
}
