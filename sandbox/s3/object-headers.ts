import type { IncomingHttpHeaders } from 'node:http';
import type { DiskObject } from '../store/disk-world.ts';
import { quoted } from './answer.ts';
import { checksumHeader } from './checksums.ts';
import { onlyEncryption, withoutEncryption } from './encryption.ts';
import type { S3Profile } from './profile.ts';
import type { Query } from './query.ts';
import { S3Error } from './s3-error.ts';

/** Headers that an object keeps and gives back (S3 User Guide, "System-defined object metadata"). */
const contentHeaders = ['cache-control', 'content-disposition', 'content-language', 'content-type', 'expires'] as const;
/** Each object's own: a copy takes them from its request, not from its source (S3 API reference, CopyObject). */
const ownHeaders = ['x-amz-storage-class', 'x-amz-website-redirect-location'];

const storageClasses: Readonly<Record<S3Profile['provider'], readonly string[]>> = {
  aws: [
    ...['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING'],
    ...['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'],
  ],
  r2: ['STANDARD', 'STANDARD_IA'],
};

/** What a request asks an object to keep. Throws `MetadataTooLarge`, `InvalidArgument`. */
export function headersToKeep(
  sent: IncomingHttpHeaders,
  effective: Readonly<Record<string, string>>,
  profile: S3Profile,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of contentHeaders) {
    const value = sent[name];
    if (typeof value === 'string') kept[name] = value;
  }
  kept['content-type'] ??= profile.contentTypeDefault;
  const encoding = withoutAwsChunked(sent['content-encoding']);
  if (encoding !== '') kept['content-encoding'] = encoding;
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(effective)) {
    if (!name.startsWith('x-amz-meta-')) continue;
    metadataBytes += name.length - 'x-amz-meta-'.length + value.length;
    kept[name] = headerText(name, value);
  }
  if (metadataBytes > profile.metadataBytesMax) {
    throw new S3Error('MetadataTooLarge', undefined, {
      Size: String(metadataBytes),
      MaxSizeAllowed: String(profile.metadataBytesMax),
    });
  }
  return { ...kept, ...ownHeadersToKeep(effective, profile) };
}

/** What a copy keeps of its source's headers, with its own. Throws `InvalidArgument`. */
export function headersToCopy(
  source: DiskObject['headers'],
  effective: Readonly<Record<string, string>>,
  profile: S3Profile,
): Record<string, string> {
  const copied = Object.entries(withoutEncryption(source)).filter(([name]) => !ownHeaders.includes(name));
  return { ...Object.fromEntries(copied), ...ownHeadersToKeep(effective, profile) };
}

/** Whether a copy's request names one of the headers that are its own. */
export function asksForOwnHeaders(effective: Readonly<Record<string, string>>): boolean {
  return ownHeaders.some((name) => effective[name] !== undefined);
}

function ownHeadersToKeep(effective: Readonly<Record<string, string>>, profile: S3Profile): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ownHeaders) {
    const value = effective[name];
    if (value !== undefined) kept[name] = headerText(name, value);
  }
  const storageClass = kept['x-amz-storage-class'];
  if (storageClass !== undefined && !storageClasses[profile.provider].includes(storageClass)) {
    throw new S3Error('InvalidArgument', 'The storage class you specified is not valid', {
      StorageClass: storageClass,
    });
  }
  // S3 answers no storage class for the usual one.
  if (storageClass === 'STANDARD') delete kept['x-amz-storage-class'];
  return kept;
}

/** The framing of the upload is no encoding of the object; what else the header says stays as it was sent. */
function withoutAwsChunked(header: string | undefined): string {
  return (header ?? '')
    .split(',')
    .filter((each) => !['', 'aws-chunked'].includes(each.trim()))
    .join(',')
    .trim();
}

/** What every answer about an object says of it. */
export function headersOf(object: DiskObject, profile: S3Profile): Record<string, string> {
  return {
    ...encryptionOf(profile),
    ...object.headers,
    etag: quoted(object.entityTag),
    'last-modified': object.modifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** How an object with these headers is encrypted: since 2023, S3 does it by itself where nobody asks, and says so. */
export function encryptionOf(
  { provider }: S3Profile,
  headers: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return provider === 'aws' ? { 'x-amz-server-side-encryption': 'AES256', ...onlyEncryption(headers) } : {};
}

/** Checksum and its type, as `x-amz-checksum-mode: ENABLED` and uploads are answered. */
export function checksumHeaders({ checksum }: Pick<DiskObject, 'checksum'>): Record<string, string> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

const overridable = [
  ...['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'],
] as const;

/** `response-content-type` and its like, which presigned URLs use. Throws `InvalidRequest` for an anonymous caller. */
export function overriddenHeaders(query: Query, anonymous: boolean): Record<string, string> {
  const overridden: Record<string, string> = {};
  for (const name of overridable) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) overridden[name] = headerText(`response-${name}`, value);
  }
  if (anonymous && Object.keys(overridden).length > 0) {
    throw new S3Error('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.');
  }
  return overridden;
}

/** A text that node:http can send. Values out of a query can hold anything, line breaks included. */
function headerText(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new S3Error('InvalidArgument', 'Header value cannot be sent', { ArgumentName: name });
}
