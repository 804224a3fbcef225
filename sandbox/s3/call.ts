import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decision } from '../../policies/decision.ts';
import type { StorageRequest } from '../../policies/storage-request.ts';
import type { DiskWorld } from '../store/disk-world.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import type { VerifiedBody } from './payload.ts';
import type { S3Profile } from './profile.ts';
import type { Query } from './query.ts';

/** One authorized request on its way through an operation. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly world: DiskWorld;
  readonly profile: S3Profile;
  readonly region: string;
  /** What was asked and allowed. */
  readonly storage: StorageRequest;
  readonly query: Query;
  /** `x-amz-*` and conditional headers, those of a presigned query included. */
  readonly headers: Readonly<Record<string, string>>;
  /** For messages and owners; undefined: anonymous. */
  readonly principal: string | undefined;
  readonly now: Date;
  /** Empty for calls on the account. */
  readonly bucket: string;
  /** Empty for calls on a bucket. */
  readonly key: string;
  /**
   * The request's body, checked as it is read; the client hears `100 Continue` now if it waits for it. Once a call. A body
   * without a checksum gets `sum`, where that is named.
   */
  readonly body: (sum?: ChecksumAlgorithm) => VerifiedBody;
  /** A further decision on the same caller: a key of a batch, the right to list. It is recorded as every decision is. */
  readonly decide: (request: Partial<StorageRequest>) => Decision;
  /** The provider's refusal for what `decide` did not allow. */
  readonly denied: (request: Partial<StorageRequest>, decision: Decision) => Error;
}

/** Does what was asked and answers; throws `S3Error` for what it cannot. */
export type Operation = (call: Call) => Promise<void> | void;
