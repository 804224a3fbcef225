/**
 * The canonical request of Signature Version 4, built from what arrived on the wire (AWS "Create a signed AWS API
 * request"; S3 API reference, "Authenticating Requests: Using the Authorization Header"). Written apart from the
 * engine's signer on purpose: two that share code would agree on the same mistake.
 */

/** The parts of a request that a signature covers, as they came in. */
export interface SignedRequest {
  readonly method: string;
  /** The request target up to `?`, still percent-encoded. */
  readonly rawPath: string;
  /** What follows `?`, still percent-encoded; empty where there is none. */
  readonly rawQuery: string;
  /** Names in lower case, as node:http gives them. */
  readonly headers: RequestHeaders;
  /** `x-amz-content-sha256` as sent, or the hexadecimal SHA-256 of the body for services without that header. */
  readonly payloadHash: string;
}

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The text whose hash is signed. `withoutParameter` leaves the presigned signature itself out. */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  withoutParameter?: string,
): string {
  const headers = signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}\n`).join('');
  return [
    request.method,
    canonicalEncoding(request.rawPath, true),
    canonicalQuery(request.rawQuery, withoutParameter),
    headers,
    signedHeaders.join(';'),
    request.payloadHash,
  ].join('\n');
}

function canonicalHeader(value: string | string[] | undefined): string {
  const text = Array.isArray(value) ? value.map((each) => each.trim()).join(',') : (value ?? '');
  return text.trim().replace(/ {2,}/g, ' ');
}

/** Each name and value encoded anew and sorted by bytes: a client may order and escape them otherwise on the wire. */
function canonicalQuery(rawQuery: string, without: string | undefined): string {
  if (rawQuery === '') return '';
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return { name: canonicalEncoding(spaces(name), false), value: canonicalEncoding(spaces(value), false) };
    })
    .filter(({ name }) => name !== without)
    .sort((left, right) => order(left.name, right.name) || order(left.value, right.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

/** In a query, `+` is a space (form encoding); S3 reads it so before it encodes anew. */
function spaces(text: string): string {
  return text.includes('+') ? text.replaceAll('+', '%20') : text;
}

function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

const alreadyCanonicalPath = /^[A-Za-z0-9\-._~/]*$/;
const alreadyCanonical = /^[A-Za-z0-9\-._~]*$/;

/**
 * Decodes and encodes again, byte by byte: everything but letters, digits and `-._~` becomes `%XX` in upper case, so that
 * `!`, `%7E` and `%2f` sign alike however the client wrote them. S3 encodes once and never normalises `..` or `//`.
 */
function canonicalEncoding(raw: string, keepSlash: boolean): string {
  if ((keepSlash ? alreadyCanonicalPath : alreadyCanonical).test(raw)) return raw;
  let text = '';
  for (let index = 0; index < raw.length; index += 1) {
    let byte = raw.charCodeAt(index);
    if (byte === percent) {
      const value = Number.parseInt(raw.slice(index + 1, index + 3), 16);
      if (/^[0-9A-Fa-f]{2}$/.test(raw.slice(index + 1, index + 3))) {
        byte = value;
        index += 2;
      }
    } else if (byte === slash && keepSlash) {
      text += '/';
      continue;
    }
    text += isUnreserved(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

const percent = 0x25;
const slash = 0x2f;

function isUnreserved(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f ||
    byte === 0x7e
  );
}
