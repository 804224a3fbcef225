import assert from 'node:assert/strict';
import type { Partition } from '../../base/location.ts';
import type { StorageOperation, StorageRequest } from '../storage-request.ts';
import type { IamRequest } from './decide-iam.ts';
import { callActions } from './iam-actions.ts';

/** Who calls, and whose buckets they are; on one side of this map stands S3, on the other IAM. */
export interface IamCallContext {
  readonly partition: Partition;
  /** Owner of the buckets: aws:ResourceAccount. */
  readonly accountId: string;
  /** Absent for an anonymous caller. */
  readonly principalArn?: string;
  /** Of an IAM user: aws:username. */
  readonly userName?: string;
}

/**
 * What IAM is asked about one S3 call: every request returned must be allowed for the call to be.
 * Condition keys are those that S3 sends (AWS Service Authorization Reference, S3): a key that the call does not carry is
 * absent. `s3:prefix` stands only where a listing sends `prefix`, and never for HeadBucket or ListMultipartUploads.
 */
export function iamRequestsOf(request: StorageRequest, caller: IamCallContext): readonly IamRequest[] {
  const { on, actions, versioned } = callActions[request.operation];
  const bucketArn = `arn:${caller.partition}:s3:::${request.bucket ?? '*'}`;
  const context = contextOf(request, caller);
  if (on === 'account')
    return actions.map((action) => ({ action, resource: `arn:${caller.partition}:s3:::*`, context }));

  assert(request.bucket !== undefined, `${request.operation} names a bucket`);
  if (on === 'bucket') {
    const needed = [...actions, ...actionsOfBucketHeaders(request)];
    return needed.map((action) => ({ action, resource: bucketArn, context }));
  }

  assert(request.key !== undefined, `${request.operation} names a key`);
  const resource = `${bucketArn}/${request.key}`;
  const own = request.versionId !== undefined && versioned ? versioned : actions;
  const needed = [
    ...[...own, ...actionsOfHeaders(request)].map((action) => ({ action, resource, context })),
    ...keyRequests(request, resource, context),
  ];
  return request.copySource ? [sourceRequest(request.copySource, caller, context), ...needed] : needed;
}

function sourceRequest(
  source: NonNullable<StorageRequest['copySource']>,
  caller: IamCallContext,
  context: IamRequest['context'],
): IamRequest {
  return {
    action: source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
    resource: `arn:${caller.partition}:s3:::${source.bucket}/${source.key}`,
    context,
  };
}

/** What CreateBucket's headers ask for beside the bucket (S3 API reference, CreateBucket, "Permissions"). */
function actionsOfBucketHeaders({ operation, headers = {} }: StorageRequest): readonly string[] {
  if (operation !== 'CreateBucket') return [];
  const actions: string[] = [];
  const acl = headers['x-amz-acl'] ?? 'private';
  if (acl !== 'private' || Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'))) {
    actions.push('s3:PutBucketAcl');
  }
  if (headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true') {
    actions.push('s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning');
  }
  if (headers['x-amz-object-ownership'] !== undefined) actions.push('s3:PutBucketOwnershipControls');
  return actions;
}

/** What S3 asks of KMS in the caller's name (S3 User Guide, "Using server-side encryption with AWS KMS keys"). */
function keyRequests(
  { kmsKey }: StorageRequest,
  objectArn: string,
  context: IamRequest['context'],
): readonly IamRequest[] {
  if (kmsKey === undefined) return [];
  const [, partition, , region] = kmsKey.arn.split(':');
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const keyContext = {
    ...context,
    'kms:viaservice': `s3.${region}.${suffix}`,
    'kms:encryptioncontext:aws:s3:arn': objectArn,
  };
  return kmsKey.actions.map((action) => ({ action, resource: kmsKey.arn, context: keyContext }));
}

const headersMapped = new Set<StorageOperation>(['PutObject', 'CopyObject', 'CreateMultipartUpload']);

/** What a header asks for beside the call itself (S3 User Guide, "Required permissions for Amazon S3 API operations"). */
function actionsOfHeaders({ operation, headers = {} }: StorageRequest): readonly string[] {
  const bypass = headers['x-amz-bypass-governance-retention']?.toLowerCase() === 'true';
  if (bypass && !headersMapped.has(operation)) return ['s3:BypassGovernanceRetention'];
  if (!headersMapped.has(operation)) return [];
  const names = Object.keys(headers);
  const actions: string[] = [];
  if (names.some((name) => name === 'x-amz-acl' || name.startsWith('x-amz-grant-'))) actions.push('s3:PutObjectAcl');
  if (names.includes('x-amz-tagging')) actions.push('s3:PutObjectTagging');
  if (names.includes('x-amz-object-lock-mode')) actions.push('s3:PutObjectRetention');
  if (names.includes('x-amz-object-lock-legal-hold')) actions.push('s3:PutObjectLegalHold');
  return actions;
}

/** Headers that S3 hands to IAM under their own name: `s3:x-amz-acl`. */
const headerKeys = new Set([
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-metadata-directive',
  'x-amz-object-ownership',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
  'if-match',
  'if-none-match',
]);

/** The same for Object Lock, whose keys have no `x-amz-`. */
const objectLockHeaders = new Set([
  'x-amz-object-lock-legal-hold',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
]);

const listings = new Set<StorageOperation>(['ListObjects', 'ListObjectsV2', 'ListObjectVersions']);

/** s3:ObjectCreationOperation: whether the call itself makes the object appear (S3 User Guide, "Conditional writes"). */
const creates: Readonly<Partial<Record<StorageOperation, 'true' | 'false'>>> = {
  PutObject: 'true',
  CopyObject: 'true',
  CompleteMultipartUpload: 'true',
  CreateMultipartUpload: 'false',
  UploadPart: 'false',
  UploadPartCopy: 'false',
};

function contextOf(request: StorageRequest, caller: IamCallContext): IamRequest['context'] {
  const context: Record<string, string> = { 'aws:securetransport': String(request.secure) };
  const add = (key: string, value: string | undefined) => {
    if (value !== undefined) context[key] = value;
  };
  if (request.bucket !== undefined) {
    context['aws:resourceaccount'] = caller.accountId;
    context['s3:resourceaccount'] = caller.accountId;
  }
  add('aws:sourceip', request.sourceIp);
  add('s3:authtype', request.authType);
  if (request.authType) context['s3:signatureversion'] = 'AWS4-HMAC-SHA256';
  add('s3:versionid', request.versionId);
  add('s3:objectcreationoperation', creates[request.operation]);
  const { retentionDays } = request;
  add('s3:object-lock-remaining-retention-days', retentionDays === undefined ? undefined : String(retentionDays));
  if (caller.principalArn) {
    context['aws:principalarn'] = caller.principalArn;
    context['aws:principalaccount'] = caller.principalArn.split(':')[4] ?? '';
    context['aws:principaltype'] = caller.userName === undefined ? 'AssumedRole' : 'User';
    add('aws:username', caller.userName);
  }
  if (listings.has(request.operation)) {
    add('s3:prefix', request.prefix);
    add('s3:delimiter', request.delimiter);
    add('s3:max-keys', request.maxKeys === undefined ? undefined : String(request.maxKeys));
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (headerKeys.has(name)) context[`s3:${name}`] = value;
    else if (objectLockHeaders.has(name)) context[`s3:${name.slice('x-amz-'.length)}`] = value;
    else if (name === 'user-agent') context['aws:useragent'] = value;
    else if (name === 'referer') context['aws:referer'] = value;
    else if (name === 'x-amz-tagging') addTags(context, value);
  }
  return context;
}

/** `s3:RequestObjectTag/<key>` for each tag of an `x-amz-tagging` header, which is a query string. */
function addTags(context: Record<string, string>, header: string): void {
  for (const [key, value] of new URLSearchParams(header)) context[`s3:requestobjecttag/${key.toLowerCase()}`] = value;
}
