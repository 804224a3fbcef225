import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { hasCode } from './system-error.ts';

const pollMs = 250;
/** The holder touches its lock this often .. */
const heartbeatMs = 5_000;
/** .. so one that was not touched for this long has no holder, even if its process id lives again as another program. */
const staleAfterMs = 60_000;

const ownerSchema = z.object({ pid: z.int().positive(), host: z.string(), nonce: z.string() });
type Owner = z.infer<typeof ownerSchema>;

export interface LockOptions {
  /** Told once, when another process holds the lock, with its process id. */
  readonly onWait: (pid: number | undefined) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` while this process alone holds the lock file `file`; others, also other processes, wait for it.
 * A lock whose process has died is taken over. The file is removed at the end, however `work` ends.
 */
export async function withFileLock<Result>(
  file: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const owner: Owner = { pid: process.pid, host: hostname(), nonce: randomUUID() };
  await mkdir(path.dirname(file), { recursive: true });
  let waiting = false;
  while (!(await acquire(file, owner))) {
    options.signal?.throwIfAborted();
    const holder = await readOwner(file);
    if (await isAbandoned(file, holder)) {
      await takeAway(file, holder);
      continue;
    }
    if (!waiting) options.onWait(holder?.pid);
    waiting = true;
    await sleep(pollMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
  const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readOwner(file))?.nonce === owner.nonce) await rm(file, { force: true });
  }
}

/** Links a file that is already complete, so that nobody ever reads a half-written lock. */
async function acquire(file: string, owner: Owner): Promise<boolean> {
  const draft = `${file}.${owner.nonce}`;
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function isAbandoned(file: string, holder: Owner | undefined): Promise<boolean> {
  if (holder?.host === hostname() && !isAlive(holder.pid)) return true;
  try {
    return Date.now() - (await stat(file)).mtimeMs > staleAfterMs;
  } catch {
    return false;
  }
}

/** Moves the abandoned lock aside and puts it back if another waiter had already replaced it with its own. */
async function takeAway(file: string, holder: Owner | undefined): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    const taken = await readOwner(aside);
    if (taken !== undefined && taken.nonce !== holder?.nonce) await link(aside, file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Whether a process with this id runs on this machine (one of another user counts). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
