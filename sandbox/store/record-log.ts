import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/**
 * An append-only file of records that survives kill -9:
 *
 *     | length u32 | CRC-32 of payload u32 | payload: JSON, UTF-8 | length | ..
 *
 * An append has returned only once the kernel holds the whole record, so what was acknowledged outlives the process (not a
 * power cut: a sandbox pays no fsync for each object). A record cut short by the kill is the file's tail, and opening cuts it off.
 *
 * Appends are synchronous on purpose: a few microseconds into the page cache cost less than a turn through the thread pool, and
 * check, record and memory change in one step, which is what makes conditional writes atomic.
 */
export interface RecordLog {
  /** Throws what the file system throws (a full disk), with the file as it was. */
  append(record: object): void;
  /** Puts all records on the medium and closes the file. */
  close(): void;
}

const frameBytes = 8;
/** A record holds a key, headers and at most 10,000 parts; anything longer is a torn length. */
export const recordBytesMax = 16 * 1024 * 1024;

/** Opens `path`, handing every whole record to `replay` in order; makes an empty log where there is none. */
export function openRecordLog(path: string, replay: (record: unknown) => void): RecordLog {
  const file = openSync(path, 'a+', 0o600);
  let lengthBytes = replayAll(file, replay);
  ftruncateSync(file, lengthBytes);
  return {
    append(record) {
      const bytes = frame(record);
      appendWhole(file, bytes, lengthBytes);
      lengthBytes += bytes.length;
    },
    close() {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

/** Appends all of `bytes` to `file`, which is `lengthBytes` long, or leaves it at that length and throws. */
export function appendWhole(file: number, bytes: Uint8Array, lengthBytes: number): void {
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
  } catch (error) {
    ftruncateSync(file, lengthBytes);
    throw error;
  }
}

function frame(record: object): Buffer {
  const text = JSON.stringify(record);
  const payloadBytes = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(frameBytes + payloadBytes);
  bytes.write(text, frameBytes);
  bytes.writeUInt32LE(payloadBytes, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(frameBytes)), 4);
  return bytes;
}

const readBytes = 1024 * 1024;

/** Replays whole records; returns where the last one ends. */
function replayAll(file: number, replay: (record: unknown) => void): number {
  const fileBytes = fstatSync(file).size;
  let buffer = Buffer.alloc(0);
  let bufferAt = 0;
  let end = 0;

  /** The `count` bytes at `end`, or undefined beyond the end of the file. */
  function take(at: number, count: number): Buffer | undefined {
    if (at + count > fileBytes) return undefined;
    if (at + count > bufferAt + buffer.length) {
      const wanted = Math.min(Math.max(count, readBytes), fileBytes - at);
      buffer = Buffer.alloc(wanted);
      bufferAt = at;
      for (let filled = 0; filled < wanted;) {
        const got = readSync(file, buffer, filled, wanted - filled, at + filled);
        if (got === 0) return undefined;
        filled += got;
      }
    }
    return buffer.subarray(at - bufferAt, at - bufferAt + count);
  }

  for (;;) {
    const head = take(end, frameBytes);
    if (head === undefined) return end;
    const payloadBytes = head.readUInt32LE(0);
    const checksum = head.readUInt32LE(4);
    if (payloadBytes === 0 || payloadBytes > recordBytesMax) return end;
    const payload = take(end + frameBytes, payloadBytes);
    if (payload === undefined || crc32(payload) !== checksum) return end;
    replay(JSON.parse(payload.toString('utf8')));
    end += frameBytes + payloadBytes;
  }
}
