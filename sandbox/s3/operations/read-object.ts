import { pipeline } from 'node:stream/promises';
import type { DiskObject } from '../../store/disk-world.ts';
import { byteRange, type ByteRange } from '../byte-range.ts';
import type { Call } from '../call.ts';
import { conditionsOf, failed, readCondition } from '../conditions.ts';
import { partNumberMax } from '../limits.ts';
import { checksumHeaders, headersOf, overriddenHeaders } from '../object-headers.ts';
import { NotModified, S3Error } from '../s3-error.ts';
import { checkDecryption } from './bucket-encryption.ts';
import { expirationHeaders } from './bucket-lifecycle.ts';
import { lockHeaders } from './object-lock.ts';
import { countHeaders } from './object-tagging.ts';
import { checkVersion, markerHeaders, versionHeaders } from './version.ts';

/** GetObject and HeadObject: the same answer, with and without the bytes. */
export async function getObject(call: Call): Promise<void> {
  const { object, range, status, headers } = selected(call);
  checkDecryption(call, object);
  const { world, bucket, response } = call;
  response.writeHead(status, headers);
  const bytes = world.readNow(bucket, object, range);
  if (bytes !== undefined) {
    response.end(bytes);
    return;
  }
  await pipeline(world.read(bucket, object, range), response);
}

/** What GetObject would answer, without the bytes (S3 API reference, HeadObject). Throws as `selected`. */
export function headObject(call: Call): void {
  const { status, headers } = selected(call);
  call.response.writeHead(status, headers).end();
}

interface Selected {
  readonly object: DiskObject;
  readonly range: ByteRange;
  readonly status: number;
  readonly headers: Record<string, string | number>;
}

function selected(call: Call): Selected {
  const { request, query, profile, headers, principal } = call;
  checkReadHeaders(call);
  const object = existing(call);
  const found = {
    ...headersOf(object, profile),
    ...versionHeaders(call, call.bucket, object),
    ...(call.storage.versionId === undefined && expirationHeaders(call, object)),
  };
  switch (readCondition(conditionsOf(headers), object)) {
    case 'not-modified':
      throw new NotModified(found);
    case 'precondition-failed':
      throw failed(headers['if-match'] === undefined ? 'If-Unmodified-Since' : 'If-Match');
    case 'holds':
  }
  const part = partAsked(call, object);
  const asked = part?.range ?? byteRange(request.headers.range, object.sizeBytes);
  if (asked === 'unsatisfiable') {
    throw new S3Error(
      'InvalidRange',
      undefined,
      { RangeRequested: request.headers.range ?? '', ActualObjectSize: String(object.sizeBytes) },
      { 'content-range': `bytes */${object.sizeBytes}` },
    );
  }
  const range = asked ?? { from: 0, to: object.sizeBytes - 1 };
  // A checksum is of the whole object, so that an answer with some of it must not carry it.
  const withChecksum = headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && asked === undefined;
  return {
    object,
    range,
    status: asked === undefined ? 200 : 206,
    headers: {
      ...found,
      ...(withChecksum && checksumHeaders(object)),
      ...countHeaders(call, object),
      ...lockHeaders(call, object),
      ...part?.headers,
      ...overriddenHeaders(query, principal === undefined),
      ...(asked && { 'content-range': `bytes ${range.from}-${range.to}/${object.sizeBytes}` }),
      'content-length': range.to - range.from + 1,
    },
  };
}

/** Which encryption an object has is no question: S3 refuses a read that asks for one (S3 API reference, GetObject, "Encryption"). */
function checkReadHeaders({ headers, profile }: Call): void {
  const { 'x-amz-server-side-encryption': asked } = headers;
  if (asked === undefined || profile.provider !== 'aws') return;
  throw new S3Error('InvalidArgument', 'x-amz-server-side-encryption header is not supported for this operation.', {
    ArgumentName: 'x-amz-server-side-encryption',
    ArgumentValue: asked,
  });
}

/**
 * The object or version a read names. A missing one is `NoSuchKey`; but on AWS only to who may list, since the difference between missing and
 * forbidden tells which keys exist (S3 API reference, GetObject, "Permissions").
 */
export function existing(call: Call): DiskObject {
  const { world, bucket, key, profile, storage } = call;
  const { versionId } = storage;
  checkVersion(call, versionId);
  const object = versionId === undefined ? world.latest(bucket, key) : world.version(bucket, key, versionId);
  if (object !== undefined && !object.deleteMarker) return object;
  if (profile.hidesMissingKeys) {
    const listing = { operation: 'ListObjectsV2', bucket, prefix: key } as const;
    const decision = call.decide(listing);
    if (decision.verdict !== 'allowed') throw call.denied(listing, decision);
  }
  const headers = object === undefined ? {} : markerHeaders(object);
  if (versionId === undefined || profile.provider === 'r2') {
    throw new S3Error('NoSuchKey', undefined, { Key: key }, headers);
  }
  if (object === undefined) throw new S3Error('NoSuchVersion', undefined, { Key: key, VersionId: versionId });
  const details = { Method: call.request.method ?? '', ResourceType: 'DeleteMarker' };
  throw new S3Error('MethodNotAllowed', undefined, details, { ...headers, allow: 'DELETE' });
}

/** `partNumber`: one part of a multipart object, and how many there are. */
function partAsked(
  { query, request }: Call,
  { parts, sizeBytes, entityTag }: DiskObject,
): { range: ByteRange | undefined; headers: Record<string, string> } | undefined {
  const text = query.get('partNumber');
  if (text === undefined) return undefined;
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (partNumber < 1 || partNumber > partNumberMax) {
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  if (request.headers.range !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  const part = parts[partNumber - 1];
  if (part === undefined) throw new S3Error('InvalidRange', 'The requested partnumber is not satisfiable');
  if (sizeBytes === 0) return { range: undefined, headers: {} };
  const from = parts.slice(0, partNumber - 1).reduce((sum, each) => sum + each.sizeBytes, 0);
  return {
    range: { from, to: from + part.sizeBytes - 1 },
    headers: entityTag.includes('-') ? { 'x-amz-mp-parts-count': String(parts.length) } : {},
  };
}
