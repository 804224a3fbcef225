import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';

/** Where things lie in a sandbox's directory. `project` and `pulumi` belong to those who run Pulumi against it. */
export interface SandboxDirectory {
  readonly directory: string;
  /** What the running process answers to: its status, secrets included. */
  readonly record: string;
  readonly log: string;
  /** Everything that outlives the process. */
  readonly state: string;
  readonly format: string;
  readonly lock: string;
}

/** The paths below `directory`, as absolute ones. Makes nothing. */
export function sandboxDirectory(directory: string): SandboxDirectory {
  const absolute = resolve(directory);
  const state = join(absolute, 'state');
  return {
    directory: absolute,
    record: join(absolute, 'sandbox.json'),
    log: join(absolute, 'log'),
    state,
    format: join(state, 'format.json'),
    lock: join(state, 'lock'),
  };
}

const formatSchema = z.strictObject({ format: z.literal(1) });

/**
 * Makes the directory, for its owner only, and marks `state` as a sandbox's.
 * Throws `UserError` for a `state` that is somebody else's, or of a format that this version cannot read.
 */
export async function prepareDirectory(paths: SandboxDirectory): Promise<void> {
  await mkdir(paths.state, { recursive: true, mode: 0o700 });
  await chmod(paths.directory, 0o700);
  // Read before the mark is looked for: a sandbox that starts meanwhile writes its mark first.
  const found = await readdir(paths.state);
  if (await isSandboxState(paths)) return;
  if (found.length > 0) {
    const what = 'the directory holds files that no sandbox wrote';
    throw new UserError({ where: paths.state, what, fix: 'choose another directory for the sandbox' });
  }
  await writeFile(paths.format, JSON.stringify({ format: 1 }), { mode: 0o600 });
}

/** Whether `state` was made by a sandbox. Throws `UserError` for one of another format. */
export async function isSandboxState(paths: SandboxDirectory): Promise<boolean> {
  const text = await readIfPresent(paths.format);
  if (text === undefined) return false;
  if (formatSchema.safeParse(parseJson(text)).success) return true;
  const what = 'another version of sluice wrote the state of this sandbox';
  throw new UserError({ where: paths.format, what, fix: `use that version, or delete ${paths.directory}` });
}

/** Undefined where there is no such file. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for what is no JSON: a schema refuses it then like any other wrong value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
