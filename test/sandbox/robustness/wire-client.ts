import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { MalformedRequest } from './malformed-request.ts';

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Long enough for any machine; a request that hangs fails its test. */
const answerTimeoutMs = 30_000;
/** The first byte of a TLS record that is an alert (RFC 8446, 5.1). */
const tlsAlert = 0x15;

/** Sends bytes as they are and reads what comes back, on one connection for as long as the server keeps it. */
export class WireClient {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** The answers to a request: one, or any number to one whose framing is broken. None where the connection was closed. */
  async ask(request: MalformedRequest): Promise<readonly WireAnswer[]> {
    if (request.alone) return this.#askAlone(request);
    const socket = await this.#connection();
    socket.write(request.bytes);
    const { answer, ended } = await readAnswer(socket, request.method === 'HEAD');
    if (ended || answer?.headers.get('connection') === 'close') this.close();
    return answer === undefined ? [] : [answer];
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connection(): Promise<Socket> {
    if (this.#socket !== undefined && !this.#socket.destroyed && !this.#socket.readableEnded) return this.#socket;
    this.#socket = await open(this.#port);
    return this.#socket;
  }

  async #askAlone({ bytes, method }: MalformedRequest): Promise<readonly WireAnswer[]> {
    const socket = await open(this.#port);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const closed = once(socket, 'close');
    socket.end(bytes);
    await closed;
    return wholeAnswers(Buffer.concat(chunks), method === 'HEAD');
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('the sandbox does not answer')));
  // A server that has refused a request may reset the connection while its body still comes.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') socket.destroy();
  });
  await once(socket, 'connect');
  return socket;
}

function readAnswer(socket: Socket, isHead: boolean): Promise<{ answer: WireAnswer | undefined; ended: boolean }> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (outcome: () => void): void => {
      for (const [name, listener] of Object.entries(listeners)) socket.off(name, listener);
      outcome();
    };
    const listeners = {
      data(chunk: Buffer) {
        received = Buffer.concat([received, chunk]);
        const parsed = parseAnswer(received, isHead);
        if (parsed !== undefined) settle(() => resolve({ answer: parsed.answer, ended: false }));
      },
      close: () => settle(() => resolve({ answer: undefined, ended: true })),
      error: (error: Error) => settle(() => reject(error)),
    };
    for (const [name, listener] of Object.entries(listeners)) socket.on(name, listener);
  });
}

function wholeAnswers(received: Buffer, isHead: boolean): WireAnswer[] {
  const answers: WireAnswer[] = [];
  for (let rest = received; rest.length > 0;) {
    // A listener over TLS says by an alert that this was no handshake.
    if (rest[0] === tlsAlert) break;
    const parsed = parseAnswer(rest, isHead);
    if (parsed === undefined) throw new Error(`half an answer: ${rest.toString('latin1')}`);
    answers.push(parsed.answer);
    rest = rest.subarray(parsed.bytes);
  }
  return answers;
}

/** The first answer in `received` and how many bytes it takes; undefined where it is not all there. */
function parseAnswer(received: Buffer, isHead: boolean): { answer: WireAnswer; bytes: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const from = headEnd + 4;
  const rest = received.subarray(from);
  const read = isHead || status === 304 ? { body: '', bytes: 0 } : readBody(rest, headers);
  return read && { answer: { status, headers, body: read.body }, bytes: from + read.bytes };
}

/** A body by its length, or chunk by chunk; undefined where it is not all there. */
function readBody(rest: Buffer, headers: WireAnswer['headers']): { body: string; bytes: number } | undefined {
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = Number(headers.get('content-length') ?? 0);
    return rest.length < length ? undefined : { body: rest.toString('utf8', 0, length), bytes: length };
  }
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const from = lineEnd + 2;
    at = from + length + 2;
    if (rest.length < at) return undefined;
    if (length === 0) return { body: Buffer.concat(chunks).toString('utf8'), bytes: at };
    chunks.push(rest.subarray(from, from + length));
  }
}
