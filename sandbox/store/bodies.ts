import { createHash, hash, randomBytes, type Hash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { BodyPart, BodyPlace, ReceivedBody } from './disk-world.ts';
import { appendWhole } from './record-log.ts';

/** Up to this size a body lies among others in one file: a file of its own would cost more than writing it. */
const smallBodyBytesMax = 64 * 1024;

/**
 * The bytes of one bucket's objects and parts. No name on disk derives from a key: small bodies are appended to `small-<random>`,
 * the others are files `large/<random>`.
 */
export class Bodies {
  readonly #directory: string;
  readonly #small: number;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();
  #smallBytes: number;

  /** `smallFile` is made where there is none. */
  constructor(directory: string, smallFile: string) {
    this.#directory = directory;
    this.#small = openSync(join(directory, smallFile), 'a+', 0o600);
    this.#smallBytes = fstatSync(this.#small).size;
  }

  /** Bytes in the file of small bodies, forgotten ones included. */
  get smallBytes(): number {
    return this.#smallBytes;
  }

  /** Reads `source` to its end. A source that fails leaves nothing behind. */
  async receive(source: AsyncIterable<Uint8Array>): Promise<ReceivedBody> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    let file: { name: string; handle: FileHandle; md5: Hash } | undefined;
    try {
      for await (const chunk of source) {
        sizeBytes += chunk.length;
        if (file !== undefined) {
          file.md5.update(chunk);
          await writeWhole(file.handle, chunk);
          continue;
        }
        chunks.push(chunk);
        if (sizeBytes <= smallBodyBytesMax) continue;
        file = { ...(await this.#create()), md5: createHash('md5') };
        const begun = Buffer.concat(chunks);
        file.md5.update(begun);
        await writeWhole(file.handle, begun);
      }
      await file?.handle.close();
    } catch (error) {
      if (file !== undefined) {
        await file.handle.close().catch(() => undefined);
        this.#unlink(file.name);
      }
      throw error;
    }
    if (file !== undefined) return { sizeBytes, entityTag: file.md5.digest('hex'), held: { file: file.name } };
    const bytes = Buffer.concat(chunks);
    return { sizeBytes, entityTag: hash('md5', bytes, 'hex'), held: { bytes } };
  }

  /** Gives a received body its place for good. */
  settle({ held }: ReceivedBody): BodyPlace {
    return 'file' in held ? { file: held.file } : this.append(held.bytes);
  }

  /** Adds a small body to the file of small bodies. */
  append(bytes: Uint8Array): BodyPlace {
    const offset = this.#smallBytes;
    appendWhole(this.#small, bytes, offset);
    this.#smallBytes += bytes.length;
    return { offset };
  }

  discard({ held }: ReceivedBody): void {
    if ('file' in held) this.#unlink(held.file);
  }

  /** Forgets bodies; a file that is being read goes when its last reader is done. */
  remove(parts: readonly BodyPart[]): void {
    for (const { place } of parts) {
      if (!('file' in place)) continue;
      if (this.#readers.has(place.file)) this.#doomed.add(place.file);
      else this.#unlink(place.file);
    }
  }

  /** The bytes `from..to` (both included) of the parts one after the other, if that is one small read; else undefined. */
  readNow(parts: readonly BodyPart[], from: number, to: number): Buffer | undefined {
    const [part] = parts;
    if (part === undefined || to < from) return Buffer.alloc(0);
    if (parts.length > 1 || 'file' in part.place) return undefined;
    return this.#readSmall(part.place.offset + from, to - from + 1);
  }

  /** The same bytes as a stream, whatever becomes of the object meanwhile. */
  read(parts: readonly BodyPart[], from: number, to: number): Readable {
    const slices = slicesOf(parts, from, to);
    const files = slices.flatMap(({ place }) => ('file' in place ? [place.file] : []));
    for (const file of files) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    const stream = Readable.from(this.#chunks(slices), { objectMode: false, highWaterMark: readBytes });
    stream.once('close', () => {
      for (const file of files) this.#doneReading(file);
    });
    return stream;
  }

  /** Removes what no object or part refers to: leftovers of a kill. */
  removeAllBut(referenced: ReadonlySet<string>, smallFile: string): void {
    for (const name of readdirSync(this.#directory)) {
      if (name.startsWith('small-') && name !== smallFile) rmSync(join(this.#directory, name));
    }
    for (const name of readLarge(this.#directory)) {
      if (!referenced.has(name)) this.#unlink(name);
    }
  }

  close(): void {
    fsyncSync(this.#small);
    closeSync(this.#small);
  }

  async *#chunks(slices: readonly Slice[]): AsyncGenerator<Buffer> {
    for (const { place, from, sizeBytes } of slices) {
      if (!('file' in place)) {
        yield this.#readSmall(place.offset + from, sizeBytes);
        continue;
      }
      const handle = await open(this.#pathOf(place.file), 'r');
      try {
        yield* readRange(handle, from, sizeBytes);
      } finally {
        await handle.close();
      }
    }
  }

  #readSmall(offset: number, sizeBytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(sizeBytes);
    for (let filled = 0; filled < sizeBytes;) {
      const got = readSync(this.#small, buffer, filled, sizeBytes - filled, offset + filled);
      if (got === 0) throw new Error(`the file of small bodies ends before ${offset + sizeBytes}`);
      filled += got;
    }
    return buffer;
  }

  async #create(): Promise<{ name: string; handle: FileHandle }> {
    const name = randomBytes(12).toString('hex');
    await mkdir(join(this.#directory, 'large'), { recursive: true, mode: 0o700 });
    return { name, handle: await open(this.#pathOf(name), 'wx', 0o600) };
  }

  #doneReading(file: string): void {
    const others = (this.#readers.get(file) ?? 1) - 1;
    if (others > 0) {
      this.#readers.set(file, others);
      return;
    }
    this.#readers.delete(file);
    if (this.#doomed.delete(file)) this.#unlink(file);
  }

  #unlink(name: string): void {
    rmSync(this.#pathOf(name), { force: true });
  }

  #pathOf(name: string): string {
    return join(this.#directory, 'large', name);
  }
}

interface Slice {
  readonly place: BodyPlace;
  readonly from: number;
  readonly sizeBytes: number;
}

/** What `from..to` takes of each part. */
function slicesOf(parts: readonly BodyPart[], from: number, to: number): Slice[] {
  const slices: Slice[] = [];
  let at = 0;
  for (const { place, sizeBytes } of parts) {
    const first = Math.max(from, at);
    const last = Math.min(to, at + sizeBytes - 1);
    if (first <= last) slices.push({ place, from: first - at, sizeBytes: last - first + 1 });
    at += sizeBytes;
  }
  return slices;
}

const readBytes = 256 * 1024;

async function* readRange(handle: FileHandle, from: number, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < sizeBytes;) {
    const wanted = Math.min(readBytes, sizeBytes - done);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, from + done);
    if (bytesRead === 0) throw new Error('a stored body is shorter than its record says');
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await handle.write(bytes, written)).bytesWritten;
  }
}

function readLarge(directory: string): string[] {
  try {
    return readdirSync(join(directory, 'large'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
