import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { contentTypeOf } from './content-type.ts';
import { deleteFile, writeFile } from './directory-changes.ts';
import { fileEntry, isMissing, walkDirectory } from './directory-walk.ts';
import { asFailure, Failure } from './failure.ts';
import { fileKeyProblem } from './file-key.ts';
import type { Attempt } from './retry.ts';
import type { ByteRange, Entry, KeyFailure, ListOptions, Store } from './store.ts';

/**
 * A directory as a store: the key `a/b` is the file `b` in the directory `a`.
 *
 * A file keeps an object's bytes and modification time and nothing else: content headers and metadata are dropped on the way
 * down, and the content type is derived from the extension on the way up. Symbolic links are neither read nor written through (one that has
 * the place of a key is replaced by the file); `path` itself may be one. With `mayBeAbsent` a directory that is not there is an empty one, made by the first write.
 */
export async function directoryStore(
  path: string,
  { mayBeAbsent = false }: { mayBeAbsent?: boolean } = {},
): Promise<Store> {
  const root = await resolveRoot(path);
  const foldsCase = await foldsCaseAt(root);

  return {
    hasDirectories: true,
    // A file is compared with its MD5 while it is written, where one is known.
    checks: { crc64: false, md5OfObjects: false, md5OfParts: false },

    list: (options) => listRoot(root, mayBeAbsent, options),

    find: (key) => (fileKeyProblem(key) === undefined ? fileEntry(root, key) : Promise.resolve(undefined)),

    async describe(entry) {
      await (await openListed(root, entry)).close();
      return { headers: { 'content-type': contentTypeOf(entry.key) } };
    },

    read(entry, attempt, range) {
      const body = Readable.from(readListed(root, entry, attempt, range), { objectMode: false });
      return Promise.resolve({ headers: { 'content-type': contentTypeOf(entry.key) }, body });
    },

    async readWhole(entry) {
      const body = await readListedWhole(root, entry);
      return { headers: { 'content-type': contentTypeOf(entry.key) }, body };
    },

    async write(outgoing, attempt) {
      await writeFile(root, outgoing, attempt);
      return outgoing.md5 === undefined ? {} : { md5: outgoing.md5 };
    },

    async delete(keys) {
      const failures: KeyFailure[] = [];
      for (const key of keys) {
        const failure = await deleteFile(root, key);
        if (failure !== undefined) failures.push(failure);
      }
      return failures;
    },

    keyProblem: fileKeyProblem,

    // File systems that fold case (macOS, Windows) fold composed and decomposed letters too.
    canonicalKey: (key) => (foldsCase ? key.normalize('NFC').toLowerCase() : key),
  };
}

async function* listRoot(root: string, mayBeAbsent: boolean, options?: ListOptions): AsyncGenerator<readonly Entry[]> {
  if (mayBeAbsent && !(await exists(root))) return;
  yield* walkDirectory(root, options);
}

async function resolveRoot(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw asFailure(error);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw asFailure(error);
  }
}

/** Whether the file system takes `A` for `a`, found out without writing: by the root's own path in the other case. */
async function foldsCaseAt(root: string): Promise<boolean> {
  const swapped = root.replace(/\p{L}/gu, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  try {
    const [as, other] = await Promise.all([stat(root), stat(swapped)]);
    return swapped !== root && as.dev === other.dev && as.ino === other.ino;
  } catch {
    return false;
  }
}

/** Opens the file that was listed; `changed` or `missing` where it is no longer that one. */
async function openListed(root: string, entry: Entry): Promise<FileHandle> {
  try {
    // A link or a pipe may have taken the file's place since: the first is refused, the second does not block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(`${root}/${entry.key}`, flags);
    if (await isListed(file, entry)) return file;
    await file.close();
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code !== 'ELOOP') throw failure;
  }
  throw new Failure({ kind: 'changed', message: 'the file is no longer the listed one' });
}

async function isListed(file: FileHandle, { sizeBytes, modifiedAt }: Entry): Promise<boolean> {
  const status = await file.stat();
  return status.isFile() && status.size === sizeBytes && status.mtime.getTime() === modifiedAt.getTime();
}

/** All bytes of a small listed file at once; `changed` where it did not stay as listed until the last. */
async function readListedWhole(root: string, entry: Entry): Promise<Buffer> {
  const file = await openListed(root, entry);
  try {
    const body = Buffer.allocUnsafe(entry.sizeBytes);
    let bytes = 0;
    while (bytes < body.length) {
      const { bytesRead } = await file.read(body, bytes, body.length - bytes, bytes);
      if (bytesRead === 0) break;
      bytes += bytesRead;
    }
    if (bytes === body.length && (await isListed(file, entry))) return body;
  } finally {
    await file.close();
  }
  throw changedWhileRead();
}

function changedWhileRead(): Failure {
  return new Failure({ kind: 'changed', message: 'the file changed while it was read' });
}

const chunkBytes = 128 * 1024;

/** The bytes of a listed file, opened when the first is asked for; `changed` where it did not stay as listed until the last. */
async function* readListed(
  root: string,
  entry: Entry,
  attempt: Attempt,
  range: ByteRange = { from: 0, to: entry.sizeBytes - 1 },
): AsyncGenerator<Buffer, void, undefined> {
  const file = await openListed(root, entry);
  try {
    for (let position = range.from; position <= range.to;) {
      attempt.signal.throwIfAborted();
      const length = Math.min(chunkBytes, range.to - position + 1);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    if (!(await isListed(file, entry))) {
      throw changedWhileRead();
    }
  } finally {
    await file.close();
  }
}
