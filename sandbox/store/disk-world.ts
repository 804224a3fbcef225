import type { KeyHistory } from './key-versions.ts';
import type { ListQuery, Listing } from './listing.ts';
import type { ObjectWorld, StoredObject } from './object-store.ts';
import type { VersionListing, VersionQuery } from './version-listing.ts';

/** What the S3 protocol needs of a world beyond `ObjectWorld`. Methods that name a bucket throw `StoreError` `NoSuchBucket`. */
export interface DiskWorld extends ObjectWorld {
  object(bucket: string, key: string): DiskObject | undefined;
  /** The newest version at `key`, which may be a delete marker. */
  latest(bucket: string, key: string): DiskObject | undefined;
  /** One version, delete markers included; `nullVersion` is the one that was put without versioning. */
  version(bucket: string, key: string, versionId: string): DiskObject | undefined;
  /**
   * The bytes `from..to` at once, where they are few and lie in one file; undefined where only `read` can give them. It spares small
   * objects, the sandbox's hot path, a stream.
   */
  readNow(bucket: string, object: StoredObject, range?: { from: number; to: number }): Buffer | undefined;

  /** Takes a body in, streaming: a long one goes to disk as it comes. Nobody sees it before `put` or `putPart` settles it. */
  receive(bucket: string, source: AsyncIterable<Uint8Array>): Promise<ReceivedBody>;
  /** Forgets a body that was received and never settled. */
  discard(bucket: string, body: ReceivedBody): void;

  /** Makes `body` the object at `key`. `precondition` sees what it replaces, in one step with the write, and refuses by throwing. */
  put(bucket: string, key: string, body: ReceivedBody, details: ObjectDetails, precondition?: Precondition): DiskObject;
  /** Whether there was one. Where the bucket keeps versions (setting `versioning`), it is hidden under a delete marker. */
  delete(bucket: string, key: string): boolean;
  /** Forgets one version for good and returns what it was. */
  deleteVersion(bucket: string, key: string, versionId: string): DiskObject | undefined;
  /** Changes what is said of an object beside its bytes; `object` was looked up in the same turn. */
  amend(bucket: string, object: DiskObject, changes: Amendment): DiskObject;
  list(bucket: string, query: ListQuery): Listing<DiskObject>;
  listVersions(bucket: string, query: VersionQuery): VersionListing;
  /** The first `keysMax` keys after `after` with all their versions, in order. */
  histories(bucket: string, after: string, keysMax: number): readonly KeyHistory[];

  beginUpload(bucket: string, key: string, details: UploadDetails): MultipartUpload;
  /** Undefined where it was completed or aborted, or is of another key. */
  upload(bucket: string, key: string, uploadId: string): MultipartUpload | undefined;
  /** In order of key, then of beginning. */
  uploads(bucket: string): readonly MultipartUpload[];
  /** Replaces a part of the same number. Throws `StoreError` `NoSuchUpload`, so that a part cannot outlive its upload. */
  putPart(bucket: string, uploadId: string, part: PartDetails, body: ReceivedBody): UploadedPart;
  /** Makes an object of `parts`, which were looked up in the same turn, and drops the others. No byte is copied. */
  completeUpload(
    bucket: string,
    upload: MultipartUpload,
    parts: readonly UploadedPart[],
    completed: { readonly entityTag: string; readonly checksum?: StoredChecksum },
    precondition?: Precondition,
  ): DiskObject;
  abortUpload(bucket: string, upload: MultipartUpload): void;

  /** A bucket's setting (`publicAccessBlock`, ..) as it was put; undefined where none was, null where it was deleted. */
  setting(bucket: string, name: string): string | null | undefined;
  changeSetting(bucket: string, name: string, value: string | null): Promise<void>;

  /** Names of the buckets whose files are open: those that were used since the start. */
  openBuckets(): readonly string[];

  /** Puts everything on the medium and closes the files. */
  close(): void;
}

export type Precondition = (existing: DiskObject | undefined) => void;

export interface ObjectDetails {
  /** Content headers and `x-amz-meta-*`, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: StoredChecksum;
  readonly tags?: Tags;
  readonly lock?: ObjectLock;
  readonly acl?: CannedAcl;
}

/** Values by name; never empty. */
export type Tags = Readonly<Record<string, string>>;

/** What keeps a version from being deleted; who asks about it is the protocol. */
export interface ObjectLock {
  readonly retention?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly untilMs: number };
  readonly legalHold?: 'ON' | 'OFF';
}

/** Who may do what with an object, beside policies; private unless said. */
export type CannedAcl =
  | 'private'
  | 'public-read'
  | 'public-read-write'
  | 'authenticated-read'
  | 'aws-exec-read'
  | 'bucket-owner-read'
  | 'bucket-owner-full-control'
  | 'log-delivery-write';

export interface Amendment {
  /** `null` forgets them. */
  readonly tags?: Tags | null;
  readonly lock?: ObjectLock;
  readonly acl?: CannedAcl;
}

/** The id of a version that was put without versioning. */
export const nullVersion = 'null';

export interface StoredChecksum {
  readonly algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';
  /** Base64; of a composite one, with `-` and the number of parts. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

/** Where bytes lie: in the bucket's file of small bodies, or in a file of their own. */
export type BodyPlace = { readonly offset: number } | { readonly file: string };

export interface BodyPart {
  readonly sizeBytes: number;
  readonly place: BodyPlace;
  /** Of the part, where the object's is composed of its parts'. */
  readonly checksum?: StoredChecksum;
}

export interface DiskObject extends StoredObject {
  /** One, or those of the multipart upload that made it. */
  readonly parts: readonly BodyPart[];
  readonly checksum?: StoredChecksum;
  readonly tags?: Tags;
  readonly lock?: ObjectLock;
  readonly acl?: CannedAcl;
  /** Absent of what was put without versioning. */
  readonly versionId?: string;
  /** It is no object: it hides the ones below it. */
  readonly deleteMarker?: true;
}

/** A body on its way: on disk or in memory, and of no object yet. */
export interface ReceivedBody {
  readonly sizeBytes: number;
  /** Hexadecimal MD5, or what stands in its place where the body is encrypted. */
  readonly entityTag: string;
  readonly held: { readonly bytes: Buffer } | { readonly file: string };
}

export interface UploadDetails extends Pick<ObjectDetails, 'headers' | 'tags' | 'lock' | 'acl'> {
  readonly checksumAlgorithm?: StoredChecksum['algorithm'];
  readonly checksumType?: StoredChecksum['type'];
  /** Who began it: an ARN, a token id. */
  readonly initiator: string;
}

export interface MultipartUpload extends UploadDetails {
  readonly uploadId: string;
  readonly key: string;
  readonly beganAt: Date;
  /** In order of part number. */
  readonly parts: readonly UploadedPart[];
}

export interface PartDetails {
  readonly partNumber: number;
  readonly checksum?: StoredChecksum;
}

export interface UploadedPart extends PartDetails, BodyPart {
  readonly entityTag: string;
  readonly modifiedAt: Date;
}
