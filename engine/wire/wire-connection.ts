import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { Failure } from '../failure.ts';
import { onStop, type Attempt } from '../retry.ts';
import type { WholeAnswer } from '../whole-answer.ts';
import { AnswerReader, type AnswerOptions } from './answer-reader.ts';

export interface Exchange extends AnswerOptions {
  /** The request's head, down to the empty line, in Latin-1. */
  readonly head: string;
  readonly body: Uint8Array | undefined;
  readonly attempt: Attempt;
}

export interface WireConnectionOptions {
  /** What arrives is read into this buffer and taken out of it at once, so that all connections can share one. */
  readonly readBuffer: Buffer;
  /** The connection is of no more use. */
  readonly onClosed: (connection: WireConnection) => void;
  readonly tls?: Pick<ConnectionOptions, 'ca'> | undefined;
}

/** A host that does not answer for so long is not there. */
const connectTimeoutMs = 20_000;
/** A head and a body up to this size go out as one piece. */
const joinedBytesMax = 64 * 1024;

interface Running {
  readonly reader: AnswerReader;
  readonly attempt: Attempt;
  readonly resolve: (answer: WholeAnswer) => void;
  readonly reject: (error: unknown) => void;
  forget: () => void;
}

/**
 * One connection to an origin, for one request at a time. Bytes go from the socket to the reader without a stream or an event
 * in between: for small objects that is what most of the time was spent on.
 */
export class WireConnection {
  readonly #socket: Socket;
  readonly #onClosed: (connection: WireConnection) => void;
  readonly #connectTimer: NodeJS.Timeout;
  #running: Running | undefined;
  #isClosed = false;
  /** Until when the server is likely to keep it open while nothing happens, by `performance.now()`. */
  usableUntil = Infinity;

  constructor(origin: URL, { readBuffer, onClosed, tls }: WireConnectionOptions) {
    this.#onClosed = onClosed;
    this.#socket = openSocket(origin, tls, {
      buffer: readBuffer,
      callback: (bytes) => {
        this.#arrived(readBuffer.subarray(0, bytes));
        return true;
      },
    });
    const established = origin.protocol === 'https:' ? 'secureConnect' : 'connect';
    this.#connectTimer = setTimeout(() => this.close(closed('the connection could not be opened')), connectTimeoutMs);
    this.#socket.once(established, () => clearTimeout(this.#connectTimer));
    this.#socket.on('error', (error) => this.close(error));
    this.#socket.on('end', () => this.close(closed('the other side closed the connection')));
    this.#socket.on('close', () => this.close(closed('the connection was closed')));
  }

  /** Whether it can take a request. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Sends a request and reads its answer. Rejects with what ended it; the connection is then closed. */
  exchange({ head, body, attempt, ...options }: Exchange): Promise<WholeAnswer> {
    return new Promise((resolve, reject) => {
      const running: Running = {
        reader: new AnswerReader(options),
        attempt,
        resolve,
        reject,
        forget: () => undefined,
      };
      this.#running = running;
      running.forget = onStop(attempt, (reason) => this.close(reason));
      if (!this.#isClosed) this.#send(head, body);
    });
  }

  #send(head: string, body: Uint8Array | undefined): void {
    if (body === undefined) {
      this.#socket.write(head, 'latin1');
    } else if (body.length <= joinedBytesMax) {
      const joined = Buffer.allocUnsafe(head.length + body.length);
      joined.write(head, 'latin1');
      joined.set(body, head.length);
      this.#socket.write(joined);
    } else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  #arrived(bytes: Buffer): void {
    const running = this.#running;
    if (running === undefined) {
      this.close(closed('the server sent an answer that nobody asked for'));
      return;
    }
    try {
      if (running.reader.take(bytes)) this.#finish(running);
      else running.attempt.touch();
    } catch (error) {
      this.close(error);
    }
  }

  #finish({ reader, resolve, forget }: Running): void {
    this.#running = undefined;
    forget();
    const idleSeconds = Math.max(0, Math.min(idleSecondsMax, (reader.keepAliveSeconds ?? Infinity) - marginSeconds));
    this.usableUntil = performance.now() + idleSeconds * 1000;
    // An answer that came before the request was out leaves the server at a place that nobody knows.
    if (!reader.keepsConnection || this.#socket.writableLength > 0) this.close();
    resolve(reader.answer());
  }

  /** Ends it, and the request that is under way. */
  close(reason?: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#connectTimer);
    this.#socket.destroy();
    const running = this.#running;
    this.#running = undefined;
    running?.forget();
    running?.reject(reason);
    this.#onClosed(this);
  }
}

/** Idle for longer, a connection is not used again; nor for as long as the server said, less a margin for the way there. */
const idleSecondsMax = 20;
const marginSeconds = 2;

function openSocket(
  origin: URL,
  tls: WireConnectionOptions['tls'],
  onread: { buffer: Buffer; callback: (bytes: number) => boolean },
): Socket {
  // An IPv6 address stands in brackets in a URL.
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  const isSecure = origin.protocol === 'https:';
  const port = origin.port === '' ? (isSecure ? 443 : 80) : Number(origin.port);
  const options = { host, port, noDelay: true, keepAlive: true, onread };
  if (!isSecure) return connectPlain(options);
  // Certificates are checked as everywhere in Node; a server name may not be an address (RFC 6066, 3).
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...options, ...servername, ...tls, ALPNProtocols: ['http/1.1'] });
}

function closed(message: string): Failure {
  return new Failure({ kind: 'transient', code: 'ConnectionClosed', message });
}
