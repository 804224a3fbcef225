import type { Readable } from 'node:stream';

/**
 * The objects of one world: an AWS account, or one jurisdiction of an R2 account. Bucket names are unique within it.
 * Control APIs and the edge need these; the S3 protocol needs more, which stands beside it.
 */
export interface ObjectWorld {
  /** Throws `StoreError` `BucketExists` where it does. `attributes` are the creator's own (a location hint, a storage class). */
  createBucket(name: string, attributes: Readonly<Record<string, string>>): Promise<StoredBucket>;
  /** Throws `StoreError` `NoSuchBucket` or `BucketNotEmpty` (unfinished uploads do not count). */
  deleteBucket(name: string): Promise<void>;
  bucket(name: string): StoredBucket | undefined;
  /** Ordered by name. */
  buckets(): readonly StoredBucket[];
  /** What the object is; undefined where there is none. Throws `StoreError` `NoSuchBucket`. */
  object(bucket: string, key: string): StoredObject | undefined;
  /** The bytes `from..to`, both included; all of them by default. */
  read(bucket: string, object: StoredObject, range?: { from: number; to: number }): Readable;
}

export interface StoredBucket {
  readonly name: string;
  readonly createdAt: Date;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly entityTag: string;
  readonly modifiedAt: Date;
  /** Content headers (`content-type`, `cache-control`, ..) and `x-amz-meta-*`, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export type StoreErrorCode = 'BucketExists' | 'NoSuchBucket' | 'BucketNotEmpty' | 'NoSuchUpload';

/** What the store refuses; the S3 endpoints and the API answer each `code` in their own words. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}
