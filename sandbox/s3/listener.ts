import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decision } from '../../policies/decision.ts';
import type { StorageOperation, StorageRequest } from '../../policies/storage-request.ts';
import type { DiskWorld } from '../store/disk-world.ts';
import { StoreError } from '../store/object-store.ts';
import { addressOf } from './address.ts';
import { sendXml } from './answer.ts';
import { authenticate, authenticateForm, RefusedKey, type Authenticated, type Gate } from './authentication.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import type { Call } from './call.ts';
import { allowCrossOrigin, answerPreflight } from './cross-origin.ts';
import { refuseCustomerKeys } from './encryption.ts';
import { uploadOf } from './form-upload.ts';
import { formBoundary, readForm } from './multipart-form.ts';
import { retentionDaysAsked } from './object-lock.ts';
import { aclDecision } from './operations/acl.ts';
import { restrictedDecision } from './operations/bucket-policy.ts';
import { operations } from './operations/index.ts';
import { postObject } from './operations/post-object.ts';
import { payloadExpectations, verifiedBody, withSum } from './payload.ts';
import { checkPostPolicy, withinRange } from './post-policy.ts';
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
    const requestId = newRequestId();
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

/** Sixteen hexadecimal digits; `randomUUID` has random bytes in store, which `randomBytes` fetches each time. */
function newRequestId(): string {
  return randomUUID().replaceAll('-', '').slice(-16).toUpperCase();
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
  if (raw.method === 'OPTIONS') {
    answerPreflight(exchange, world, addressOf(raw.rawPath, request.headers.host, options.ownHosts ?? []));
    return;
  }
  // With a query it is another call, which may speak of an object that is itself a form.
  const isPlainPost = raw.method === 'POST' && raw.rawQuery === '';
  const boundary = isPlainPost ? formBoundary(request.headers['content-type']) : undefined;
  if (boundary !== undefined) {
    await serveForm(exchange, options, { gate, raw, boundary, now });
    return;
  }
  const recognised = recognise(raw, options.ownHosts);
  allowCrossOrigin(exchange, world, recognised.address);
  const asked = { operation: operationName(recognised), ...recognised.address };
  const authenticated = heard(exchange, options, asked, now, () => authenticate(raw, recognised.query, gate, now));
  const { caller } = authenticated;
  if (caller !== undefined) authorizer.used?.(caller, now);
  const operation = served(recognised, profile);
  refuseCustomerKeys(recognised.headers, 'encrypted' in request.socket);
  const run = operations[operation];
  const call = callOf(exchange, options, { operation, recognised, authenticated, now });
  if (!decidedWithin.has(operation)) {
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

/** Decided by the operations themselves: each key of a batch, and what policies see in a body. */
const decidedWithin: ReadonlySet<StorageOperation> = new Set([
  'DeleteObjects',
  'PutObjectRetention',
  'PutObjectLegalHold',
]);

/** What `identify` finds out; a refusal is heard on its way out. */
function heard<Caller extends Identity>(
  { requestId }: Exchange,
  { onUnidentified }: S3ListenerOptions<Caller>,
  asked: Pick<UnidentifiedRecord, 'operation' | 'bucket' | 'key'>,
  now: Date,
  identify: () => Authenticated<Caller>,
): Authenticated<Caller> {
  try {
    return identify();
  } catch (error) {
    if (error instanceof S3Error || error instanceof RefusedKey) {
      const { code, message } = refusalOf(error);
      onUnidentified?.({ at: now, requestId, ...asked, code, message });
    }
    throw error;
  }
}

function operationName({ operation }: Recognised): string {
  return typeof operation === 'string' ? operation : operation.notServed;
}

/** A browser's upload, whose key, signature and policy are in its body: that is read before anything can be decided. */
async function serveForm<Caller extends Identity>(
  exchange: Exchange,
  options: S3ListenerOptions<Caller>,
  {
    gate,
    raw,
    boundary,
    now,
  }: { readonly gate: Gate<Caller>; readonly raw: RawRequest; readonly boundary: string; readonly now: Date },
): Promise<void> {
  const { request, response } = exchange;
  const { world, profile, authorizer } = options;
  const { bucket, key: none } = addressOf(raw.rawPath, request.headers.host, options.ownHosts ?? []);
  if (bucket === undefined || none !== undefined) throw new S3Error('MethodNotAllowed');
  if (profile.provider === 'r2') throw new S3Error('NotImplemented', 'POST Object not implemented');
  allowCrossOrigin(exchange, world, { bucket });
  if (exchange.awaitsContinue) {
    response.writeContinue();
    response.shouldKeepAlive = true;
  }
  const form = await readForm(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>, boundary);
  const { fields, key, policy, content, amz } = uploadOf(form, bucket);
  const address = { bucket, key };
  const asked = { operation: 'PutObject', ...address } as const;
  const authenticated = heard(exchange, options, asked, now, () => authenticateForm(fields, gate, now));
  if (authenticated.caller !== undefined) authorizer.used?.(authenticated.caller, now);
  if (policy !== undefined) checkPostPolicy(policy, fields, now);
  refuseCustomerKeys(amz, 'encrypted' in request.socket);
  const recognised: Recognised = { operation: 'PutObject', address, query: new Map(), headers: amz };
  const file = policy === undefined ? form.file : withinRange(form.file, policy);
  const call: Call = {
    ...callOf(exchange, options, { operation: 'PutObject', recognised, authenticated, now }),
    body(sum) {
      const md5 = { 'content-md5': fields.get('content-md5') };
      return verifiedBody(file, withSum(payloadExpectations(md5, amz, authenticated.payload, undefined), sum));
    },
  };
  const decision = call.decide({});
  if (decision.verdict !== 'allowed') throw call.denied({}, decision);
  if (world.bucket(bucket) === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
  await postObject(call, content, fields);
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
    ...retentionDaysAsked(headers, now),
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
      const { checksum, ...others } = payloadExpectations(request.headers, headers, payload, chunkSigning);
      // The checksum that a completion names is of the object, not of the list of its parts.
      const ofBody = operation === 'CompleteMultipartUpload' ? undefined : checksum;
      const promised = { ...others, ...(ofBody && { checksum: ofBody }) };
      if (promised.sizeBytes === undefined && request.headers['transfer-encoding'] !== undefined) {
        throw new S3Error('MissingContentLength');
      }
      if (awaitsContinue && profile.continues) {
        response.writeContinue();
        response.shouldKeepAlive = true;
      }
      // Reading that ends early must not cut the connection, which is to carry the refusal.
      return verifiedBody(
        request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
        withSum(promised, sum),
      );
    },
    decide(changes) {
      const asked: StorageRequest = { ...storage, ...changes };
      const decided = authorizer.authorize(caller, asked, now);
      const decision =
        caller === undefined ? aclDecision(world, asked, restrictedDecision(world, asked, decided)) : decided;
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
  // A client that is gone hears nothing, and that it went is no failure of ours.
  const clientLeft = request.socket.destroyed || response.closed || (request.destroyed && !request.complete);
  // What is on its way cannot become an error: only a cut tells the client that it is not whole.
  if (response.headersSent || clientLeft) {
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
