import { createHash } from 'node:crypto';
import type { StorageOperation, StorageRequest } from '../../../policies/storage-request.ts';

/** A storage request as HTTP has it, before it is signed. */
export interface WireCall {
  readonly method: string;
  /** Percent-encoded, as it is sent. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Shape = readonly [method: string, query?: Readonly<Record<string, string>>, body?: string];

/** An upload that does not exist: whoever is allowed hears `NoSuchUpload`, and nothing changes. */
const upload = { uploadId: 'none' };
/** No document at all: whoever is allowed hears that it is malformed, and nothing changes. */
const noDocument = '<';

/** How each call is written (S3 API reference, the "Request Syntax" of each operation). */
const shapes: Readonly<Partial<Record<StorageOperation, Shape>>> = {
  ListBuckets: ['GET'],
  CreateBucket: ['PUT'],
  DeleteBucket: ['DELETE'],
  HeadBucket: ['HEAD'],
  ListObjects: ['GET'],
  ListObjectsV2: ['GET', { 'list-type': '2' }],
  ListObjectVersions: ['GET', { versions: '' }],
  ListMultipartUploads: ['GET', { uploads: '' }],
  GetBucketLocation: ['GET', { location: '' }],
  GetBucketPolicy: ['GET', { policy: '' }],
  PutBucketPolicy: ['PUT', { policy: '' }, noDocument],
  DeleteBucketPolicy: ['DELETE', { policy: '' }],
  GetBucketAcl: ['GET', { acl: '' }],
  PutBucketAcl: ['PUT', { acl: '' }, noDocument],
  GetBucketVersioning: ['GET', { versioning: '' }],
  PutBucketVersioning: ['PUT', { versioning: '' }, noDocument],
  GetBucketTagging: ['GET', { tagging: '' }],
  DeleteBucketTagging: ['DELETE', { tagging: '' }],
  GetBucketCors: ['GET', { cors: '' }],
  PutBucketCors: ['PUT', { cors: '' }, noDocument],
  DeleteBucketCors: ['DELETE', { cors: '' }],
  GetBucketLifecycleConfiguration: ['GET', { lifecycle: '' }],
  PutBucketLifecycleConfiguration: ['PUT', { lifecycle: '' }, noDocument],
  DeleteBucketLifecycle: ['DELETE', { lifecycle: '' }],
  GetBucketEncryption: ['GET', { encryption: '' }],
  DeleteBucketEncryption: ['DELETE', { encryption: '' }],
  GetPublicAccessBlock: ['GET', { publicAccessBlock: '' }],
  DeletePublicAccessBlock: ['DELETE', { publicAccessBlock: '' }],
  PutBucketOwnershipControls: ['PUT', { ownershipControls: '' }, noDocument],
  GetObjectLockConfiguration: ['GET', { 'object-lock': '' }],
  GetBucketReplication: ['GET', { replication: '' }],
  GetBucketAccelerateConfiguration: ['GET', { accelerate: '' }],
  GetObject: ['GET'],
  HeadObject: ['HEAD'],
  GetObjectAttributes: ['GET', { attributes: '' }],
  PutObject: ['PUT', {}, 'content'],
  CopyObject: ['PUT'],
  DeleteObject: ['DELETE'],
  CreateMultipartUpload: ['POST', { uploads: '' }],
  UploadPart: ['PUT', { partNumber: '1', ...upload }, 'content'],
  UploadPartCopy: ['PUT', { partNumber: '1', ...upload }],
  CompleteMultipartUpload: [
    'POST',
    upload,
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>none</ETag></Part></CompleteMultipartUpload>',
  ],
  AbortMultipartUpload: ['DELETE', upload],
  ListParts: ['GET', upload],
  GetObjectAcl: ['GET', { acl: '' }],
  PutObjectAcl: ['PUT', { acl: '' }, noDocument],
  GetObjectTagging: ['GET', { tagging: '' }],
  PutObjectTagging: ['PUT', { tagging: '' }, noDocument],
  DeleteObjectTagging: ['DELETE', { tagging: '' }],
  GetObjectRetention: ['GET', { retention: '' }],
  PutObjectLegalHold: ['PUT', { 'legal-hold': '' }, noDocument],
  RestoreObject: ['POST', { restore: '' }, noDocument],
};

/** Writes a request as a client would; `locationConstraint` is what CreateBucket asks for. Throws for a call it does not know. */
export function callOnTheWire(request: StorageRequest, locationConstraint: string): WireCall {
  const { operation, copySource } = request;
  const batch = operation === 'DeleteObjects';
  const shape: Shape | undefined = batch ? ['POST', { delete: '' }, deleteDocument(request)] : shapes[operation];
  if (shape === undefined) throw new Error(`write down how ${operation} looks over HTTP`);
  const [method, query = {}, body = operation === 'CreateBucket' ? createDocument(locationConstraint) : ''] = shape;
  return {
    method,
    path: `/${pathOf(request).map(encode).join('/')}`,
    query: { ...query, ...parametersOf(request) },
    headers: {
      ...request.headers,
      ...(copySource && { 'x-amz-copy-source': sourceHeader(copySource) }),
      ...(operation === 'GetObjectAttributes' && { 'x-amz-object-attributes': 'ETag' }),
      ...(batch && { 'content-md5': createHash('md5').update(body).digest('base64') }),
    },
    body,
  };
}

/** Its segments. A batch names its keys in the body, and listing buckets names nothing. */
function pathOf({ operation, bucket = '', key }: StorageRequest): readonly string[] {
  if (operation === 'ListBuckets') return [];
  return operation === 'DeleteObjects' || key === undefined ? [bucket] : [bucket, ...key.split('/')];
}

/** Objects of a bucket without versions have one version, `null`: it stands for the table's. */
const onlyVersion = 'null';

function parametersOf({ operation, versionId, prefix, delimiter, maxKeys }: StorageRequest): Record<string, string> {
  return {
    ...(versionId !== undefined && operation !== 'DeleteObjects' && { versionId: onlyVersion }),
    ...(prefix !== undefined && { prefix }),
    ...(delimiter !== undefined && { delimiter }),
    ...(maxKeys !== undefined && { 'max-keys': String(maxKeys) }),
  };
}

function deleteDocument({ key = '', versionId }: StorageRequest): string {
  const version = versionId === undefined ? '' : `<VersionId>${onlyVersion}</VersionId>`;
  return `<Delete><Object><Key>${key}</Key>${version}</Object></Delete>`;
}

function createDocument(region: string): string {
  return `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
}

function sourceHeader({ bucket, key, versionId }: NonNullable<StorageRequest['copySource']>): string {
  const path = `/${bucket}/${key.split('/').map(encode).join('/')}`;
  return versionId === undefined ? path : `${path}?versionId=${onlyVersion}`;
}

/** As Signature Version 4 encodes (RFC 3986's unreserved characters stay). */
export function encode(text: string): string {
  const escape = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*]/g, escape);
}
