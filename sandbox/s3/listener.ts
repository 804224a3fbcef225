import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StorageOperation } from '../../policies/storage-request.ts';
import { addressOf } from './address.ts';
import { sendXml } from './answer.ts';
import { authenticate, type Gate } from './authentication.ts';
import type { Identity } from './authorizer.ts';
import { allowCrossOrigin, answerPreflight } from './cross-origin.ts';
import { refuseCustomerKeys } from './encryption.ts';
import { callOf, heard, type Exchange, type S3ListenerOptions } from './exchange.ts';
import { serveForm } from './form-request.ts';
import { formBoundary } from './multipart-form.ts';
import { operations } from './operations/index.ts';
import type { S3Profile } from './profile.ts';
import { recognise, type RawRequest, type Recognised } from './recognise.ts';
import { refusalOf } from './refusal.ts';
import { NotModified, S3Error } from './s3-error.ts';
import { rememberSigningKeys } from './signature.ts';
import { errorDocument } from './xml.ts';

export type { DecisionRecord, S3ListenerOptions, UnidentifiedRecord } from './exchange.ts';

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

function operationName({ operation }: Recognised): string {
  return typeof operation === 'string' ? operation : operation.notServed;
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
