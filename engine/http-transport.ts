import type { Readable } from 'node:stream';
import { Agent, getGlobalDispatcher, type Dispatcher } from 'undici';
import type { Attempt } from './retry.ts';
import type { AnswerHead, OpenAnswer } from './s3-answer.ts';
import type { S3Request } from './s3-request.ts';
import { flatHeaders, requestWhole, type WholeAnswer, type WholeAnswerOptions } from './whole-answer.ts';
import type { Wire, WireRequest } from './wire/wire.ts';

/** How requests get to one origin. Rejects with what ended a request; never retries. */
export interface HttpTransport {
  /** Sends one request and reads all of its answer, whatever its status. */
  whole(request: S3Request, options: WholeAnswerOptions): Promise<WholeAnswer>;
  /** Sends one request; its answer comes with its body unread, whatever its status. */
  open(request: S3Request, options: OpenOptions): Promise<OpenAnswer>;
}

export interface OpenOptions {
  readonly attempt: Attempt | undefined;
  /** Hears once, after the head has come, that no more of the body will, and what ended it where that was too early. */
  readonly onEnd: (answer: AnswerHead, error?: unknown) => void;
}

export interface TransportOptions {
  /** Undici's own unless given. */
  readonly pool?: Dispatcher | undefined;
  /** Takes the requests that read and write objects, where they are part of an attempt. */
  readonly wire?: Wire | undefined;
  readonly idleTimeoutMs?: number;
}

/** Nothing may hang: a connection on which nothing moves for so long is given up. */
const idleTimeoutMsDefault = 60_000;

/** Connections for one run, kept alive between requests, as many a host as are in use. Close it at the end. */
export function connectionPool(): Dispatcher {
  return new Agent({ pipelining: 1, keepAliveTimeout: 20_000, connect: { timeout: 20_000 } });
}

/** Sends each request the cheapest way: over the wire what that serves, all else through the pool. */
export function httpTransport(
  origin: string,
  { pool, wire, idleTimeoutMs = idleTimeoutMsDefault }: TransportOptions = {},
): HttpTransport {
  function optionsOf({ method, path, headers, body }: S3Request): Dispatcher.DispatchOptions {
    return {
      origin,
      method,
      path,
      headers,
      // undici takes any iterable (its documentation, "Parameter: DispatchOptions"); its types name streams only.
      body: (body ?? null) as string | Uint8Array | Readable | null,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
    };
  }

  async function openByPool(request: S3Request, { attempt, onEnd }: OpenOptions): Promise<OpenAnswer> {
    // The pool's own `request` takes the path as it is; undici's function of that name parses it as a URL and would
    // turn `a/../b` into `b`.
    const { statusCode, headers, body } = await (pool ?? getGlobalDispatcher()).request({
      ...optionsOf(request),
      ...(attempt === undefined ? {} : { signal: attempt.signal }),
    });
    // Whoever gives an answer up destroys its body, which then fails with nobody listening; that must not end the process.
    body.on('error', () => undefined);
    const answer = { status: statusCode, headers: flatHeaders(headers), body };
    body.once('close', () => onEnd(answer, body.errored ?? undefined));
    return answer;
  }

  return {
    whole(request, options) {
      const { attempt } = options;
      if (wire?.serves(origin) === true && attempt !== undefined) {
        const forWire = wireRequestOf(request);
        if (forWire !== undefined) return wire.request(origin, forWire, { ...options, attempt });
      }
      return requestWhole(pool ?? getGlobalDispatcher(), optionsOf(request), options);
    },

    open(request, options) {
      const { attempt, onEnd } = options;
      if (wire?.serves(origin) === true && attempt !== undefined) {
        const forWire = wireRequestOf(request);
        if (forWire !== undefined) return wire.open(origin, forWire, { attempt, onEnd });
      }
      return openByPool(request, options);
    },
  };
}

/** A request that reads or writes an object, as the wire takes it; undefined for any other. */
function wireRequestOf({ method, path, headers, body }: S3Request): WireRequest | undefined {
  if (method === 'GET' && body === undefined) return { method, path, headers };
  if (method === 'PUT' && body !== undefined && typeof body !== 'string') return { method, path, headers, body };
  return undefined;
}
