import { Readable } from 'node:stream';
import { asFailure, Failure } from './failure.ts';
import type { Attempt } from './retry.ts';

/** A checksum of what passes. */
export interface PassingHash {
  update(chunk: Uint8Array): unknown;
}

/** A body on its way: what was read from one side, to be sent to the other. */
export interface MeteredBody {
  readonly stream: Readable;
  /** What went wrong on the reading side; the writing side then fails too, with an error that says less. */
  failure(): Failure | undefined;
}

/**
 * Passes a body on while counting it: a body that ends early or goes on is a `broken` failure, before its last byte is passed on,
 * so that nothing of the wrong length is ever stored. Each chunk keeps the attempt alive; `hash` takes in all of them.
 */
export function meterBody(
  body: Readable,
  { sizeBytes, attempt, hash }: { sizeBytes: number; attempt: Attempt; hash?: PassingHash | undefined },
): MeteredBody {
  let failure: Failure | undefined;

  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        if (bytes > sizeBytes) throw wrongLength(`more than ${sizeBytes}`, sizeBytes);
        hash?.update(chunk);
        attempt.touch();
        yield chunk;
      }
      if (bytes < sizeBytes) throw wrongLength(`${bytes}`, sizeBytes);
    } catch (error) {
      failure = asFailure(error);
      throw failure;
    }
  }

  const stream = Readable.from(chunks(), { objectMode: false });
  // The writing side may have given up already, with nobody left to hear of what it caused here.
  stream.on('error', () => undefined);
  return { stream, failure: () => failure };
}

/** Reads a whole body of a known size into one buffer. Throws as `meterBody` does. */
export async function readWhole(body: Readable, sizeBytes: number, attempt: Attempt): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(sizeBytes);
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    if (bytes + chunk.length > sizeBytes) throw wrongLength(`more than ${sizeBytes}`, sizeBytes);
    whole.set(chunk, bytes);
    bytes += chunk.length;
    attempt.touch();
  }
  if (bytes < sizeBytes) throw wrongLength(`${bytes}`, sizeBytes);
  return whole;
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

function wrongLength(found: string, expected: number): Failure {
  return new Failure({ kind: 'broken', code: 'WrongLength', message: `the body has ${found} bytes, not ${expected}` });
}
