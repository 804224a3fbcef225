import assert from 'node:assert/strict';
import type { S3Call } from '../engine/s3-request.ts';
import type { ProbeOperation } from '../policies/probe.ts';
import type { StorageRequest } from '../policies/storage-request.ts';
import { canaryBody } from './canaries.ts';

/** What must exist before a probe can prove anything, or comes into being when it succeeds. */
export type ProbeNeed = 'nothing' | 'object' | 'upload' | 'writes-object' | 'makes-bucket';

/** A GET or DELETE of a key that is not there proves nothing: the answer may be the absence's. */
export const probeNeeds: Readonly<Record<ProbeOperation, ProbeNeed>> = {
  ListObjectsV2: 'nothing',
  GetObject: 'object',
  PutObject: 'writes-object',
  DeleteObject: 'object',
  ListMultipartUploads: 'nothing',
  AbortMultipartUpload: 'upload',
  GetObjectTagging: 'object',
  ListObjectVersions: 'nothing',
  ListBuckets: 'nothing',
  CreateBucket: 'makes-bucket',
  GetBucketPolicy: 'nothing',
  GetBucketCors: 'nothing',
  PutObjectAcl: 'object',
};

/**
 * The request on paper as a call that can be sent (AWS S3 API reference). `uploadId` is that of the prepared upload.
 * `region` is the signing region: a new bucket must name it, except in us-east-1 and on R2.
 */
export function liveCall(
  request: StorageRequest & { readonly operation: ProbeOperation },
  { uploadId, region }: { readonly uploadId?: string | undefined; readonly region: string },
): S3Call {
  const { bucket, key, headers } = request;
  const target = {
    ...(bucket === undefined ? {} : { bucket }),
    ...(key === undefined ? {} : { key }),
    ...(headers === undefined ? {} : { headers }),
  };
  switch (request.operation) {
    case 'ListObjectsV2':
      return { ...target, method: 'GET', query: { 'list-type': '2', ...listQuery(request), 'max-keys': '1' } };
    case 'ListMultipartUploads':
      return { ...target, method: 'GET', query: { uploads: '', ...listQuery(request), 'max-uploads': '1' } };
    case 'ListObjectVersions':
      return { ...target, method: 'GET', query: { versions: '', ...listQuery(request), 'max-keys': '1' } };
    case 'GetObjectTagging':
      return { ...target, method: 'GET', query: { tagging: '' } };
    case 'GetObject':
    case 'ListBuckets':
      return { ...target, method: 'GET' };
    case 'PutObject':
      return { ...target, method: 'PUT', body: canaryBody };
    case 'DeleteObject':
      return { ...target, method: 'DELETE' };
    case 'AbortMultipartUpload':
      assert(uploadId !== undefined, 'an upload is started before its abort is tried');
      return { ...target, method: 'DELETE', query: { uploadId } };
    case 'CreateBucket':
      return { ...target, method: 'PUT', ...locationBody(region) };
    case 'GetBucketPolicy':
      return { ...target, method: 'GET', query: { policy: '' } };
    case 'GetBucketCors':
      return { ...target, method: 'GET', query: { cors: '' } };
    case 'PutObjectAcl':
      return { ...target, method: 'PUT', query: { acl: '' }, headers: { 'x-amz-acl': 'private', ...headers } };
  }
}

function listQuery({ prefix, delimiter }: StorageRequest): Record<string, string> {
  return { ...(prefix === undefined ? {} : { prefix }), ...(delimiter === undefined ? {} : { delimiter }) };
}

function locationBody(region: string): { body?: string } {
  if (region === 'auto' || region === 'us-east-1') return {};
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
  return {
    body: `<CreateBucketConfiguration xmlns="${namespace}"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  };
}
