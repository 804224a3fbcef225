import assert from 'node:assert';
import { createHash, createHmac, hash } from 'node:crypto';
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
  /** The query string of a URL that needs no headers for `expiresSeconds`, 7 days at most ("Authenticating Requests: Using Query Parameters"). */
  presign(request: SignableRequest & { readonly expiresSeconds: number }, now?: Date): string;
}

const algorithm = 'AWS4-HMAC-SHA256';

/**
 * Signs S3 requests of one credential and region by Signature Version 4 (AWS S3 API reference, "Authenticating Requests").
 * S3's variant: the path is encoded once and never normalised, so `a/../b` stays itself. The signing key is kept for its day.
 */
export function createSigner({ credentials, region }: { credentials: AccessKeys; region: string }): Signer {
  const scopeEnd = `/${region}/s3/aws4_request`;
  let today: { day: string; authenticate: (text: string) => string } | undefined;
  let thisSecond = { seconds: NaN, timestamp: '' };
  const orderOf = headerOrders();

  function signature(canonicalRequest: string, timestamp: string): string {
    const day = timestamp.slice(0, 8);
    if (today?.day !== day)
      today = { day, authenticate: authenticator(signingKey(credentials.secretAccessKey, day, region)) };
    const digest = hash('sha256', bytesOf(canonicalRequest), 'hex');
    return today.authenticate(`${algorithm}\n${timestamp}\n${day}${scopeEnd}\n${digest}`);
  }

  function scope(timestamp: string): string {
    return timestamp.slice(0, 8) + scopeEnd;
  }

  /** `20261122T093000Z`; thousands of requests share a second. */
  function timestampOf(now: Date): string {
    const seconds = Math.floor(now.getTime() / 1000);
    if (thisSecond.seconds !== seconds) {
      thisSecond = { seconds, timestamp: `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z` };
    }
    return thisSecond.timestamp;
  }

  return {
    sign(request, now = new Date()) {
      const timestamp = timestampOf(now);
      const payloadHash = request.payloadHash ?? unsignedPayload;
      const headers: Record<string, string> = {
        ...request.headers,
        'x-amz-date': timestamp,
        'x-amz-content-sha256': payloadHash,
      };
      if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
      const { lines, names } = canonicalHeaders(headers, request.host, orderOf);
      const query = request.query === undefined ? '' : encodeQuery(request.query);
      const canonical = `${request.method}\n${request.path}\n${query}\n${lines}\n${names}\n${payloadHash}`;
      headers['authorization'] =
        `${algorithm} Credential=${credentials.accessKeyId}/${scope(timestamp)},` +
        `SignedHeaders=${names},Signature=${signature(canonical, timestamp)}`;
      return headers;
    },

    presign(request, now = new Date()) {
      const timestamp = timestampOf(now);
      const { lines, names } = canonicalHeaders(request.headers ?? {}, request.host, orderOf);
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
  if (key === undefined) return bucketPath;
  if (/^[A-Za-z0-9._~/-]*$/.test(key)) return `${bucketPath}/${key}`;
  return `${bucketPath}/${encodeText(key).replaceAll('%2F', '/')}`;
}

/** Sorted by encoded name, as the canonical request wants it; S3 takes the same text on the request line. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]): [string, string] => [encodeText(name), encodeText(value)])
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** `encodeURIComponent` leaves five characters that AWS encodes. Most keys need nothing. */
function encodeText(text: string): string {
  if (/^[A-Za-z0-9._~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Latin-1 gives back the very bytes of header values; where there are only ASCII characters, as nearly always, the text will do. */
function bytesOf(canonicalRequest: string): string | Buffer {
  const isAscii = Buffer.byteLength(canonicalRequest) === canonicalRequest.length;
  return isAscii ? canonicalRequest : Buffer.from(canonicalRequest, 'latin1');
}

/** The order in which headers are signed. */
interface HeaderOrder {
  readonly sorted: readonly string[];
  /** All of them in one, as the signature names them. */
  readonly names: string;
}

/** So many different sets of headers are remembered: a run has a few, but metadata may have any names. */
const ordersMax = 64;

/** Sorts names of headers, and the host; remembers, for nearly all requests have the headers of one before them. */
function headerOrders(): (headers: Readonly<Record<string, string>>) => HeaderOrder {
  const known = new Map<string, HeaderOrder>();
  return (headers) => {
    const given = Object.keys(headers);
    const key = given.join(';');
    const before = known.get(key);
    if (before !== undefined) return before;
    const sorted = [...given, 'host'].sort();
    const order = { sorted, names: sorted.join(';') };
    if (known.size < ordersMax) known.set(key, order);
    return order;
  };
}

function canonicalHeaders(
  headers: Readonly<Record<string, string>>,
  host: string,
  orderOf: (headers: Readonly<Record<string, string>>) => HeaderOrder,
): { lines: string; names: string } {
  const { sorted, names } = orderOf(headers);
  let lines = '';
  for (const name of sorted) {
    const value = name === 'host' ? host : (headers[name] ?? '').trim();
    lines += `${name}:${value.includes('  ') ? value.replace(/ {2,}/g, ' ') : value}\n`;
  }
  return { lines, names };
}

function signingKey(secret: string, day: string, region: string): Buffer {
  return [region, 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** SHA-256 takes its input in blocks of 64 bytes, and HMAC puts one block before the text. */
const blockBytes = 64;
const digestBytes = 32;
/** A text to sign is its algorithm, a time, a scope and a digest; only a region makes its length differ, and those are short. */
const textBytesMax = 1024;

/**
 * The HMAC-SHA256 of short ASCII texts with one key, in hex, by its definition (RFC 2104): H(key ^ opad, H(key ^ ipad, text)).
 * Two one-shot hashes over buffers that are filled once take half the time of an Hmac object for each text.
 */
function authenticator(key: Buffer): (text: string) => string {
  assert(key.length <= blockBytes, 'a longer key would have to be hashed first');
  const inner = Buffer.alloc(blockBytes + textBytesMax, 0x36);
  const outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  // Texts of one key are of one length.
  let keyed = inner;
  return (text) => {
    assert(text.length <= textBytesMax);
    inner.write(text, blockBytes, 'latin1');
    if (keyed.length !== blockBytes + text.length) keyed = inner.subarray(0, blockBytes + text.length);
    // As a string, for a buffer would be allocated.
    outer.write(hash('sha256', keyed, 'binary'), blockBytes, 'latin1');
    return hash('sha256', outer, 'hex');
  };
}
