import type { StorageOperation, StorageRequest } from '../../policies/storage-request.ts';
import { addressOf, type Address } from './address.ts';
import type { RequestHeaders } from './canonical-request.ts';
import { keyBytesMax } from './limits.ts';
import { decodePercent } from './percent-encoding.ts';
import { parseQuery, type Query } from './query.ts';
import { S3Error } from './s3-error.ts';

/** A request as it came in, before anybody asked what it wants. */
export interface RawRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: RequestHeaders;
}

export interface Recognised {
  /** Which call of S3 this is; the name of the sub-resource where we know of it and do not serve it. */
  readonly operation: StorageOperation | { readonly notServed: string };
  readonly address: Address;
  readonly query: Query;
  /** `x-amz-*` and conditional headers in lower case, with those that a presigned query carries in their place. */
  readonly headers: Readonly<Record<string, string>>;
}

type Routes = Readonly<Record<string, StorageOperation | undefined>>;

/** Sub-resource in the query -> operation; `''` is the bucket or object itself. The first that the query holds decides. */
const bucketRoutes: Readonly<Record<string, Routes>> = {
  GET: {
    location: 'GetBucketLocation',
    versions: 'ListObjectVersions',
    uploads: 'ListMultipartUploads',
    policy: 'GetBucketPolicy',
    policyStatus: 'GetBucketPolicyStatus',
    acl: 'GetBucketAcl',
    versioning: 'GetBucketVersioning',
    tagging: 'GetBucketTagging',
    cors: 'GetBucketCors',
    lifecycle: 'GetBucketLifecycleConfiguration',
    encryption: 'GetBucketEncryption',
    publicAccessBlock: 'GetPublicAccessBlock',
    ownershipControls: 'GetBucketOwnershipControls',
    website: 'GetBucketWebsite',
    accelerate: 'GetBucketAccelerateConfiguration',
    requestPayment: 'GetBucketRequestPayment',
    logging: 'GetBucketLogging',
    replication: 'GetBucketReplication',
    'object-lock': 'GetObjectLockConfiguration',
    '': 'ListObjects',
  },
  PUT: {
    policy: 'PutBucketPolicy',
    acl: 'PutBucketAcl',
    versioning: 'PutBucketVersioning',
    tagging: 'PutBucketTagging',
    cors: 'PutBucketCors',
    lifecycle: 'PutBucketLifecycleConfiguration',
    encryption: 'PutBucketEncryption',
    publicAccessBlock: 'PutPublicAccessBlock',
    ownershipControls: 'PutBucketOwnershipControls',
    'object-lock': 'PutObjectLockConfiguration',
    '': 'CreateBucket',
  },
  DELETE: {
    policy: 'DeleteBucketPolicy',
    tagging: 'DeleteBucketTagging',
    cors: 'DeleteBucketCors',
    lifecycle: 'DeleteBucketLifecycle',
    encryption: 'DeleteBucketEncryption',
    publicAccessBlock: 'DeletePublicAccessBlock',
    ownershipControls: 'DeleteBucketOwnershipControls',
    '': 'DeleteBucket',
  },
  HEAD: { '': 'HeadBucket' },
  POST: { delete: 'DeleteObjects' },
};

const objectRoutes: Readonly<Record<string, Routes>> = {
  GET: {
    uploadId: 'ListParts',
    acl: 'GetObjectAcl',
    tagging: 'GetObjectTagging',
    retention: 'GetObjectRetention',
    'legal-hold': 'GetObjectLegalHold',
    attributes: 'GetObjectAttributes',
    '': 'GetObject',
  },
  HEAD: { '': 'HeadObject' },
  PUT: {
    uploadId: 'UploadPart',
    acl: 'PutObjectAcl',
    tagging: 'PutObjectTagging',
    retention: 'PutObjectRetention',
    'legal-hold': 'PutObjectLegalHold',
    '': 'PutObject',
  },
  POST: { uploads: 'CreateMultipartUpload', uploadId: 'CompleteMultipartUpload', restore: 'RestoreObject' },
  DELETE: { uploadId: 'AbortMultipartUpload', tagging: 'DeleteObjectTagging', '': 'DeleteObject' },
};

/** Sub-resources that S3 has. One without a route above must not be taken for the plain call: a PUT would make a bucket or an object. */
const subresources: ReadonlySet<string> = new Set([
  ...Object.values(bucketRoutes).flatMap(Object.keys),
  ...Object.values(objectRoutes).flatMap(Object.keys),
  ...['analytics', 'intelligent-tiering', 'inventory', 'metadataConfiguration', 'metadataTable', 'metrics'],
  ...['notification', 'renameObject', 'select', 'session', 'torrent', 'abac', 'annotation'],
]);

/** What a request asks for. Throws `S3Error` (4xx) for what is no call of S3. Pure. */
export function recognise(raw: RawRequest, ownHosts: readonly string[] = []): Recognised {
  const query = parseQuery(raw.rawQuery);
  const host = raw.headers['host'];
  const address = addressOf(raw.rawPath, typeof host === 'string' ? host : undefined, ownHosts);
  if (address.key !== undefined && Buffer.byteLength(address.key) > keyBytesMax) throw new S3Error('KeyTooLongError');
  const headers = effectiveHeaders(raw.headers, query);
  return { operation: operationOf(raw.method, address, query, headers), address, query, headers };
}

function operationOf(
  method: string,
  { bucket, key }: Address,
  query: Query,
  headers: Readonly<Record<string, string>>,
): Recognised['operation'] {
  if (bucket === undefined) {
    if (method === 'GET') return 'ListBuckets';
    throw new S3Error('MethodNotAllowed');
  }
  const routes = (key === undefined ? bucketRoutes : objectRoutes)[method];
  if (routes === undefined) throw new S3Error('MethodNotAllowed');
  const named = [...query.keys()].filter((name) => name !== '' && subresources.has(name));
  const subresource = named.find((name) => routes[name] !== undefined) ?? named[0] ?? '';
  const operation = routes[subresource];
  if (operation === undefined) {
    if (subresource === '') throw new S3Error('MethodNotAllowed');
    return { notServed: subresource };
  }
  return refined(operation, query, headers);
}

/** Calls that share a route and differ in a parameter or header. */
function refined(
  operation: StorageOperation,
  query: Query,
  headers: Readonly<Record<string, string>>,
): StorageOperation {
  if (operation === 'ListObjects' && query.get('list-type') === '2') return 'ListObjectsV2';
  if (headers['x-amz-copy-source'] === undefined) return operation;
  if (operation === 'PutObject') return 'CopyObject';
  return operation === 'UploadPart' ? 'UploadPartCopy' : operation;
}

/** Headers that operations or condition keys read. */
const kept = /^(x-amz-|cf-|if-|user-agent$|referer$)/;
/** Parameters of the presigned signature itself, which are no headers in disguise. */
const ofSignature = /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)$/;

/** Presigners move `x-amz-*` headers into the query, where they mean the same (S3 API reference, "Authenticating Requests: Using Query Parameters"). */
function effectiveHeaders(headers: RequestHeaders, query: Query): Record<string, string> {
  const effective: Record<string, string> = {};
  if (query.has('X-Amz-Signature')) {
    for (const [name, value] of query) {
      const lower = name.toLowerCase();
      if (lower.startsWith('x-amz-') && !ofSignature.test(lower)) effective[lower] = value;
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    if (kept.test(name) && value !== undefined) {
      effective[name] = Array.isArray(value) ? value.join(',') : value;
    }
  }
  return effective;
}

/** The request as policies see it. Throws `InvalidArgument` for a copy source that names no object. */
export function storageRequest(
  operation: StorageOperation,
  { address, query, headers }: Recognised,
  connection: Pick<StorageRequest, 'secure' | 'sourceIp' | 'authType' | 'retentionDays'>,
): StorageRequest {
  const maxKeys = query.get('max-keys');
  const copySource = headers['x-amz-copy-source'];
  const versionId = query.get('versionId');
  const prefix = query.get('prefix');
  const delimiter = query.get('delimiter');
  return {
    operation,
    ...address,
    ...(versionId !== undefined && { versionId }),
    ...(prefix !== undefined && { prefix }),
    ...(delimiter !== undefined && { delimiter }),
    ...(maxKeys !== undefined && /^\d+$/.test(maxKeys) && { maxKeys: Number(maxKeys) }),
    ...(copySource !== undefined && { copySource: copySourceOf(copySource) }),
    headers,
    ...connection,
  };
}

/** `x-amz-copy-source`: `/bucket/key?versionId=id`, encoded as a form is (`+` is a space, as s5cmd relies on), the first slash optional. */
function copySourceOf(header: string): NonNullable<StorageRequest['copySource']> {
  const [, rawBucket, rawKey, rawVersion] = /^\/?([^/?]+)\/(.+?)(?:\?versionId=([^?]*))?$/s.exec(header) ?? [];
  const bucket = decodePercent(rawBucket ?? '');
  const key = decodePercent((rawKey ?? '').replaceAll('+', ' '));
  const versionId = rawVersion === undefined ? undefined : decodePercent(rawVersion);
  if (!bucket || !key) {
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  return { bucket, key, ...(versionId !== undefined && { versionId }) };
}
