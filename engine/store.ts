import type { Body } from './body.ts';
import type { Checksum } from './checksum.ts';
import type { ListingOddity } from './listing/listing-oddities.ts';
import type { ObjectTags } from './object-tags.ts';
import type { Attempt } from './retry.ts';

/** One object or file, as a listing shows it. */
export interface Entry {
  /** Relative to the place's prefix or directory; never empty. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes; files have none. */
  readonly entityTag?: string;
  readonly modifiedAt: Date;
  /** Where a place is read by its versions: the one that is meant. */
  readonly versionId?: string;
}

/** What a write may overwrite: nothing at all, or only the very object that has this entity tag. */
export type Overwrites = 'nothing' | { readonly entityTag: string };

/** An object that is to be copied, and what its copy may overwrite: whatever is there unless given. Plain data. */
export interface Copyable extends Entry {
  readonly overwrites?: Overwrites | undefined;
}

/** A listing: its entries as they arrive, some at once. To wait for each of millions would take longer than to look at it. */
export type EntryPages = AsyncIterable<readonly Entry[], void, undefined>;

/** Something that a listing passes over. Nothing on the other side is deleted for lacking it as a counterpart. */
export interface Skipped {
  readonly key: string;
  readonly because: string;
  /** Whether it holds data, which cannot be copied from here. */
  readonly isData: boolean;
}

export interface ListOptions {
  /** Only keys after this one. */
  readonly after?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onSkipped?: (skipped: Skipped) => void;
  /** Hears that the listing is put together of several that were made at once. */
  readonly onDivided?: (() => void) | undefined;
  /** Hears of each page that is not as it should be, though nothing is missed for it. */
  readonly onOddity?: ((oddity: ListingOddity) => void) | undefined;
}

/**
 * Content headers (`content-type`, `cache-control`, ..), `x-amz-meta-*`, storage class and tags; names in lower case, values as byte
 * strings (Latin-1).
 */
export type ObjectHeaders = Readonly<Record<string, string>>;

/** What a store knows of an object without reading its body. */
export interface Description {
  readonly headers: ObjectHeaders;
  /** CRC64NVME of the whole body, as headers hold it. */
  readonly crc64?: string;
  /** Hex MD5 of the whole body, where the store knows it. */
  readonly md5?: string;
  /** Another checksum of the whole body, where the store knows neither of these. */
  readonly checksum?: Checksum;
}

export interface Content extends Description {
  /** The caller reads it to its end or destroys it. It may end early: the reader counts. */
  readonly body: Body;
}

/** Content with all of its body, of the very length that was listed. */
export interface WholeContent extends Omit<Content, 'body'> {
  readonly body: Uint8Array;
  /** Nobody will look at the body again: its memory may be used for another. */
  readonly giveBack?: () => void;
}

export interface Outgoing {
  readonly key: string;
  readonly sizeBytes: number;
  readonly headers: ObjectHeaders;
  readonly modifiedAt: Date;
  /** Hex MD5 of the body; the store refuses a body that has another (`broken`). */
  readonly md5?: string | undefined;
  /** CRC64NVME of the body; a store that checks it (`checks`) refuses a body that has another (`broken`). */
  readonly crc64?: string | undefined;
  /** Where something else is there already, the store refuses it (`PreconditionFailed`). */
  readonly overwrites?: Overwrites | undefined;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** What a store says of what it stored, where it does. */
export interface Written {
  /** In hex. */
  readonly md5?: string;
  readonly crc64?: string;
}

/**
 * How a store can prove that it stored what it was sent. That a bucket encrypts by a key of its own, and tells no MD5 for it, is known
 * from the first answer on: `md5OfObjects` and `md5OfParts` are then false.
 */
export interface StoreChecks {
  /** Refuses what has not the CRC64NVME that comes with it. */
  readonly crc64: boolean;
  /** Tells the MD5 of an object that was written at once. */
  readonly md5OfObjects: boolean;
  readonly md5OfParts: boolean;
}

/** Headers as a store can hold them, and what it cannot. */
export interface HeldHeaders {
  readonly headers: ObjectHeaders;
  /** In words, each of which can follow "the": `tags`. */
  readonly lost: readonly string[];
}

/** The place that a provider copies from by itself. */
export interface CopySource {
  readonly bucket: string;
  readonly prefix: string;
}

/** The bytes `from..to` of an object, both included. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** A key that an operation failed on. */
export interface KeyFailure {
  /** Empty where the whole run is meant. */
  readonly key: string;
  readonly because: string;
  readonly code?: string;
}

/**
 * What the engine needs of a place. Except for listings, `find` and `delete`, which retry on their own, each call is one attempt.
 * Every call throws `Failure`.
 */
export interface Store {
  /**
   * Everything in the place, each key once and in the order of `compareKeys`; a listing that is not so ends with a `broken` failure.
   * Memory does not grow with the number of keys.
   */
  list(options?: ListOptions): EntryPages;
  /** What a listing would now show under this key. */
  find(key: string, signal?: AbortSignal): Promise<Entry | undefined>;
  /** What is known of the listed object; `changed` or `missing` where it is no longer the listed one. */
  describe(entry: Entry, attempt: Attempt): Promise<Description>;
  /** The listed object's bytes; `changed` or `missing` where it is no longer the listed one. */
  read(entry: Entry, attempt: Attempt, range?: ByteRange): Promise<Content>;
  /** As `read`, with all of the body in one buffer, for small objects: a stream costs more than they do. */
  readWhole(entry: Entry, attempt: Attempt): Promise<WholeContent>;
  /** Puts one object in place, all of it or nothing. */
  write(outgoing: Outgoing, attempt: Attempt): Promise<Written>;
  /** The bytes of the listed object's first part, where a store keeps objects as they were uploaded in parts. */
  firstPartBytes?(entry: Entry, attempt: Attempt): Promise<number>;
  /** Begins an upload in parts, in stores that have such a thing. */
  startParts?(key: string, start: UploadStart, attempt: Attempt): Promise<PartUpload>;
  /** Frees uploads of a key that nobody heard of, for the answer to their start was lost. Never throws for a failed request. */
  abortLost?(
    key: string,
    lost: { elapsedMs: number; keptUploadId: string | undefined },
    signal?: AbortSignal,
  ): Promise<void>;
  /** An upload in parts that was begun before. */
  resumeParts?(key: string, uploadId: string): PartUpload;
  /** Has the provider copy the listed object of another place by itself; headers are those that the copy is to have. */
  copyWhole?(from: CopySource, entry: Entry, headers: ObjectHeaders, attempt: Attempt): Promise<Written>;
  /** What of an object's headers has no place here; undefined where everything has. */
  hold?(headers: ObjectHeaders): HeldHeaders | undefined;
  /** The tags of the listed object, in stores that keep tags. */
  tags?(entry: Entry, attempt: Attempt): Promise<ObjectTags>;
  readonly checks: StoreChecks;
  /** Deletes keys; those that it could not delete come back. A key that is not there counts as deleted. */
  delete(keys: readonly string[], signal?: AbortSignal): Promise<KeyFailure[]>;
  /** Why the store cannot hold this key, whatever else it holds; undefined where it can. */
  keyProblem(key: string): string | undefined;
  /** The one spelling of all keys that the store takes for the same; the key itself where every byte counts. */
  canonicalKey(key: string): string;
  /** Whether `a` and `a/b` cannot both be there. */
  readonly hasDirectories: boolean;
}

export interface SentPart {
  readonly number: number;
  readonly entityTag: string;
  /** Hex MD5 of the part as stored, where the store says it. */
  readonly md5?: string;
  /** Of the part as it was sent, where it was computed. */
  readonly crc64?: string;
}

export interface UploadStart {
  readonly headers: ObjectHeaders;
  /** The CRC64NVME of the whole will come with the completion. */
  readonly crc64: boolean;
}

/** What must hold for an upload to become an object. */
export interface UploadSeal {
  readonly crc64?: string | undefined;
  readonly overwrites?: Overwrites | undefined;
}

export interface CompletedUpload {
  /** The object's entity tag, where it is known to be made of the MD5s of the parts. */
  readonly entityTag?: string;
}

/** An upload in parts: nothing is visible before `complete`. */
export interface PartUpload {
  readonly uploadId: string;
  send(number: number, body: AsyncIterable<Uint8Array>, sizeBytes: number, attempt: Attempt): Promise<SentPart>;
  /** Has the provider copy bytes of the listed object of another place by itself. */
  copyPart?(number: number, from: CopySource, entry: Entry, range: ByteRange, attempt: Attempt): Promise<SentPart>;
  /** Makes the object visible; calling it again after a lost answer may fail with code `NoSuchUpload`. */
  complete(parts: readonly SentPart[], attempt: Attempt, seal?: UploadSeal): Promise<CompletedUpload>;
  /** Frees what was sent. Never throws for a failed request. */
  abort(): Promise<void>;
}

/** The smoke test's objects, under every prefix: they are never data, neither copied nor compared nor deleted. */
const canaryPrefix = '.sluice-canary/';

/** Whether a key, relative to its place's prefix, is one of the smoke test's. */
export function isCanary(key: string): boolean {
  return key.startsWith(canaryPrefix);
}
