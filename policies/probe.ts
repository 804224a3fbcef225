import type { Ability } from './ability.ts';
import type { AccessName } from './grant.ts';

/**
 * Where a probe aims, relative to the grant.
 * - `inside`: under the granted prefix. `sibling`: a prefix that shares its letters (`uploads/` and `uploads-sibling/`).
 * - `outside`: elsewhere in the bucket. `other-bucket`: the decoy bucket. `bucket`: the bucket itself (its configuration).
 * - `account`: calls that name no bucket, or make one.
 */
export type ProbePlace = 'inside' | 'sibling' | 'outside' | 'other-bucket' | 'bucket' | 'account';

/**
 * One request and the verdict it must get. It names no real object: the live prober puts a canary
 * (`<prefix>.sluice-canary/<random>/..`) where the place says.
 */
export interface Probe {
  /** Unique in a grid and stable: `media/source write sibling PutObject`. */
  readonly id: string;
  readonly access: AccessName;
  readonly ability: Ability;
  readonly place: ProbePlace;
  /** The S3 call that tries the ability there. */
  readonly operation: ProbeOperation;
  /** A write without `If-None-Match`, where the grant only creates: it must be refused even where writes are granted. */
  readonly overwrites?: true;
  /** Sent over plain HTTP, where the grant's policy denies that: it must be refused though it is allowed over TLS. */
  readonly plainHttp?: true;
  readonly expect: 'allowed' | 'refused';
  /** Set where the grant did not ask, but the provider cannot withhold it: the probe then expects `allowed`. */
  readonly excess?: string;
  /** Why this verdict, for the report. */
  readonly because: string;
}

/** The calls probes make; each has a live form and a form on paper. */
export type ProbeOperation =
  | 'ListObjectsV2'
  | 'GetObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'ListMultipartUploads'
  | 'AbortMultipartUpload'
  | 'GetObjectTagging'
  | 'ListObjectVersions'
  | 'ListBuckets'
  | 'CreateBucket'
  | 'GetBucketPolicy'
  | 'GetBucketCors'
  | 'PutObjectAcl';
