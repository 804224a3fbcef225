import { asFailure, Failure } from './failure.ts';
import type { Attempt } from './retry.ts';

/** Bytes that come from somewhere, as a stream or as something cheaper: to be gone through once, or destroyed. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** Nobody wants the rest. Does nothing after the end. */
  destroy(): unknown;
}

/** A body that passes another one on in its own way; giving it up gives up the other. */
export function passedOn(body: Body, chunks: AsyncIterable<Uint8Array>): Body {
  return { [Symbol.asyncIterator]: () => chunks[Symbol.asyncIterator](), destroy: () => body.destroy() };
}

/** A checksum of what passes. */
export interface PassingHash {
  update(chunk: Uint8Array): unknown;
}

/** A body on its way: what was read from one side, to be sent to the other. */
export interface MeteredBody {
  /** In pieces of `pieceBytes` and more, but for the last; to be gone through once. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** What went wrong on the reading side; the writing side then fails too, with an error that says less. */
  failure(): Failure | undefined;
}

/** TLS hands bodies over in records of 16 KiB; each piece that is sent costs the same again, however small. */
const pieceBytes = 48 * 1024;

/**
 * Passes a body on while counting it: a body that ends early or goes on is a `broken` failure, before its last byte is passed on,
 * so that nothing of the wrong length is ever stored. Each chunk keeps the attempt alive; `hash` takes in all of them.
 */
export function meterBody(
  body: Body,
  { sizeBytes, attempt, hash }: { sizeBytes: number; attempt: Attempt; hash?: PassingHash | undefined },
): MeteredBody {
  let failure: Failure | undefined;

  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > sizeBytes) throw tooLong(sizeBytes);
        hash?.update(chunk);
        attempt.touch();
        held.push(chunk);
        heldBytes += chunk.length;
        if (heldBytes < pieceBytes) continue;
        yield joined(held);
        held = [];
        heldBytes = 0;
      }
      if (bytes < sizeBytes) throw wrongLength(`${bytes}`, sizeBytes);
      if (heldBytes > 0) yield joined(held);
    } catch (error) {
      failure = asFailure(error);
      throw failure;
    }
  }

  return { pieces: pieces(), failure: () => failure };
}

/** Reads a body for its hash alone; returns how many bytes it had. Throws as `meterBody` does. */
export async function drain({ pieces }: MeteredBody): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) bytes += piece.length;
  return bytes;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}

/** Throws `broken` where a whole body is not as long as it should be. */
export function checkWholeLength(body: Uint8Array, sizeBytes: number): void {
  if (body.length !== sizeBytes) throw wrongLength(`${body.length}`, sizeBytes);
}

/** Checksums of one body; each where it is known. */
export interface KnownSums {
  readonly md5?: string | undefined;
  readonly crc64?: string | undefined;
}

/** Throws `broken` where a store says that it holds something else than what was sent. */
export function checkStored(stored: KnownSums, sent: KnownSums): void {
  checkSame('MD5', stored.md5, sent.md5);
  checkSame('CRC64NVME', stored.crc64, sent.crc64);
}

function checkSame(name: string, stored: string | undefined, sent: string | undefined): void {
  if (stored === undefined || sent === undefined || stored === sent) return;
  const message = `destination: stored a body with ${name} ${stored}, not ${sent}`;
  throw new Failure({ kind: 'broken', code: 'BadDigest', message });
}

/** The failure of a body that goes on after the last byte that it may have. */
export function tooLong(bytesMax: number): Failure {
  return new Failure({ kind: 'broken', code: 'WrongLength', message: `the body has more than ${bytesMax} bytes` });
}

function wrongLength(found: string, expected: number): Failure {
  return new Failure({ kind: 'broken', code: 'WrongLength', message: `the body has ${found} bytes, not ${expected}` });
}
