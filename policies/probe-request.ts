import assert from 'node:assert/strict';
import type { Grant } from './grant.ts';
import type { Probe, ProbePlace } from './probe.ts';
import type { StorageRequest } from './storage-request.ts';

export interface ProbeNames {
  /** Random part of every canary's key: lower-case letters, digits and hyphens, at most 40 characters. */
  readonly canary: string;
  /** The decoy: a bucket of the same provider that the grant does not name. */
  readonly otherBucket: string;
}

/**
 * A probe as a request: decided on paper by a dialect, or sent. Bucket, key and prefix are those to use live:
 *
 *     inside, other-bucket | <prefix>.sluice-canary/<canary>/<ability>
 *     sibling              | <prefix without its slash>-sibling/.sluice-canary/<canary>/<ability>
 *     outside              | .sluice-canary-outside/<canary>/<ability>
 *
 * A key per ability keeps probes apart: what one deletes, no other reads. CreateBucket asks for `sluice-canary-<canary>`.
 */
export function probeRequest(probe: Probe, grant: Grant, names: ProbeNames): StorageRequest {
  assert(/^[a-z0-9-]{1,40}$/.test(names.canary), 'a canary fits into a bucket name');
  const bucket = probe.place === 'other-bucket' ? names.otherBucket : grant.location.bucket;
  const directory = canaryDirectory(probe.place, grant, names.canary);
  const request = plainRequest(probe, { bucket, directory, names });
  const headers = { ...request.headers, ...optionHeaders(probe, grant) };
  return Object.keys(headers).length === 0 ? request : { ...request, headers };
}

/** What the grant's options ask of each request that it is meant for. */
function optionHeaders({ operation, overwrites }: Probe, { location, options = {} }: Grant): Record<string, string> {
  return {
    ...(location.provider === 'aws' && location.requesterPays && { 'x-amz-request-payer': 'requester' }),
    ...(options.appendOnly && operation === 'PutObject' && !overwrites && { 'if-none-match': '*' }),
  };
}

function plainRequest(
  probe: Probe,
  { bucket, directory, names }: { readonly bucket: string; readonly directory: string; readonly names: ProbeNames },
): StorageRequest {
  const { operation, plainHttp = false } = probe;
  const call = { operation, secure: !plainHttp, authType: 'REST-HEADER' } as const;
  switch (operation) {
    case 'ListBuckets':
      return call;
    case 'CreateBucket':
      return { ...call, bucket: `sluice-canary-${names.canary}` };
    case 'GetBucketCors':
    case 'GetBucketPolicy':
      return { ...call, bucket };
    case 'ListObjectsV2':
      return probe.place === 'bucket'
        ? { ...call, bucket, maxKeys: 1 }
        : { ...call, bucket, prefix: directory, maxKeys: 1 };
    case 'ListObjectVersions':
      return { ...call, bucket, prefix: directory, maxKeys: 1 };
    case 'ListMultipartUploads':
      return { ...call, bucket, prefix: directory };
    case 'PutObjectAcl':
      return { ...call, bucket, key: `${directory}${probe.ability}`, headers: { 'x-amz-acl': 'private' } };
    case 'PutObject':
      // Tags are written with the object: what tries them is a write that carries one.
      return {
        ...call,
        bucket,
        key: `${directory}${probe.ability}`,
        ...(probe.ability === 'tag' && { headers: { 'x-amz-tagging': 'sluice=canary' } }),
      };
    case 'GetObject':
    case 'GetObjectTagging':
    case 'DeleteObject':
    case 'AbortMultipartUpload':
      return { ...call, bucket, key: `${directory}${probe.ability}` };
  }
}

/** Where a place's canaries lie, ending in `/`. */
function canaryDirectory(place: ProbePlace, { location: { prefix } }: Grant, canary: string): string {
  if (place === 'outside') return `.sluice-canary-outside/${canary}/`;
  const start = place === 'sibling' ? `${prefix.slice(0, -1)}-sibling/` : prefix;
  return `${start}.sluice-canary/${canary}/`;
}
