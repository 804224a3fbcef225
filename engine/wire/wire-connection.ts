import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { Failure } from '../failure.ts';
import { onStop, type Attempt } from '../retry.ts';
import type { WholeAnswer } from '../whole-answer.ts';
import { AnswerReader, type AnswerOptions } from './answer-reader.ts';

export interface Exchange extends AnswerOptions {
  /** The request's head, down to the empty line, in Latin-1. */
  readonly head: string;
  readonly body: Uint8Array | BodyInPieces | undefined;
  readonly attempt: Attempt;
  /** Hears that the answer is whole, before the connection takes another request. */
  readonly onWhole?: () => void;
}

/** A body that is not held: as many bytes as the head announces. */
export interface BodyInPieces {
  readonly sizeBytes: number;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Hears of each piece that is out. */
  readonly onSent: (piece: Uint8Array) => void;
}

export interface WireConnectionOptions {
  /** The connection has been answered, and takes another request. */
  readonly onFree: (connection: WireConnection) => void;
  /** What no body has memory for is read into this buffer and taken out of it at once, so that all connections can share one. */
  readonly readBuffer: Buffer;
  /** The connection is of no more use. */
  readonly onClosed: (connection: WireConnection) => void;
  /** Of all connections that are secure: to read the trusted certificates anew for each would cost more than a handshake. */
  readonly secureContext: () => SecureContext;
}

/** A host that does not answer for so long is not there. */
const connectTimeoutMs = 20_000;
/** A head and a body up to this size go out as one piece. */
const joinedBytesMax = 64 * 1024;
const joinedBytesMin = 8 * 1024;

interface Running {
  readonly reader: AnswerReader;
  readonly attempt: Attempt;
  readonly onWhole: (() => void) | undefined;
  readonly resolve: (answer: WholeAnswer) => void;
  readonly reject: (error: unknown) => void;
  forget: () => void;
  /** Whether all of a body in pieces is with the socket. */
  isSent: boolean;
}

/**
 * One connection to an origin, for one request at a time. Bytes go from the socket to the reader without a stream or an event
 * in between: for small objects that is what most of the time was spent on, and for large ones in TLS, which hands over 16 KiB at a time.
 */
export class WireConnection {
  readonly #socket: Socket;
  readonly #onFree: (connection: WireConnection) => void;
  readonly #onClosed: (connection: WireConnection) => void;
  readonly #connectTimer: NodeJS.Timeout;
  readonly #isSecure: boolean;
  #running: Running | undefined;
  #isClosed = false;
  /** What the socket reads into; asked for anew after each reading. */
  #into: Buffer;
  /** Where a head and a body are put together. */
  #joined = Buffer.alloc(0);
  /** Until when the server is likely to keep it open while nothing happens, by `performance.now()`. */
  usableUntil = Infinity;

  constructor(origin: URL, { readBuffer, onFree, onClosed, secureContext }: WireConnectionOptions) {
    this.#into = readBuffer;
    this.#onFree = onFree;
    this.#onClosed = onClosed;
    this.#socket = openSocket(origin, secureContext, {
      buffer: () => (this.#into = this.#running?.reader.room() ?? readBuffer),
      callback: (bytes) => {
        this.#arrived(this.#into, bytes);
        return true;
      },
    });
    this.#isSecure = origin.protocol === 'https:';
    const established = this.#isSecure ? 'secureConnect' : 'connect';
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
  exchange({ head, body, attempt, onWhole, ...options }: Exchange): Promise<WholeAnswer> {
    return new Promise((resolve, reject) => {
      const running: Running = {
        reader: new AnswerReader(options),
        attempt,
        onWhole,
        resolve,
        reject,
        forget: () => undefined,
        isSent: true,
      };
      this.#running = running;
      running.forget = onStop(attempt, (reason) => this.close(reason));
      if (this.#isClosed) return;
      if (body === undefined || body instanceof Uint8Array) this.#send(head, body);
      else void this.#sendPieces(running, head, body);
    });
  }

  /** Whoever reads an answer's body asks for no more of it for now. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #send(head: string, body: Uint8Array | undefined): void {
    if (body === undefined) {
      this.#socket.write(head, 'latin1');
    } else if (body.length <= joinedBytesMax) {
      const bytes = head.length + body.length;
      // The request before this one is out, for it was answered.
      if (this.#joined.length < bytes) this.#joined = Buffer.allocUnsafeSlow(Math.max(joinedBytesMin, 2 * bytes));
      this.#joined.write(head, 'latin1');
      this.#joined.set(body, head.length);
      this.#socket.write(this.#joined.subarray(0, bytes));
    } else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  /** A piece is asked for when the one before it is out, so that nobody runs ahead. What goes wrong ends the request. */
  async #sendPieces(running: Running, head: string, { pieces, sizeBytes, onSent }: BodyInPieces): Promise<void> {
    running.isSent = sizeBytes === 0;
    this.#socket.write(head, 'latin1');
    let sentBytes = 0;
    try {
      for await (const piece of pieces) {
        sentBytes += piece.length;
        if (this.#running !== running) return;
        if (sentBytes > sizeBytes) throw wrongLength(sizeBytes);
        running.isSent = sentBytes === sizeBytes;
        if (!(await this.#write(piece))) return;
        onSent(piece);
        if (this.#running !== running) return;
        running.attempt.touch();
      }
      if (sentBytes < sizeBytes) throw wrongLength(sizeBytes);
    } catch (error) {
      if (this.#running === running) this.close(error);
    }
  }

  /** Resolves when the piece is out: whether it could be sent. */
  #write(piece: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      this.#socket.write(piece, (error) => resolve(error === null || error === undefined));
    });
  }

  #arrived(buffer: Buffer, bytes: number): void {
    const running = this.#running;
    if (running === undefined) {
      this.close(closed('the server sent an answer that nobody asked for'));
      return;
    }
    try {
      if (running.reader.take(buffer, bytes)) this.#finish(running);
      else running.attempt.touch();
    } catch (error) {
      this.close(error);
    }
  }

  #finish({ reader, resolve, forget, isSent, onWhole }: Running): void {
    this.#running = undefined;
    forget();
    onWhole?.();
    const idleSeconds = Math.max(0, Math.min(idleSecondsMax, (reader.keepAliveSeconds ?? Infinity) - marginSeconds));
    this.usableUntil = performance.now() + idleSeconds * 1000;
    const answer = reader.answer();
    // An answer that came before the request was out leaves the server at a place that nobody knows. TLS has its own copy of what it was
    // given, and Node tells a turn later that it is out: a success may be quicker.
    const isOut = isSent && (this.#socket.writableLength === 0 || (this.#isSecure && answer.status < 300));
    if (!reader.keepsConnection || !isOut) this.close();
    else this.#onFree(this);
    resolve(answer);
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
  secureContext: WireConnectionOptions['secureContext'],
  onread: { buffer: () => Buffer; callback: (bytes: number) => boolean },
): Socket {
  // An IPv6 address stands in brackets in a URL.
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  const isSecure = origin.protocol === 'https:';
  const port = origin.port === '' ? (isSecure ? 443 : 80) : Number(origin.port);
  const options = { host, port, noDelay: true, keepAlive: true, onread };
  if (!isSecure) return connectPlain(options);
  // Certificates are checked as everywhere in Node; a server name may not be an address (RFC 6066, 3).
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...options, ...servername, secureContext: secureContext(), ALPNProtocols: ['http/1.1'] });
}

function wrongLength(sizeBytes: number): Failure {
  return new Failure({ kind: 'broken', code: 'WrongLength', message: `the body to send has not ${sizeBytes} bytes` });
}

function closed(message: string): Failure {
  return new Failure({ kind: 'transient', code: 'ConnectionClosed', message });
}
