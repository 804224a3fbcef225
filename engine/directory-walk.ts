import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { compareKeys } from '../base/key-order.ts';
import { asFailure } from './failure.ts';
import { isTemporary } from './file-key.ts';
import { isCanary, type Entry, type ListOptions, type Skipped } from './store.ts';

/**
 * Lists the files below a directory in the byte order of their whole relative paths, holding the names of one directory
 * a level. Symbolic links are not followed: they, sockets, devices and pipes are passed over and reported, as is a name that is
 * not UTF-8, for no key can be made of it. A directory that cannot be read fails the listing: what it holds is not known to be gone.
 */
export async function* walkDirectory(
  root: string,
  { after, signal, onSkipped = () => undefined }: ListOptions = {},
): AsyncGenerator<readonly Entry[], void, undefined> {
  for await (const keys of inGroups(walk(root, '', onSkipped), after)) {
    signal?.throwIfAborted();
    const found = await Promise.all(keys.map((key) => fileEntry(root, key)));
    yield found.filter((entry) => entry !== undefined);
  }
}

/** So many files are looked at once: each takes a turn of the thread pool. */
const lookedAtOnce = 16;

/** Keys after `after`, several at once. */
async function* inGroups(
  runs: AsyncIterable<readonly string[]>,
  after: string | undefined,
): AsyncGenerator<string[], void, undefined> {
  let group: string[] = [];
  for await (const keys of runs) {
    for (const key of keys) {
      if (after !== undefined && compareKeys(key, after) <= 0) continue;
      group.push(key);
      if (group.length < lookedAtOnce) continue;
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

/** The file under this key now; undefined where there is none, or something else than a file. */
export async function fileEntry(root: string, key: string): Promise<Entry | undefined> {
  try {
    const status = await lstat(`${root}/${key}`);
    return status.isFile() ? { key, sizeBytes: status.size, modifiedAt: status.mtime } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw asFailure(error);
  }
}

/** Whether a file operation failed because there is no such file, or what should be its directory is none. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

type Report = (skipped: Skipped) => void;

/** The keys of all files below `directory`, which is empty or ends in `/`; at once those between which no directory stands. */
async function* walk(
  root: string,
  directory: string,
  report: Report,
): AsyncGenerator<readonly string[], void, undefined> {
  let files: string[] = [];
  for (const name of await orderedNames(root, directory, report)) {
    const key = directory + name;
    if (isCanary(key)) continue;
    if (!key.endsWith('/')) {
      files.push(key);
      continue;
    }
    yield files;
    files = [];
    yield* walk(root, key, report);
  }
  yield files;
}

/**
 * The files of a directory, and its directories with a slash at the end: compared so, names are in the order of all keys
 * below them (`a-b` before `a/b`, for `-` is less than `/`).
 */
async function orderedNames(root: string, directory: string, report: Report): Promise<string[]> {
  const names: string[] = [];
  for (const dirent of await readDirectory(`${root}/${directory}`)) {
    const name = decodeName(dirent.name);
    if (name === undefined) {
      report({ key: directory + dirent.name.toString(), because: 'its name is not UTF-8', isData: true });
    } else if (dirent.isDirectory()) {
      names.push(`${name}/`);
    } else if (!dirent.isFile()) {
      report({ key: directory + name, because: `it is ${kindOf(dirent)}`, isData: false });
    } else if (!isTemporary(name)) {
      names.push(name);
    }
  }
  return names.sort(compareKeys);
}

async function readDirectory(path: string): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    throw asFailure(error);
  }
}

function decodeName(name: Buffer): string | undefined {
  const text = name.toString('utf8');
  return Buffer.from(text, 'utf8').equals(name) ? text : undefined;
}

function kindOf(dirent: Dirent<Buffer>): string {
  if (dirent.isSymbolicLink()) return 'a symbolic link';
  if (dirent.isSocket()) return 'a socket';
  if (dirent.isFIFO()) return 'a named pipe';
  return 'a device';
}
