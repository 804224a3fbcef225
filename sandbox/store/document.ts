import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';

/**
 * A small piece of state (the users of an account, its tokens) kept in memory and on disk, so that an acknowledged
 * change survives kill -9: each update is written to a temporary file, synced and renamed before it resolves.
 */
export interface Document<State extends object> {
  /** The state now. Treat it as frozen; change it by `update` only. */
  readonly state: State;
  /** Applies `change` to a copy; the copy becomes the state once it is on disk. What `change` throws leaves all as it was. */
  update<Result>(change: (draft: State) => Result): Promise<Result>;
}

/** Opens `path`, or starts with `initial` where there is none. Throws zod's error for a file that is not a `State`. */
export async function openDocument<State extends object>(
  path: string,
  schema: z.ZodType<State>,
  initial: State,
): Promise<Document<State>> {
  const text = await readIfPresent(path);
  if (text === undefined) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await save(path, initial);
  }
  let current = text === undefined ? initial : schema.parse(JSON.parse(text));
  let turn: Promise<unknown> = Promise.resolve();
  return {
    get state() {
      return current;
    },
    update(change) {
      const done = turn.then(async () => {
        const draft = structuredClone(current);
        const result = change(draft);
        await save(path, draft);
        current = draft;
        return result;
      });
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A disk that is full leaves the file as it was, and nothing beside it. */
async function save(path: string, state: unknown): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(state));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
