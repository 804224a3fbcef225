import type { Checksum } from './checksum.ts';
import { isMd5Form, unquote } from './entity-tag.ts';
import type { ObjectHeaders } from './store.ts';

const contentHeaders = new Set([
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  // S3 gives them only where they are not the usual ones.
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
]);
const metadataPrefix = 'x-amz-meta-';

/** What of an answer's headers belongs to the object and goes with its copy. */
export function objectHeaders(answer: Readonly<Record<string, string>>): ObjectHeaders {
  const kept: Record<string, string> = {};
  for (const name in answer) {
    const value = answer[name] ?? '';
    if (contentHeaders.has(name)) kept[name] = value;
    else if (name.startsWith(metadataPrefix)) kept[name] = asciiValue(value);
  }
  if (kept['content-encoding'] === undefined) return kept;
  const encoding = storedEncoding(kept['content-encoding']);
  if (encoding === undefined) delete kept['content-encoding'];
  else kept['content-encoding'] = encoding;
  return kept;
}

/** `aws-chunked` describes how a body was uploaded, not what was stored; some servers keep it by mistake. */
function storedEncoding(value: string): string | undefined {
  const encodings = value.split(',').map((encoding) => encoding.trim());
  const stored = encodings.filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  return stored.length === 0 ? undefined : stored.join(', ');
}

/**
 * The MD5 that an answer's entity tag is, in hex; undefined where it is none: a multipart tag, or an object encrypted with
 * KMS or a customer's key (AWS S3 API reference, "Object": ETag).
 */
export function md5Of(answer: Readonly<Record<string, string>>): string | undefined {
  const tag = unquote(answer['etag'] ?? '');
  return isMd5Form(tag) && !hasOpaqueTag(answer) ? tag.toLowerCase() : undefined;
}

/** Whether the entity tag of what an answer is about is no MD5, whatever it looks like. */
export function hasOpaqueTag(answer: Readonly<Record<string, string>>): boolean {
  return (
    (answer['x-amz-server-side-encryption'] ?? '').startsWith('aws:kms') ||
    answer['x-amz-server-side-encryption-customer-algorithm'] !== undefined
  );
}

/** The CRC64NVME of the whole body that an answer tells; one of parts would not be of the body (S3 API reference, "GetObject"). */
export function crc64Of(answer: Readonly<Record<string, string>>): string | undefined {
  return isOfWhole(answer) ? answer['x-amz-checksum-crc64nvme'] : undefined;
}

/** In base64, each takes so many letters; one of parts' checksums has more ("..-3"). */
const otherChecksums = [
  { algorithm: 'SHA256', letters: 44 },
  { algorithm: 'SHA1', letters: 28 },
  { algorithm: 'CRC32C', letters: 8 },
  { algorithm: 'CRC32', letters: 8 },
] as const;

/** Any other checksum of the whole body that an answer tells: S3 keeps one, which the uploading client chose. */
export function otherChecksumOf(answer: Readonly<Record<string, string>>): Checksum | undefined {
  if (!isOfWhole(answer)) return undefined;
  for (const { algorithm, letters } of otherChecksums) {
    const value = answer[`x-amz-checksum-${algorithm.toLowerCase()}`];
    if (value?.length === letters) return { algorithm, value };
  }
  return undefined;
}

function isOfWhole(answer: Readonly<Record<string, string>>): boolean {
  return (answer['x-amz-checksum-type'] ?? 'FULL_OBJECT') === 'FULL_OBJECT';
}

/** Bytes of UTF-8 that one encoded word takes: with its frame it may have 75 characters (RFC 2047, 2). */
const wordBytesMax = 45;

/**
 * A metadata value in ASCII, which is all that signed headers can carry. S3 and R2 give values that are not as encoded words of
 * RFC 2047, and take them so; a server that gave the bytes themselves is helped out.
 */
function asciiValue(value: string): string {
  if (/^\p{ASCII}*$/u.test(value)) return value;
  const words: string[] = [''];
  for (const letter of Buffer.from(value, 'latin1').toString('utf8')) {
    const word = (words.at(-1) ?? '') + letter;
    if (Buffer.byteLength(word) <= wordBytesMax) words[words.length - 1] = word;
    else words.push(letter);
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word, 'utf8').toString('base64')}?=`).join(' ');
}
