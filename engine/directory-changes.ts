import { createHash } from 'node:crypto';
import { link, lstat, mkdir, open, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { asFailure, Failure } from './failure.ts';
import { fileKeyProblem, temporaryName } from './file-key.ts';
import { isMissing } from './directory-walk.ts';
import type { Attempt } from './retry.ts';
import type { KeyFailure, Outgoing } from './store.ts';

/**
 * Writes one file below `root`: into a temporary file beside its place, then renamed over it, so that nobody ever sees half of it.
 * Throws `Failure`; the file that was there before stays as it was.
 */
export async function writeFile(root: string, outgoing: Outgoing, attempt: Attempt): Promise<void> {
  const problem = fileKeyProblem(outgoing.key);
  if (problem !== undefined) throw new Failure({ kind: 'invalid', message: problem });
  try {
    const parent = await makeParent(root, outgoing.key);
    const temporary = `${parent}/${temporaryName()}`;
    try {
      await writeTemporary(temporary, outgoing, attempt);
      await settle(temporary, `${root}/${outgoing.key}`, outgoing);
    } catch (error) {
      await unlink(temporary).catch(ignoreMissing);
      throw error;
    }
  } catch (error) {
    throw explained(asFailure(error), outgoing.key);
  }
}

/** Gives the written file its name; where it must be new, by a link, which never replaces anything. */
async function settle(temporary: string, path: string, { overwrites }: Outgoing): Promise<void> {
  if (overwrites !== 'nothing') {
    await rename(temporary, path);
    return;
  }
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Failure({ kind: 'changed', code: 'PreconditionFailed', message: 'a file of this name is there by now' });
  }
  await unlink(temporary);
}

/** Deletes one file below `root` and the directories that it leaves empty. Comes back with why, where it could not. */
export async function deleteFile(root: string, key: string): Promise<KeyFailure | undefined> {
  try {
    await checkParents(root, key);
    await unlink(`${root}/${key}`).catch(ignoreMissing);
    await removeEmptyParents(root, key);
    return undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    const { message: because, code } = asFailure(error);
    return { key, because, ...(code === undefined ? {} : { code }) };
  }
}

/** Exclusive creation: where a link already has the name, nothing is written through it. */
async function writeTemporary(path: string, outgoing: Outgoing, attempt: Attempt): Promise<void> {
  const file = await open(path, 'wx');
  try {
    const md5 = await writeBody(file, outgoing, attempt);
    if (md5 !== outgoing.md5) {
      throw new Failure({
        kind: 'broken',
        code: 'BadDigest',
        message: `the body has MD5 ${md5 ?? ''}, not ${outgoing.md5 ?? ''}`,
      });
    }
    await file.utimes(outgoing.modifiedAt, outgoing.modifiedAt);
  } finally {
    await file.close();
  }
}

/** Returns the body's MD5 where it is to be checked. */
async function writeBody(file: FileHandle, { body, md5 }: Outgoing, attempt: Attempt): Promise<string | undefined> {
  const hash = md5 === undefined ? undefined : createHash('md5');
  const chunks = body instanceof Uint8Array ? [body] : body;
  for await (const chunk of chunks) {
    attempt.signal.throwIfAborted();
    hash?.update(chunk);
    await writeChunk(file, chunk);
    attempt.touch();
  }
  return hash?.digest('hex');
}

/** A write may take less than it was given. */
async function writeChunk(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, offset);
    offset += bytesWritten;
  }
}

/** Makes the directories of a key one by one, each a real directory: none of them a symbolic link that leads elsewhere. */
async function makeParent(root: string, key: string): Promise<string> {
  await mkdir(root, { recursive: true });
  let path = root;
  for (const segment of key.split('/').slice(0, -1)) {
    path += `/${segment}`;
    await mkdir(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    await checkDirectory(path);
  }
  return path;
}

async function checkParents(root: string, key: string): Promise<void> {
  let path = root;
  for (const segment of key.split('/').slice(0, -1)) {
    path += `/${segment}`;
    await checkDirectory(path);
  }
}

async function checkDirectory(path: string): Promise<void> {
  const status = await lstat(path);
  if (status.isDirectory()) return;
  const what = status.isSymbolicLink() ? 'a symbolic link, which is never written through' : 'no directory';
  throw new Failure({ kind: 'invalid', code: 'NotADirectory', message: `${path} is ${what}` });
}

async function removeEmptyParents(root: string, key: string): Promise<void> {
  const segments = key.split('/').slice(0, -1);
  for (; segments.length > 0; segments.pop()) {
    try {
      await rmdir(`${root}/${segments.join('/')}`);
    } catch {
      // Not empty, or not ours to remove: then none above it is either.
      return;
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

/** A missing file or directory while writing is no missing source. */
function explained(failure: Failure, key: string): Failure {
  if (failure.code === 'EISDIR' || failure.code === 'ENOTEMPTY') {
    const message = `a directory of the name ${JSON.stringify(key)} is there already`;
    return new Failure({ kind: 'invalid', code: failure.code, message });
  }
  return failure;
}
