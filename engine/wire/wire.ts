import { Failure } from '../failure.ts';
import type { Attempt } from '../retry.ts';
import type { WholeAnswer } from '../whole-answer.ts';
import { UnexpectedAnswer, type AnswerOptions } from './answer-reader.ts';
import { WireConnection, type WireConnectionOptions } from './wire-connection.ts';

export interface WireRequest {
  readonly method: 'GET' | 'PUT';
  /** Percent-encoded, with its query. Goes over the wire as it is. */
  readonly path: string;
  /** Without Host. Names in lower case, values as byte strings (Latin-1). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

export interface WireOptions extends AnswerOptions {
  readonly attempt: Attempt;
}

/** Plain HTTP/1.1 for small requests: see `wire`. */
export interface Wire {
  /** Whether this origin has answered in a form that is known so far. */
  serves(origin: string): boolean;
  /** Sends one request and reads its whole answer, whatever its status. Rejects with what ended the request. */
  request(origin: string, request: WireRequest, options: WireOptions): Promise<WholeAnswer>;
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

const readBufferBytes = 64 * 1024;

/**
 * Connections for one run, kept alive between requests, as many to a host as there are requests at once. It does the little of HTTP/1.1
 * that reading and writing small objects needs, for less than half of what a complete client takes. An origin that answers in any other
 * form is left to the complete client from then on: its request fails as one that may be tried again.
 */
export function createWire({ tls }: Pick<WireConnectionOptions, 'tls'> = {}): Wire {
  const hosts = new Map<string, Host>();
  const readBuffer = Buffer.allocUnsafeSlow(readBufferBytes);

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
      tls,
      onClosed: (closed) => host.open.delete(closed),
    });
    host.open.add(connection);
    return connection;
  }

  return {
    serves: (origin) => hostOf(origin).isPlain,

    async request(origin, request, { attempt, ...options }) {
      const host = hostOf(origin);
      const { body } = request;
      const head = headOf(host.origin.host, request);
      const connection = connectionTo(host);
      try {
        const answer = await connection.exchange({ head, body, attempt, ...options });
        if (connection.isOpen) host.idle.push(connection);
        return answer;
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer)) throw error;
        host.isPlain = false;
        throw new Failure({ kind: 'transient', code: 'UnexpectedAnswer', message: `${error.message} in the answer` });
      }
    },

    destroy() {
      for (const { open } of hosts.values()) for (const connection of [...open]) connection.close(ended());
    },
  };
}

/** Throws an `invalid` failure: whatever a value may hold, it must not become a line or a request of its own. */
function headOf(host: string, { method, path, headers }: WireRequest): string {
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  let isPlain = pathPattern.test(path);
  for (const name in headers) {
    const value = headers[name] ?? '';
    isPlain &&= namePattern.test(name) && valuePattern.test(value);
    head += `${name}: ${value}\r\n`;
  }
  if (isPlain) return `${head}\r\n`;
  throw new Failure({ kind: 'invalid', code: 'InvalidHeader', message: 'a header that HTTP cannot carry' });
}

const pathPattern = /^\/[!-~]*$/;
/** RFC 9110, 5.1 and 5.5. */
const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

function ended(): Failure {
  return new Failure({ kind: 'transient', code: 'ConnectionClosed', message: 'the run ended' });
}
