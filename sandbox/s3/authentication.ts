import type { Authorizer, Identity } from './authorizer.ts';
import type { RequestHeaders } from './canonical-request.ts';
import type { ChunkSigning } from './chunked-body.ts';
import { payloadKind, type PayloadKind } from './payload.ts';
import type { S3Profile } from './profile.ts';
import type { Query } from './query.ts';
import type { RawRequest } from './recognise.ts';
import { S3Error } from './s3-error.ts';
import {
  basicDate,
  credentialScope,
  headerDate,
  parseAuthorization,
  parseForm,
  parsePresigned,
  presignedSecondsMax,
  verifyHeaderSignature,
  verifyPolicySignature,
  verifyPresignedSignature,
  type PresignedClaim,
  type SignatureClaim,
  type SignatureFailure,
  type SigningKeys,
} from './signature.ts';

/** Who sends a request, how that was shown, and how its body is to be read. */
export interface Authenticated<Caller extends Identity> {
  /** Undefined: anonymous. */
  readonly caller: Caller | undefined;
  readonly authType?: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST';
  readonly payload: PayloadKind;
  readonly chunkSigning?: ChunkSigning;
}

export interface Gate<Caller extends Identity> {
  readonly authorizer: Authorizer<Caller>;
  readonly profile: S3Profile;
  /** The endpoint's own region. */
  readonly region: string;
  readonly signingKeys: SigningKeys;
}

/** Checks a request's signature. Throws the provider's refusal (`S3Error` or `RefusedKey`); a request without one is anonymous. */
export function authenticate<Caller extends Identity>(
  raw: RawRequest,
  query: Query,
  gate: Gate<Caller>,
  now: Date,
): Authenticated<Caller> {
  const declared = declaredPayload(raw.headers);
  if (raw.headers['authorization'] !== undefined) return byHeader(raw, declared, gate, now);
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')) return byQuery(raw, query, declared, gate, now);
  return { caller: undefined, payload: declared === undefined ? { kind: 'unsigned' } : payloadKind(declared) };
}

/** Checks the signature of a form's policy. Throws as `authenticate` does; a form without a policy is anonymous. */
export function authenticateForm<Caller extends Identity>(
  fields: ReadonlyMap<string, string>,
  gate: Gate<Caller>,
  now: Date,
): Authenticated<Caller> {
  const payload: PayloadKind = { kind: 'unsigned' };
  const policy = fields.get('policy');
  if (policy === undefined) return { caller: undefined, payload };
  const claim = parseForm((name) => fields.get(name));
  if (claim === undefined) {
    throw new S3Error(
      'InvalidArgument',
      'A form with a policy needs the fields X-Amz-Algorithm (AWS4-HMAC-SHA256), X-Amz-Credential, X-Amz-Date, and X-Amz-Signature.',
    );
  }
  checkScope(claim, gate);
  const caller = identify(claim, fields.get('x-amz-security-token'), gate, now);
  const outcome = verifyPolicySignature(policy, claim, caller.secretAccessKey, gate.signingKeys);
  if (outcome !== 'valid') throw failed(outcome, gate.profile, now);
  return { caller, authType: 'POST', payload };
}

/** A key that the provider does not accept, in its own words. */
export class RefusedKey extends Error {
  readonly refused: { readonly status: number; readonly code: string; readonly message: string };

  constructor(refused: RefusedKey['refused']) {
    super(refused.message);
    this.name = 'RefusedKey';
    this.refused = refused;
  }
}

function byHeader<Caller extends Identity>(
  raw: RawRequest,
  declared: string | undefined,
  gate: Gate<Caller>,
  now: Date,
): Authenticated<Caller> {
  const claim = parseAuthorization(raw.headers);
  if (claim === undefined) throw gate.profile.unreadableAuthorization(String(raw.headers['authorization']));
  checkScope(claim, gate);
  if (declared === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  const payload = payloadKind(declared);
  const caller = identify(claim, text(raw.headers['x-amz-security-token']), gate, now);
  const signed = { ...raw, payloadHash: declared };
  const outcome = verifyHeaderSignature(signed, caller.secretAccessKey, now, gate.signingKeys, claim);
  if (outcome !== 'valid') throw failed(outcome, gate.profile, now);
  const identified = { caller, authType: 'REST-HEADER', payload } as const;
  if (payload.kind !== 'chunked' || !payload.signed) return identified;
  const signedAt = headerDate(raw.headers);
  if (signedAt === undefined) return identified;
  const key = gate.signingKeys(caller.secretAccessKey, claim);
  const date = basicDate(signedAt);
  return { ...identified, chunkSigning: { key, date, scope: credentialScope(claim), seed: claim.signature } };
}

function byQuery<Caller extends Identity>(
  raw: RawRequest,
  query: Query,
  declared: string | undefined,
  gate: Gate<Caller>,
  now: Date,
): Authenticated<Caller> {
  const claim = parsePresigned((name) => query.get(name));
  if (claim === undefined) {
    throw new S3Error(
      'AuthorizationQueryParametersError',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  if (claim.expiresSeconds > presignedSecondsMax) {
    throw new S3Error(
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  checkScope(claim, gate);
  const payloadHash = query.get('X-Amz-Content-Sha256') ?? declared ?? 'UNSIGNED-PAYLOAD';
  const caller = identify(claim, query.get('X-Amz-Security-Token'), gate, now);
  const signed = { ...raw, payloadHash };
  const outcome = verifyPresignedSignature(signed, claim, caller.secretAccessKey, now, gate.signingKeys);
  if (outcome !== 'valid') throw failed(outcome, gate.profile, now, claim);
  const payload = payloadKind(payloadHash);
  if (payload.kind === 'chunked' && payload.signed) {
    throw new S3Error('InvalidRequest', 'A presigned request cannot sign the chunks of its body.');
  }
  return { caller, authType: 'REST-QUERY-STRING', payload };
}

function checkScope<Caller extends Identity>(claim: SignatureClaim, { profile, region }: Gate<Caller>): void {
  profile.checkAccessKeyId(claim.accessKeyId);
  if (claim.service !== 's3') {
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; incorrect service "${claim.service}". This endpoint belongs to "s3".`,
    );
  }
  profile.checkRegion(claim.region, region);
}

function identify<Caller extends Identity>(
  { accessKeyId }: SignatureClaim,
  sessionToken: string | undefined,
  { authorizer }: Gate<Caller>,
  now: Date,
): Caller {
  const found = authorizer.identify({ accessKeyId, ...(sessionToken !== undefined && { sessionToken }) }, now);
  if ('refused' in found) throw new RefusedKey(found.refused);
  return found;
}

function failed(failure: SignatureFailure, profile: S3Profile, now: Date, claim?: PresignedClaim): S3Error {
  switch (failure) {
    case 'mismatch':
      return new S3Error('SignatureDoesNotMatch');
    case 'clock-skew':
      return new S3Error('RequestTimeTooSkewed', undefined, {
        ServerTime: now.toISOString(),
        MaxAllowedSkewMilliseconds: '900000',
      });
    case 'expired':
      return profile.expired({ ServerTime: now.toISOString(), 'X-Amz-Expires': String(claim?.expiresSeconds) });
    case 'header-not-signed':
      return new S3Error('AccessDenied', 'There were headers present in the request which were not signed');
    case 'malformed-date':
      return new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
}

function declaredPayload(headers: RequestHeaders): string | undefined {
  return text(headers['x-amz-content-sha256']);
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
