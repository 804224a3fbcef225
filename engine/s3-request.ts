import { createHash } from 'node:crypto';
import type { AccessKeys, BucketPlace } from './place.ts';
import type { ServerClock } from './server-clock.ts';
import { createSigner, emptyPayloadHash, encodePath, encodeQuery, unsignedPayload } from './signer.ts';

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

/** Where requests go and what they are signed with; without credentials they are anonymous. */
export type S3Endpoint = Pick<BucketPlace, 'endpoint' | 'region'> & { readonly credentials?: AccessKeys };

/** A call as HTTP sends it. */
export interface S3Request {
  readonly method: S3Call['method'];
  /** Percent-encoded, with its query: to be sent as it stands. */
  readonly path: string;
  /** Signed, where there are credentials. Without Host, which the HTTP client adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: S3Call['body'];
}

/** Writes calls as requests to one endpoint, signed with the time of `clock` (the machine's without it) when they are written. */
export function requestWriter(
  { endpoint, region, credentials }: S3Endpoint,
  clock?: Pick<ServerClock, 'now'>,
): (call: S3Call) => S3Request {
  const { host } = new URL(endpoint);
  const signer = credentials === undefined ? undefined : createSigner({ credentials, region });

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

  return (call) => {
    const { method, bucket, key, query, body } = call;
    const path = encodePath(bucket, key);
    return {
      method,
      path: query === undefined ? path : `${path}?${encodeQuery(query)}`,
      headers: headersOf(call, path),
      body,
    };
  };
}

/** How long a call says that its body is. */
export function sentBytes({ headers }: Pick<S3Call, 'headers'>): number {
  return Number(headers?.['content-length'] ?? 0);
}

function hashOf(body: S3Call['body']): string {
  if (body === undefined) return emptyPayloadHash;
  return typeof body === 'string' ? createHash('sha256').update(body).digest('hex') : unsignedPayload;
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
