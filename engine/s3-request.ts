import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Agent, getGlobalDispatcher, type Dispatcher } from 'undici';
import type { Body } from './body.ts';
import { Failure, asFailure, failureKind } from './failure.ts';
import type { AccessKeys, BucketPlace } from './place.ts';
import { outcomeOfError, type RequestOutcome } from './request-gate.ts';
import type { Attempt } from './retry.ts';
import { parseError } from './s3-xml.ts';
import { clockInWords, skewedCode, type ClockRefusal, type ServerClock } from './server-clock.ts';
import { createSigner, emptyPayloadHash, encodePath, encodeQuery, unsignedPayload } from './signer.ts';
import type { Traffic } from './traffic.ts';
import { flatHeaders, requestWhole, type WholeAnswer, type WholeAnswerOptions } from './whole-answer.ts';
import type { Wire } from './wire/wire.ts';

/** One request of the S3 protocol, path style. */
export interface S3Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket?: string;
  /** The whole key. Its bytes go over the wire as they are: never normalised. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case; values as byte strings (Latin-1), which is also how answers hold them. Those in ASCII are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A string's hash is signed; bytes and streams go as UNSIGNED-PAYLOAD. A stream needs a content-length header. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** An answer, whatever its status. */
export interface S3Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Set where the answer is a failure: from its XML, or from the status where there is no body (HEAD). */
  readonly code?: string;
  readonly message?: string;
  /** The region that the provider says the request should have been signed for. */
  readonly region?: string;
}

/** An answer whose body has not been read yet. The caller reads all of it or destroys it. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** Where requests go and what they are signed with; without credentials they are anonymous. */
export type S3Endpoint = Pick<BucketPlace, 'endpoint' | 'region'> & { readonly credentials?: AccessKeys };

export interface FetchOptions {
  readonly attempt: Attempt;
  /** A longer body is a `broken` failure. */
  readonly bytesMax: number;
  /** Looks at the head of a success before a byte of its body is read; what it throws ends the request. */
  readonly onHead?: (status: number, headers: Readonly<Record<string, string>>) => void;
}

/** Hears that no more of a body will come, and what ended it where that was too early. */
type OnEnd = (answer: Omit<OpenAnswer, 'body'>, error?: unknown) => void;

export interface S3Connection {
  /** Sends one request and reads its whole answer. Never retries. Throws `Failure` where no answer came. */
  send(call: S3Call, attempt?: Attempt): Promise<S3Answer>;
  /** Sends one request; a success comes with its body unread, anything else is thrown as a `Failure`. */
  open(call: S3Call, attempt?: Attempt): Promise<OpenAnswer>;
  /** Sends one request; a success comes with its whole body in one buffer, anything else is thrown as a `Failure`. */
  fetch(call: S3Call, options: FetchOptions): Promise<WholeAnswer>;
  /** Takes the memory of a fetched body back, which nobody will look at again. */
  readonly giveBack?: (body: Uint8Array) => void;
}

/** Nothing may hang: a connection on which nothing moves for so long is given up. */
export const idleTimeoutMsDefault = 60_000;
/** An error document, or what a DeleteObjects or an upload answers. */
const textBytesMax = 16 * 1024 * 1024;

/** Connections for one run, kept alive between requests, as many a host as are in use. Close it at the end. */
export function connectionPool(): Dispatcher {
  return new Agent({ pipelining: 1, keepAliveTimeout: 20_000, connect: { timeout: 20_000 } });
}

export interface ConnectOptions {
  readonly pool?: Dispatcher | undefined;
  /** Takes the requests that read and write objects, where they are part of an attempt. */
  readonly wire?: Wire | undefined;
  readonly idleTimeoutMs?: number;
  /** Holds requests back; they go at once without it. */
  readonly traffic?: Traffic | undefined;
  /** Requests are signed with its time; what it is set right by is a failure that may pass. The machine's time without it. */
  readonly clock?: ServerClock | undefined;
}

/** Ways to send requests to one endpoint with one credential. `pool` is undici's own unless given. */
export function connect(
  place: S3Endpoint,
  { pool, wire, idleTimeoutMs = idleTimeoutMsDefault, traffic, clock }: ConnectOptions = {},
): S3Connection {
  const { origin, host } = new URL(place.endpoint);
  const signer =
    place.credentials === undefined
      ? undefined
      : createSigner({ credentials: place.credentials, region: place.region });

  function requestOf(call: S3Call): { path: string; headers: Readonly<Record<string, string>> } {
    const path = encodePath(call.bucket, call.key);
    return {
      path: call.query === undefined ? path : `${path}?${encodeQuery(call.query)}`,
      headers: headersOf(call, path),
    };
  }

  function optionsOf(call: S3Call): Dispatcher.DispatchOptions {
    return {
      origin,
      ...requestOf(call),
      method: call.method,
      // undici takes any iterable (its documentation, "Parameter: DispatchOptions"); its types name streams only.
      body: (call.body ?? null) as string | Uint8Array | Readable | null,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
    };
  }

  function headersOf(call: S3Call, path: string): Readonly<Record<string, string>> {
    const { method, query, headers, body } = call;
    if (signer === undefined) return headers ?? {};
    const signed = headers === undefined ? undefined : asciiHeaders(headers);
    const complete = signer.sign(
      {
        method,
        host,
        path,
        payloadHash: hashOf(body),
        ...(query && { query }),
        ...(signed && { headers: signed }),
      },
      clock?.now(),
    );
    return signed === headers ? complete : { ...headers, ...complete };
  }

  function dispatch(call: S3Call, options: WholeAnswerOptions): Promise<WholeAnswer> {
    const { method, body } = call;
    const { attempt } = options;
    if (wire?.serves(origin) === true && attempt !== undefined) {
      const told = { ...options, attempt };
      if (method === 'GET' && body === undefined) return wire.request(origin, { method, ...requestOf(call) }, told);
      if (method === 'PUT' && body !== undefined && typeof body !== 'string')
        return wire.request(origin, { method, ...requestOf(call), body }, told);
    }
    return requestWhole(pool ?? getGlobalDispatcher(), optionsOf(call), options);
  }

  async function whole(call: S3Call, options: Partial<FetchOptions>): Promise<WholeAnswer> {
    const { attempt, bytesMax = textBytesMax, onHead } = options;
    const gate = traffic?.gateOf(call);
    const held = traffic?.enter(gate, attempt);
    if (held !== undefined) await held;
    try {
      const answer = await dispatch(call, {
        attempt,
        bytesMax: (status) => (status < 300 ? bytesMax : textBytesMax),
        onHead: (status, headers) => {
          if (status < 300) onHead?.(status, headers);
        },
      });
      gate?.leave(outcomeOf(answer, answer.body.length + sentBytes(call)));
      return answer;
    } catch (error) {
      gate?.leave(outcomeOfError(error));
      throw error;
    }
  }

  async function stream(call: S3Call, attempt?: Attempt): Promise<OpenAnswer> {
    const gate = traffic?.gateOf(call);
    await traffic?.enter(gate, attempt);
    const onEnd: OnEnd = (answer, error) => {
      const bytes = Number(answer.headers['content-length'] ?? 0);
      gate?.leave(error === undefined ? outcomeOf(answer, bytes) : outcomeOfError(error));
    };
    try {
      if (wire?.serves(origin) === true && attempt !== undefined && call.method === 'GET')
        return await wire.open(origin, { method: call.method, ...requestOf(call) }, { attempt, onEnd });
      return await streamByPool(call, attempt, onEnd);
    } catch (error) {
      gate?.leave(outcomeOfError(error));
      throw error;
    }
  }

  async function streamByPool(call: S3Call, attempt: Attempt | undefined, onEnd: OnEnd): Promise<OpenAnswer> {
    // The pool's own `request` takes the path as it is; undici's function of that name parses it as a URL and would
    // turn `a/../b` into `b`.
    const { statusCode, headers, body } = await (pool ?? getGlobalDispatcher()).request({
      ...optionsOf(call),
      ...(attempt === undefined ? {} : { signal: attempt.signal }),
    });
    // Whoever gives an answer up destroys its body, which then fails with nobody listening; that must not end the process.
    body.on('error', () => undefined);
    const answer = { status: statusCode, headers: flatHeaders(headers), body };
    body.once('close', () => onEnd(answer, body.errored ?? undefined));
    return answer;
  }

  /** Throws where the answer refuses a request for the time it was signed with, and it is worth trying again. */
  function checkClock(refusal: ClockRefusal, signedOffsetMs: number): void {
    if (clock?.learn(refusal, signedOffsetMs) !== true) return;
    const message = `signed with a clock that is ${clockInWords(clock.offsetMs)} that of the provider`;
    throw new Failure({ kind: 'transient', status: refusal.status, code: skewedCode, message });
  }

  async function send(call: S3Call, attempt?: Attempt): Promise<S3Answer> {
    const { offsetMs = 0 } = clock ?? {};
    try {
      const { status, headers, body } = await whole(call, attempt === undefined ? {} : { attempt });
      const answer = { status, headers, ...describe(status, headers, body.toString('utf8')) };
      checkClock(answer, offsetMs);
      return answer;
    } catch (error) {
      throw asFailure(error);
    }
  }

  async function fetch(call: S3Call, options: FetchOptions): Promise<WholeAnswer> {
    const { offsetMs = 0 } = clock ?? {};
    try {
      const answer = await whole(call, options);
      if (answer.status < 300) return answer;
      const failed = { ...answer, ...describe(answer.status, answer.headers, answer.body.toString('utf8')) };
      checkClock(failed, offsetMs);
      throw failureOf(failed);
    } catch (error) {
      throw asFailure(error);
    }
  }

  async function open(call: S3Call, attempt?: Attempt): Promise<OpenAnswer> {
    const { offsetMs = 0 } = clock ?? {};
    try {
      const answer = await stream(call, attempt);
      if (answer.status < 300) return answer;
      const failed = { ...answer, ...describe(answer.status, answer.headers, await readText(answer.body, attempt)) };
      checkClock(failed, offsetMs);
      throw failureOf(failed);
    } catch (error) {
      throw asFailure(error);
    }
  }

  return { send, open, fetch, ...(wire && { giveBack: wire.giveBack }) };
}

/** Sends one request to a place and reads its answer, a refusal as much as a success. Never retries. Throws `Failure` where no answer came. */
export function sendS3(place: S3Endpoint, call: S3Call, pool?: Dispatcher): Promise<S3Answer> {
  return connect(place, { pool }).send(call);
}

/** A URL for people without a credential: one method on one object, for `expiresSeconds`. */
export function presignedUrl(
  place: S3Endpoint & { readonly credentials: AccessKeys },
  {
    method,
    bucket,
    key,
    expiresSeconds,
  }: { method: 'GET' | 'PUT'; bucket: string; key: string; expiresSeconds: number },
  now?: Date,
): string {
  const { origin, host } = new URL(place.endpoint);
  const path = encodePath(bucket, key);
  return `${origin}${path}?${createSigner(place).presign({ method, host, path, expiresSeconds }, now)}`;
}

/** The failure that an unsuccessful answer is. */
export function failureOf(answer: Omit<S3Answer, 'body'>): Failure {
  const { status, code, message, region, headers } = answer;
  const elsewhere = region === undefined ? '' : ` (the provider expects region ${region})`;
  return new Failure({
    kind: failureKind(status, code),
    status,
    code,
    retryAfterMs: retryAfterMs(headers['retry-after']),
    message: `${status} ${code ?? ''}${message === undefined || message === '' ? '' : `: ${message}`}${elsewhere}`,
  });
}

function hashOf(body: S3Call['body']): string {
  if (body === undefined) return emptyPayloadHash;
  return typeof body === 'string' ? createHash('sha256').update(body).digest('hex') : unsignedPayload;
}

/** What a failed answer says; nothing for a success. */
function describe(status: number, headers: S3Answer['headers'], body: string): Omit<S3Answer, 'status' | 'headers'> {
  if (status < 300) return { body };
  const error = parseError(body);
  const region = error?.region ?? headers['x-amz-bucket-region'];
  return {
    body,
    ...(error === undefined ? {} : { code: error.code, message: error.message }),
    ...(region === undefined ? {} : { region }),
  };
}

async function readText(body: Body, attempt?: Attempt): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    attempt?.touch();
    bytes += chunk.length;
    if (bytes > textBytesMax)
      throw new Failure({ kind: 'broken', message: `an answer of more than ${textBytesMax} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A refusal says nothing about how much the provider can take. */
function outcomeOf({ status, headers }: Omit<OpenAnswer, 'body'>, bytes: number): RequestOutcome {
  if (status < 300) return { kind: 'done', bytes };
  if (status !== 429 && status !== 503) return { kind: 'other' };
  return { kind: 'throttled', retryAfterMs: retryAfterMs(headers['retry-after']) };
}

function sentBytes({ headers }: S3Call): number {
  return Number(headers?.['content-length'] ?? 0);
}

/** Servers differ in how they read bytes beyond ASCII, so such a header is sent unsigned: these are the others. */
function asciiHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const name in headers) {
    if (!isAscii(headers[name] ?? ''))
      return Object.fromEntries(Object.entries(headers).filter(([, value]) => isAscii(value)));
  }
  return headers;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

/** Seconds or a date (RFC 9110, "Retry-After"). */
function retryAfterMs(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
