import { createHash, randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { parseJson, readIfPresent } from './process-directory.ts';
import { identifyProcess, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const holderSchema = z.strictObject({
  pid: z.int().positive(),
  startedTicks: z.int().optional(),
  /** No two locks ever have the same content, so that a stale one is recognised for certain. */
  token: z.string(),
});

export interface Lock {
  release(): Promise<void>;
}

const attemptsMax = 20;

/**
 * Lets one process at a time use a sandbox's state: two would overwrite each other's users and tokens.
 * A lock whose process is gone (kill -9, a restart of the machine) is taken over. Throws `UserError` while it is held.
 */
export async function acquireLock(path: string): Promise<Lock> {
  const token = randomBytes(8).toString('hex');
  const own = `${path}.${token}`;
  await writeFile(own, JSON.stringify({ ...identifyProcess(process.pid), token }), { mode: 0o600, flag: 'wx' });
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      // A link appears with its whole content or not at all, so nobody ever reads half a lock.
      if (await linkIfAbsent(own, path)) return { release: () => rm(path, { force: true }) };
      const found = await readIfPresent(path);
      if (found === undefined) continue;
      const holder = parseHolder(found);
      if (holder !== undefined && isRunning(holder)) throw lockHeld(path, holder);
      await removeStale(path, found);
    }
  } finally {
    await rm(own, { force: true });
  }
  throw new UserError({ where: path, what: 'another sandbox keeps taking this lock', fix: 'start one at a time' });
}

/** The process that holds the lock; undefined where it is free or its holder is gone. */
export async function lockHolder(path: string): Promise<ProcessIdentity | undefined> {
  const holder = parseHolder((await readIfPresent(path)) ?? '');
  return holder !== undefined && isRunning(holder) ? holder : undefined;
}

/** What to say to whoever starts a second sandbox in the directory of that process. */
export function lockHeld(path: string, { pid }: ProcessIdentity): UserError {
  return new UserError({
    where: path,
    what: `another sandbox uses this directory (process ${pid})`,
    fix: 'stop it with "sluice sandbox stop", or choose another directory',
  });
}

function parseHolder(text: string): ProcessIdentity | undefined {
  return holderSchema.safeParse(parseJson(text)).data;
}

async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock whose content is `stale`. Of all that found it so, only the holder of a second lock, named for that
 * content, may: else a slow one would remove the lock that a faster one had put in its place.
 */
async function removeStale(path: string, stale: string): Promise<void> {
  const claim = await acquireLock(`${path}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`);
  try {
    if ((await readIfPresent(path)) === stale) await rm(path);
  } finally {
    await claim.release();
  }
}
