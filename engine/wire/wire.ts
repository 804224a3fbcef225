import assert from 'node:assert';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { Failure } from '../failure.ts';
import type { Attempt } from '../retry.ts';
import type { WholeAnswer } from '../whole-answer.ts';
import { fieldNames, UnexpectedAnswer, type AnswerOptions } from './answer-reader.ts';
import { bodyMemory } from './body-memory.ts';
import { piecePool } from './piece-pool.ts';
import { WireBody } from './wire-body.ts';
import { WireConnection, type Exchange } from './wire-connection.ts';

export interface WireRequest {
  readonly method: 'GET' | 'PUT';
  /** Percent-encoded, with its query. Goes over the wire as it is. */
  readonly path: string;
  /** Without Host. Names in lower case, values as byte strings (Latin-1). */
  readonly headers: Readonly<Record<string, string>>;
  /** A body in pieces has the length that a content-length header announces. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

export interface WireOptions extends AnswerOptions {
  readonly attempt: Attempt;
}

/** An answer whose body is still to come. */
export interface WireOpenAnswer {
  readonly status: number;
  /** Names in lower case; values as byte strings (Latin-1). */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end or destroyed. */
  readonly body: WireBody;
}

export interface WireOpenOptions {
  readonly attempt: Attempt;
  /** Hears once, after the head has come, that nothing more of the body will come, and what ended it where that was too early. */
  readonly onEnd: (answer: Omit<WireOpenAnswer, 'body'>, error?: unknown) => void;
}

/** Plain HTTP/1.1 for reading and writing objects: see `createWire`. */
export interface Wire {
  /** Whether this origin has answered in a form that is known so far. */
  serves(origin: string): boolean;
  /**
   * Sends one request and reads its whole answer, whatever its status. Rejects with what ended the request; throws an `invalid` failure for a
   * head that cannot be sent.
   */
  request(origin: string, request: WireRequest, options: WireOptions): Promise<WholeAnswer>;
  /** Sends one request; its answer comes with its body unread. Rejects with what ended the request before that. */
  open(origin: string, request: WireRequest, options: WireOpenOptions): Promise<WireOpenAnswer>;
  /** Takes the memory of an answer's body back, which nobody will look at again. */
  readonly giveBack: (body: Uint8Array) => void;
  /** Closes all connections. */
  destroy(): void;
}

interface Host {
  readonly origin: URL;
  /** Idle connections; the last one was in use most recently, and so is the least likely to be closed. */
  readonly idle: WireConnection[];
  readonly open: Set<WireConnection>;
  isPlain: boolean;
}

/** One more than a round number: bodies have round lengths, and what follows one must be read together with its end. */
export const readBufferBytes = 64 * 1024 + 1;

/**
 * Connections for one run, kept alive between requests, as many to a host as there are requests at once. It does the little of HTTP/1.1
 * that reading and writing objects needs, for about half of what a complete client takes. An origin that answers in any other
 * form is left to the complete client from then on: its request fails as one that may be tried again.
 */
export function createWire({ tls = {} }: { tls?: Pick<SecureContextOptions, 'ca'> } = {}): Wire {
  const hosts = new Map<string, Host>();
  const readBuffer = Buffer.allocUnsafeSlow(readBufferBytes);
  const pool = piecePool();
  const memory = bodyMemory();
  const nameOf = fieldNames();
  let secureContext: SecureContext | undefined;
  const onSent = (piece: Uint8Array): void => pool.giveBack(piece);

  function hostOf(origin: string): Host {
    const known = hosts.get(origin);
    if (known !== undefined) return known;
    const host: Host = { origin: new URL(origin), idle: [], open: new Set(), isPlain: true };
    hosts.set(origin, host);
    return host;
  }

  function connectionTo(host: Host): WireConnection {
    for (let idle = host.idle.pop(); idle !== undefined; idle = host.idle.pop()) {
      if (idle.isOpen && idle.usableUntil > performance.now()) return idle;
      idle.close();
    }
    const connection = new WireConnection(host.origin, {
      readBuffer,
      secureContext: () => (secureContext ??= createSecureContext(tls)),
      onFree: (free) => host.idle.push(free),
      onClosed: (closed) => host.open.delete(closed),
    });
    host.open.add(connection);
    return connection;
  }

  /** An origin that answers in another form is asked by the complete client, when the request is tried again. */
  function exchange(host: Host, connection: WireConnection, exchanged: Exchange): Promise<WholeAnswer> {
    return connection.exchange(exchanged).catch((error: unknown) => {
      if (!(error instanceof UnexpectedAnswer)) throw error;
      host.isPlain = false;
      throw new Failure({ kind: 'transient', code: 'UnexpectedAnswer', message: `${error.message} in the answer` });
    });
  }

  function bodyOf({ body, headers }: WireRequest): Exchange['body'] {
    if (body === undefined || body instanceof Uint8Array) return body;
    const sizeBytes = Number(headers['content-length']);
    assert(Number.isSafeInteger(sizeBytes), 'without a length the body would be taken for the next request');
    return { pieces: body, sizeBytes, onSent };
  }

  return {
    serves: (origin) => hostOf(origin).isPlain,

    request(origin, request, options) {
      const host = hostOf(origin);
      // Before a connection is taken: a head that cannot be sent is nobody's fault but the caller's.
      const head = headOf(host.origin.host, request);
      return exchange(host, connectionTo(host), {
        ...options,
        head,
        body: bodyOf(request),
        allocate: memory.take,
        nameOf,
      });
    },

    giveBack: memory.giveBack,

    open(origin, request, { attempt, onEnd }) {
      const host = hostOf(origin);
      const head = headOf(host.origin.host, request);
      const connection = connectionTo(host);
      const opened = Promise.withResolvers<WireOpenAnswer>();
      let body: WireBody | undefined;
      const whole = exchange(host, connection, {
        attempt,
        head,
        body: bodyOf(request),
        bytesMax: () => Infinity,
        nameOf,
        onHead(status, headers) {
          body = new WireBody(connection, pool.supply(), (error) => onEnd({ status, headers }, error));
          opened.resolve({ status, headers, body });
        },
        onBody: (bytes, from, to) => body?.take(bytes, from, to),
        roomFor: (missingBytes) => body?.room(missingBytes),
        onWhole: () => body?.end(),
      });
      whole.catch((error: unknown) => (body === undefined ? opened.reject(error) : body.end(error)));
      return opened.promise;
    },

    destroy() {
      for (const { open } of hosts.values()) for (const connection of [...open]) connection.close(ended());
    },
  };
}

/** Throws an `invalid` failure: whatever a value may hold, it must not become a line or a request of its own. */
function headOf(host: string, { method, path, headers }: WireRequest): string {
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  // All names and all values are looked at together, which is as good as one by one, and cheaper.
  let [names, values] = ['', ''];
  for (const name in headers) {
    const value = headers[name] ?? '';
    names += name === '' ? ' ' : name;
    values += value;
    head += `${name}: ${value}\r\n`;
  }
  if (pathPattern.test(path) && namesPattern.test(names) && valuesPattern.test(values)) return `${head}\r\n`;
  throw new Failure({ kind: 'invalid', code: 'InvalidHeader', message: 'a header that HTTP cannot carry' });
}

const pathPattern = /^\/[!-~]*$/;
/** RFC 9110, 5.1 and 5.5. */
const namesPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/;
const valuesPattern = /^[\t\x20-\x7e\x80-\xff]*$/;

function ended(): Failure {
  return new Failure({ kind: 'transient', code: 'ConnectionClosed', message: 'the run ended' });
}
