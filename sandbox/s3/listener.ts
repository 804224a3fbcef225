import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decision } from '../../policies/decision.ts';
import type { StorageOperation, StorageRequest } from '../../policies/storage-request.ts';
import type { DiskWorld } from '../store/disk-world.ts';
import { StoreError } from '../store/object-store.ts';
import { sendXml } from './answer.ts';
import { authenticate, RefusedKey, type Authenticated, type Gate } from './authentication.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import type { Call } from './call.ts';
import { restrictedDecision } from './operations/bucket-policy.ts';
import { operations } from './operations/index.ts';
import { payloadExpectations, verifiedBody } from './payload.ts';
import type { S3Profile } from './profile.ts';
import { recognise, storageRequest, type RawRequest, type Recognised } from './recognise.ts';
import { NotModified, S3Error } from './s3-error.ts';
import { rememberSigningKeys } from './signature.ts';
import { errorDocument } from './xml.ts';

export interface S3ListenerOptions<Caller extends Identity> {
  readonly world: DiskWorld;
  readonly authorizer: Authorizer<Caller>;
  readonly profile: S3Profile;
  readonly region: string;
  /** Hosts whose subdomains are buckets, beside `localhost`. */
  readonly ownHosts?: readonly string[];
  /** Hears every decision, allowed or not. */
  readonly onDecision?: (record: DecisionRecord) => void;
  /** Hears of every request whose key or signature was refused, so that nothing could be decided. */
  readonly onUnidentified?: (record: UnidentifiedRecord) => void;
  /** The endpoint's clock. */
  readonly now?: () => Date;
}

/** Who asked what, and what was decided. */
export interface DecisionRecord {
  readonly at: Date;
  readonly requestId: string;
  /** Undefined: anonymous. */
  readonly principal: string | undefined;
  readonly request: StorageRequest;
  readonly decision: Decision;
}

/** What was asked by nobody known, and the refusal's code and message. */
export interface UnidentifiedRecord {
  readonly at: Date;
  readonly requestId: string;
  readonly operation: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Serves one S3 endpoint. Give it to `request`, and with a third argument `true` to `checkContinue`, so that a refused upload is
 * refused before its body is sent.
 *
 * It stands on bare node:http: frameworks decode or normalise paths, where a key is bytes (`..`, `//`, `%2e`), and this is the
 * sandbox's hot path. A request is parsed, its signature checked, its call decided, and only then is looked what exists.
 */
export function s3Listener<Caller extends Identity>(
  options: S3ListenerOptions<Caller>,
): (request: IncomingMessage, response: ServerResponse, awaitsContinue?: boolean) => void {
  const gate: Gate<Caller> = { ...options, signingKeys: rememberSigningKeys() };
  return (request, response, awaitsContinue = false) => {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    prepare(response, options.profile, requestId);
    serve({ request, response, requestId, awaitsContinue }, options, gate)
      .catch((error: unknown) => answerError(error, { request, response, requestId }))
      .catch((error: unknown) => {
        // Not even the refusal could be sent: our bug, which must not take the other connections along.
        console.error(error);
        response.destroy();
      });
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The client holds its body back until it hears `100 Continue`. */
  readonly awaitsContinue: boolean;
}

async function serve<Caller extends Identity>(
  exchange: Exchange,
  options: S3ListenerOptions<Caller>,
  gate: Gate<Caller>,
): Promise<void> {
  const { request, response } = exchange;
  const { profile, authorizer, world } = options;
  // Until the body is asked for the client may still hold it back; then the connection cannot serve another request.
  if (exchange.awaitsContinue) response.shouldKeepAlive = false;
  const now = options.now?.() ?? new Date();
  const raw = rawRequest(request);
  const recognised = recognise(raw, options.ownHosts);
  const authenticated = authenticateHeard(exchange, options, { raw, recognised, gate, now });
  const { caller } = authenticated;
  if (caller !== undefined) authorizer.used?.(caller, now);
  const operation = served(recognised, profile);
  const run = operations[operation];
  const call = callOf(exchange, options, { operation, recognised, authenticated, now });
  // Each key of a batch is decided by itself.
  if (operation !== 'DeleteObjects') {
    const decision = call.decide({});
    if (decision.verdict !== 'allowed') throw call.denied({}, decision);
  }
  if (run === undefined) throw new S3Error('NotImplemented');
  const { bucket } = recognised.address;
  if (bucket !== undefined && operation !== 'CreateBucket' && world.bucket(bucket) === undefined) {
    throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
  }
  await run(call);
}

/** As `authenticate`; a refusal is heard on its way out. */
function authenticateHeard<Caller extends Identity>(
  { requestId }: Exchange,
  { onUnidentified }: S3ListenerOptions<Caller>,
  {
    raw,
    recognised: { query, operation, address },
    gate,
    now,
  }: {
    readonly raw: RawRequest;
    readonly recognised: Recognised;
    readonly gate: Gate<Caller>;
    readonly now: Date;
  },
): Authenticated<Caller> {
  try {
    return authenticate(raw, query, gate, now);
  } catch (error) {
    if (error instanceof S3Error || error instanceof RefusedKey) {
      const { code, message } = refusalOf(error);
      const asked = typeof operation === 'string' ? operation : operation.notServed;
      onUnidentified?.({ at: now, requestId, operation: asked, ...address, code, message });
    }
    throw error;
  }
}

function rawRequest({ method = '', url = '', headers }: IncomingMessage): RawRequest {
  // A proxy's absolute form (RFC 9112, 3.2.2) names the host again.
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI');
  return { method, rawPath, rawQuery: mark < 0 ? '' : target.slice(mark + 1), headers };
}

/** The call, where the provider has it at all. Throws `NotImplemented`. */
function served({ operation, headers }: Recognised, profile: S3Profile): StorageOperation {
  if (typeof operation !== 'string') {
    throw new S3Error('NotImplemented', undefined, { Resource: operation.notServed });
  }
  const header = Object.keys(headers).find((name) => profile.notImplementedHeaders.test(name));
  if (profile.notImplemented.has(operation)) throw new S3Error('NotImplemented', `${operation} not implemented`);
  if (header !== undefined) {
    throw new S3Error('NotImplemented', `Header '${header}' with value '${headers[header] ?? ''}' not implemented`);
  }
  return operation;
}

function callOf<Caller extends Identity>(
  { request, response, requestId, awaitsContinue }: Exchange,
  { world, profile, region, authorizer, onDecision }: S3ListenerOptions<Caller>,
  {
    operation,
    recognised,
    authenticated,
    now,
  }: {
    readonly operation: StorageOperation;
    readonly recognised: Recognised;
    readonly authenticated: Authenticated<Caller>;
    readonly now: Date;
  },
): Call {
  const { caller, authType, payload, chunkSigning } = authenticated;
  const { address, query, headers } = recognised;
  const storage = storageRequest(operation, recognised, {
    secure: 'encrypted' in request.socket,
    ...(request.socket.remoteAddress !== undefined && { sourceIp: request.socket.remoteAddress }),
    ...(authType && { authType }),
  });
  return {
    request,
    response,
    world,
    profile,
    region,
    storage,
    query,
    headers,
    principal: caller?.principal,
    now,
    bucket: address.bucket ?? '',
    key: address.key ?? '',
    body(sum) {
      const promised = payloadExpectations(request.headers, headers, payload, chunkSigning);
      const expected =
        sum === undefined ? promised : { checksum: { algorithm: sum, computed: true as const }, ...promised };
      if (expected.sizeBytes === undefined && request.headers['transfer-encoding'] !== undefined) {
        throw new S3Error('MissingContentLength');
      }
      if (awaitsContinue && profile.continues) {
        response.writeContinue();
        response.shouldKeepAlive = true;
      }
      // Reading that ends early must not cut the connection, which is to carry the refusal.
      return verifiedBody(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>, expected);
    },
    decide(changes) {
      const asked: StorageRequest = { ...storage, ...changes };
      const decided = authorizer.authorize(caller, asked, now);
      const decision = caller === undefined ? restrictedDecision(world, asked, decided) : decided;
      onDecision?.({ at: now, requestId, principal: caller?.principal, request: asked, decision });
      return decision;
    },
    denied: (changes, decision) => profile.denied(caller, { ...storage, ...changes }, decision),
  };
}

function prepare(response: ServerResponse, { provider, server }: S3Profile, requestId: string): void {
  response.setHeader('server', server);
  response.setHeader('x-amz-request-id', requestId);
  if (provider === 'aws') response.setHeader('x-amz-id-2', Buffer.from(requestId.repeat(3)).toString('base64'));
}

function answerError(error: unknown, { request, response, requestId }: Omit<Exchange, 'awaitsContinue'>): void {
  // What is on its way cannot become an error: only a cut tells the client that it is not whole.
  if (response.headersSent || (request.destroyed && !request.complete)) {
    const clientLeft = request.socket.destroyed;
    response.destroy();
    if (!clientLeft) console.error(error);
    return;
  }
  // What is left of the body is taken and dropped: a client that still writes would never read the answer.
  if (!request.complete) request.resume();
  if (error instanceof NotModified) {
    response.writeHead(304, error.headers).end();
    return;
  }
  const { status, code, message, details = {}, headers = {} } = refusalOf(error);
  const fields = { Code: code, Message: message, ...details, RequestId: requestId, HostId: requestId };
  if (request.method === 'HEAD') response.writeHead(status, headers).end();
  else sendXml(response, errorDocument(fields), status, headers);
}

interface Refused {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

function refusalOf(error: unknown): Refused {
  if (error instanceof S3Error) return error;
  if (error instanceof RefusedKey) return error.refused;
  // A bucket or upload can go between the look and the deed.
  if (error instanceof StoreError && error.code !== 'BucketExists') return new S3Error(error.code);
  console.error(error);
  return new S3Error('InternalError');
}
