import type { Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { asFailure, Failure } from './failure.ts';
import type { Attempt } from './retry.ts';

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
  { sizeBytes, attempt, hash }: { sizeBytes: number; attempt: Attempt; hash?: Hash | undefined },
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

/** Throws `broken` where a store says that it holds something else than what was sent. */
export function checkStored(stored: { readonly md5?: string }, sentMd5: string | undefined): void {
  if (stored.md5 === undefined || sentMd5 === undefined || stored.md5 === sentMd5) return;
  const message = `destination: stored a body with MD5 ${stored.md5}, not ${sentMd5}`;
  throw new Failure({ kind: 'broken', code: 'BadDigest', message });
}

function wrongLength(found: string, expected: number): Failure {
  return new Failure({ kind: 'broken', code: 'WrongLength', message: `the body has ${found} bytes, not ${expected}` });
}
