import { createHash, createHmac } from 'node:crypto';
import type { AccessKeys } from './place.ts';

/** What is signed: a request as it goes over the wire. */
export interface SignableRequest {
  readonly method: string;
  /** Host and port as in the Host header. */
  readonly host: string;
  /** Percent-encoded, sent and signed as it stands: see `encodePath`. */
  readonly path: string;
  /** Not encoded. */
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case; values are byte strings (Latin-1), as they go over the wire. All of them are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body; `unsignedPayload` unless given. */
  readonly payloadHash?: string;
}

/** S3 takes it instead of a body's hash, so that a body can be streamed without being read twice. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';
export const emptyPayloadHash = createHash('sha256').digest('hex');

export interface Signer {
  /** The request's headers completed with the signature (host is left to the HTTP client, which sends the one signed). */
  sign(request: SignableRequest, now?: Date): Record<string, string>;
  /** The query string of a URL that needs no headers for `expiresSeconds` (at most 7 days). */
  presign(request: SignableRequest & { readonly expiresSeconds: number }, now?: Date): string;
}

const algorithm = 'AWS4-HMAC-SHA256';

/** AWS refuses longer: "Authenticating Requests: Using Query Parameters". */
export const presignSecondsMax = 604_800;

/**
 * Signs S3 requests of one credential and region by Signature Version 4 (AWS S3 API reference, "Authenticating Requests").
 * S3's variant: the path is encoded once and never normalised, so `a/../b` stays itself. The signing key is kept for its day.
 */
export function createSigner({ credentials, region }: { credentials: AccessKeys; region: string }): Signer {
  let cached: { day: string; key: Buffer } = { day: '', key: Buffer.alloc(0) };

  function signature(canonicalRequest: string, timestamp: string): string {
    const day = timestamp.slice(0, 8);
    if (cached.day !== day) cached = { day, key: signingKey(credentials.secretAccessKey, day, region) };
    // Latin-1 gives back the very bytes of header values; everything else in the canonical request is ASCII.
    const digest = createHash('sha256').update(canonicalRequest, 'latin1').digest('hex');
    return hmac(cached.key, `${algorithm}\n${timestamp}\n${scope(timestamp)}\n${digest}`).toString('hex');
  }

  function scope(timestamp: string): string {
    return `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  }

  return {
    sign(request, now = new Date()) {
      const timestamp = timestampOf(now);
      const payloadHash = request.payloadHash ?? unsignedPayload;
      const headers: Record<string, string> = {
        ...request.headers,
        'x-amz-date': timestamp,
        'x-amz-content-sha256': payloadHash,
        ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
      };
      const { lines, names } = canonicalHeaders(headers, request.host);
      const query = encodeQuery(request.query ?? {});
      const canonical = [request.method, request.path, query, lines, names, payloadHash].join('\n');
      headers['authorization'] =
        `${algorithm} Credential=${credentials.accessKeyId}/${scope(timestamp)},` +
        `SignedHeaders=${names},Signature=${signature(canonical, timestamp)}`;
      return headers;
    },

    presign(request, now = new Date()) {
      const timestamp = timestampOf(now);
      const { lines, names } = canonicalHeaders(request.headers ?? {}, request.host);
      const query = encodeQuery({
        ...request.query,
        'X-Amz-Algorithm': algorithm,
        'X-Amz-Credential': `${credentials.accessKeyId}/${scope(timestamp)}`,
        'X-Amz-Date': timestamp,
        'X-Amz-Expires': `${request.expiresSeconds}`,
        'X-Amz-SignedHeaders': names,
        ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
      });
      const payloadHash = request.payloadHash ?? unsignedPayload;
      const canonical = [request.method, request.path, query, lines, names, payloadHash].join('\n');
      return `${query}&X-Amz-Signature=${signature(canonical, timestamp)}`;
    },
  };
}

/**
 * The path of a bucket or a key in path style, each byte of the key's UTF-8 form encoded as AWS does (all but `A-Za-z0-9-._~`
 * and the slash). Throws `URIError` on a lone surrogate, which has no UTF-8 form.
 */
export function encodePath(bucket?: string, key?: string): string {
  if (bucket === undefined) return '/';
  const bucketPath = `/${encodeText(bucket)}`;
  return key === undefined ? bucketPath : `${bucketPath}/${encodeText(key).replaceAll('%2F', '/')}`;
}

/** Sorted by encoded name, as the canonical request wants it; S3 takes the same text on the request line. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]): [string, string] => [encodeText(name), encodeText(value)])
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** `encodeURIComponent` leaves five characters that AWS encodes. */
function encodeText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalHeaders(headers: Readonly<Record<string, string>>, host: string): { lines: string; names: string } {
  const all: Record<string, string> = { ...headers, host };
  const names = Object.keys(all).sort();
  const lines = names.map((name) => `${name}:${(all[name] ?? '').trim().replace(/ {2,}/g, ' ')}\n`).join('');
  return { lines, names: names.join(';') };
}

function signingKey(secret: string, day: string, region: string): Buffer {
  return [region, 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** `20261122T093000Z`. */
function timestampOf(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
