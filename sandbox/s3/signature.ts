import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { canonicalRequest, type RequestHeaders, type SignedRequest } from './canonical-request.ts';

/**
 * Verifies Signature Version 4 in headers and in the query (presigned URLs), for S3 and, with the body's hash as
 * `payloadHash`, for the Query services (IAM, STS). Pure: what it needs to know of the time and the secret is given.
 */
export type { RequestHeaders, SignedRequest };

/** What a signature says of itself, in an Authorization header or in a presigned query. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly date: string;
  /** May be empty: R2 takes that as `auto`. */
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
}

/** A claim made in the query, with the time it was made and how long it holds. */
export interface PresignedClaim extends SignatureClaim {
  readonly signedAt: Date;
  readonly expiresSeconds: number;
}

/**
 * - `malformed-date`: no usable `x-amz-date` (or `date`), or not of the scope's day.
 * - `clock-skew`: made more than 15 minutes from now.  - `expired`: a presigned URL past its time.
 * - `header-not-signed`: `host` or an `x-amz-*` header came unsigned.  - `mismatch`: another secret, or another request.
 */
export type SignatureFailure = 'malformed-date' | 'clock-skew' | 'expired' | 'header-not-signed' | 'mismatch';

/** How far a client's clock may be off (S3 API reference, error RequestTimeTooSkewed). */
const clockSkewMaxMs = 15 * 60 * 1000;
/** The longest life of a presigned URL: seven days (S3 API reference, X-Amz-Expires). */
export const presignedSecondsMax = 604_800;

export const signatureAlgorithm = 'AWS4-HMAC-SHA256';

/** Derives the key that signs for a day, region and service; exchangeable, so that a busy endpoint can remember it. */
export type SigningKeys = (secretAccessKey: string, claim: SignatureClaim) => Buffer;

/** The claim in `headers.authorization`; undefined where there is none or it is not a well-formed Signature Version 4. */
export function parseAuthorization(headers: RequestHeaders): SignatureClaim | undefined {
  const header = headers['authorization'];
  if (typeof header !== 'string' || !header.startsWith(`${signatureAlgorithm} `)) return undefined;
  const fields = new Map(
    header
      .slice(signatureAlgorithm.length + 1)
      .split(',')
      .map((field) => {
        const equals = field.indexOf('=');
        return [field.slice(0, equals).trim(), field.slice(equals + 1).trim()];
      }),
  );
  return claim(fields.get('Credential'), fields.get('SignedHeaders'), fields.get('Signature'));
}

/** The claim in a presigned query (decoded parameters); undefined where a part is missing or malformed. */
export function parsePresigned(parameter: (name: string) => string | undefined): PresignedClaim | undefined {
  if (parameter('X-Amz-Algorithm') !== signatureAlgorithm) return undefined;
  const parsed = claim(parameter('X-Amz-Credential'), parameter('X-Amz-SignedHeaders'), parameter('X-Amz-Signature'));
  const signedAt = parseBasicDate(parameter('X-Amz-Date') ?? '');
  const expires = parameter('X-Amz-Expires') ?? '';
  if (parsed === undefined || signedAt === undefined || !/^\d{1,7}$/.test(expires)) return undefined;
  return { ...parsed, signedAt, expiresSeconds: Number(expires) };
}

/**
 * The claim among a form's fields, which signs no header but its policy (S3 API reference, "Authenticating Requests: Browser-Based
 * Uploads Using POST"); undefined where a part is missing or malformed, or of another day than the form's date.
 */
export function parseForm(field: (name: string) => string | undefined): SignatureClaim | undefined {
  if (field('x-amz-algorithm') !== signatureAlgorithm) return undefined;
  const signedAt = parseBasicDate(field('x-amz-date') ?? '');
  const parsed = claim(field('x-amz-credential'), '', field('x-amz-signature'));
  if (parsed === undefined || signedAt === undefined || !basicDate(signedAt).startsWith(parsed.date)) return undefined;
  return parsed;
}

/** Whether `policy`, as the form holds it, was signed with `secretAccessKey`. Its own expiration says how long. */
export function verifyPolicySignature(
  policy: string,
  claimed: SignatureClaim,
  secretAccessKey: string,
  signingKeys: SigningKeys = deriveSigningKey,
): 'valid' | 'mismatch' {
  const expected = hexHmac(signingKeys(secretAccessKey, claimed), policy);
  return sameSignature(expected, claimed.signature) ? 'valid' : 'mismatch';
}

/**
 * Whether the Authorization header of `signed` was made with `secretAccessKey` for exactly this request, around `now`. `claimed` is what
 * the header says, where that was parsed already.
 */
export function verifyHeaderSignature(
  signed: SignedRequest,
  secretAccessKey: string,
  now: Date,
  signingKeys: SigningKeys = deriveSigningKey,
  claimed: SignatureClaim | undefined = parseAuthorization(signed.headers),
): 'valid' | SignatureFailure {
  if (claimed === undefined) return 'mismatch';
  const signedAt = headerDate(signed.headers);
  if (signedAt === undefined || basicDate(signedAt).slice(0, 8) !== claimed.date) return 'malformed-date';
  if (Math.abs(now.getTime() - signedAt.getTime()) > clockSkewMaxMs) return 'clock-skew';
  if (!signsWhatItMust(signed.headers, claimed)) return 'header-not-signed';
  const expected = signatureOf(
    canonicalRequest(signed, claimed.signedHeaders),
    signedAt,
    claimed,
    secretAccessKey,
    signingKeys,
  );
  return sameSignature(expected, claimed.signature) ? 'valid' : 'mismatch';
}

/** Whether the presigned query of `signed` (whose claim is `claimed`) was made with `secretAccessKey` and still holds at `now`. */
export function verifyPresignedSignature(
  signed: SignedRequest,
  claimed: PresignedClaim,
  secretAccessKey: string,
  now: Date,
  signingKeys: SigningKeys = deriveSigningKey,
): 'valid' | SignatureFailure {
  const { signedAt, expiresSeconds } = claimed;
  if (basicDate(signedAt).slice(0, 8) !== claimed.date) return 'malformed-date';
  if (signedAt.getTime() - now.getTime() > clockSkewMaxMs) return 'clock-skew';
  if (now.getTime() > signedAt.getTime() + expiresSeconds * 1000) return 'expired';
  if (!signsWhatItMust(signed.headers, claimed)) return 'header-not-signed';
  const canonical = canonicalRequest(signed, claimed.signedHeaders, 'X-Amz-Signature');
  const expected = signatureOf(canonical, signedAt, claimed, secretAccessKey, signingKeys);
  return sameSignature(expected, claimed.signature) ? 'valid' : 'mismatch';
}

/** The key for a claim's day, region and service. */
export function deriveSigningKey(secretAccessKey: string, { date, region, service }: SignatureClaim): Buffer {
  const ofDate = hmac(`AWS4${secretAccessKey}`, date);
  return hmac(hmac(hmac(ofDate, region), service), 'aws4_request');
}

const rememberedKeysMax = 1_000;

/** `deriveSigningKey` with a memory: four HMACs less for each request of a known key. */
export function rememberSigningKeys(): SigningKeys {
  const remembered = new Map<string, Buffer>();
  return (secretAccessKey, claim) => {
    const name = [claim.date, claim.region, claim.service, secretAccessKey].join('\n');
    const known = remembered.get(name);
    if (known !== undefined) return known;
    if (remembered.size >= rememberedKeysMax) remembered.clear();
    const key = deriveSigningKey(secretAccessKey, claim);
    remembered.set(name, key);
    return key;
  };
}

/** `date/region/service/aws4_request`. */
export function credentialScope({ date, region, service }: SignatureClaim): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** When a header-signed request says it was made: `x-amz-date` before `date`. */
export function headerDate(headers: RequestHeaders): Date | undefined {
  const amzDate = headers['x-amz-date'];
  if (typeof amzDate === 'string') return parseBasicDate(amzDate);
  const date = headers['date'];
  if (typeof date !== 'string') return undefined;
  const parsed = parseBasicDate(date) ?? new Date(date);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}

/** `YYYYMMDDTHHMMSSZ`. */
export function basicDate(date: Date): string {
  const text = date.toISOString();
  return `${text.slice(0, 4)}${text.slice(5, 7)}${text.slice(8, 13)}${text.slice(14, 16)}${text.slice(17, 19)}Z`;
}

/** Hexadecimal HMAC-SHA256 of `text`. */
export function hexHmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Hexadecimal SHA-256, as the canonical request and the string to sign hold it (IAM user guide, "Create a signed AWS API request"). */
export function hexSha256(data: string | Buffer): string {
  return hash('sha256', data, 'hex');
}

/** Compares in constant time, so that answers' timing tells nothing about the right signature. */
export function sameSignature(expected: string, presented: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(presented);
  return left.length === right.length && timingSafeEqual(left, right);
}

function claim(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
): SignatureClaim | undefined {
  if (credential === undefined || signedHeaders === undefined || signature === undefined) return undefined;
  const parts = /^(.+)\/(\d{8})\/([^/]*)\/([^/]+)\/aws4_request$/.exec(credential);
  if (parts === null || !/^[0-9a-f]{64}$/.test(signature)) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = ''] = parts;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.toLowerCase().split(';'), signature };
}

/** S3 demands `host` and every `x-amz-*` header that was sent, else a proxy could add one. */
function signsWhatItMust(headers: RequestHeaders, { signedHeaders }: SignatureClaim): boolean {
  if (!signedHeaders.includes('host')) return false;
  return Object.keys(headers).every((name) => !name.startsWith('x-amz-') || signedHeaders.includes(name));
}

function signatureOf(
  canonical: string,
  signedAt: Date,
  claimed: SignatureClaim,
  secretAccessKey: string,
  signingKeys: SigningKeys,
): string {
  const text = [signatureAlgorithm, basicDate(signedAt), credentialScope(claimed), hexSha256(canonical)].join('\n');
  return hexHmac(signingKeys(secretAccessKey, claimed), text);
}

function parseBasicDate(text: string): Date | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
