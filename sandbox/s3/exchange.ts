import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decision } from '../../policies/decision.ts';
import type { StorageOperation, StorageRequest } from '../../policies/storage-request.ts';
import type { DiskWorld } from '../store/disk-world.ts';
import { RefusedKey, type Authenticated } from './authentication.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import type { Call } from './call.ts';
import { retentionDaysAsked } from './object-lock.ts';
import { aclDecision } from './operations/acl.ts';
import { restrictedDecision } from './operations/bucket-policy.ts';
import { payloadExpectations, verifiedBody, withSum } from './payload.ts';
import type { S3Profile } from './profile.ts';
import { storageRequest, type Recognised } from './recognise.ts';
import { refusalOf } from './refusal.ts';
import { S3Error } from './s3-error.ts';

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

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The client holds its body back until it hears `100 Continue`. */
  readonly awaitsContinue: boolean;
}

/** What `identify` finds out; a refusal is heard on its way out. */
export function heard<Caller extends Identity>(
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

/** What an operation is given: the request, understood, and the decisions on it. */
export function callOf<Caller extends Identity>(
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
