import type { Dispatcher } from 'undici';
import { Failure } from '../engine/failure.ts';
import { connect } from '../engine/s3-connection.ts';
import type { S3Call, S3Endpoint } from '../engine/s3-request.ts';
import type { Answer } from './report.ts';

/** An answer with what a prober reads of it. */
export interface FullAnswer extends Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one call and returns what came, whatever it was; status 0 where nothing came. Never retries, so that no code is hidden. */
export type Ask = (call: S3Call) => Promise<FullAnswer>;

/** A probe is small: an endpoint that stays silent for so long gives no answer. */
const idleTimeoutMs = 15_000;

/**
 * Asks `place` with its credentials. Rejects only with the signal's reason, or for a bug of ours. An abort stops the next call,
 * never one under way: a write whose answer nobody waits for may still land, after everything was cleaned up.
 */
export function askerAt(
  place: S3Endpoint,
  { pool, signal }: { pool: Dispatcher; signal?: AbortSignal | undefined },
): Ask {
  const connection = connect(place, { pool, idleTimeoutMs });
  return async (call) => {
    signal?.throwIfAborted();
    try {
      const { status, headers, body, code } = await connection.send(call);
      return { status, headers, body, ...(code === undefined ? {} : { code }) };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { status: 0, headers: {}, body: '', ...(error.code === undefined ? {} : { code: error.code }) };
    }
  };
}

/** The part of an answer that reports keep. */
export function seenIn({ status, code }: Answer): Answer {
  return { status, ...(code === undefined ? {} : { code }) };
}
