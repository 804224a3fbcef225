import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Bodies } from './bodies.ts';
import { BucketContents, objectRecord, partRecord } from './bucket-contents.ts';
import { bucketRecordSchema, type BucketRecord } from './bucket-records.ts';
import { nullVersion } from './disk-world.ts';
import type {
  Amendment,
  BodyPart,
  DiskObject,
  MultipartUpload,
  ObjectDetails,
  PartDetails,
  Precondition,
  ReceivedBody,
  StoredChecksum,
  UploadDetails,
  UploadedPart,
} from './disk-world.ts';
import { versionOf } from './key-versions.ts';
import { StoreError } from './object-store.ts';
import { isPlainPut } from './plain-record.ts';
import { openRecordLog, type RecordLog } from './record-log.ts';

/**
 * One bucket on disk: `records.log` says what it holds, the bodies lie beside it. A change is written to the log before it is made
 * in memory, and body files are dropped only after that, so that a kill at any moment leaves a bucket that is whole.
 */
export class BucketStore {
  readonly contents: BucketContents;
  readonly bodies: Bodies;
  readonly #log: RecordLog;
  readonly #now: () => Date;

  /** Opens (or makes) the bucket in `directory`: replays its log, and writes both anew where most of them is history. */
  static open(directory: string, now: () => Date): BucketStore {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const opened = openParts(directory);
    const { parts, waste } = opened;
    if (!waste || !compact(directory, parts)) return new BucketStore(parts, now);
    return new BucketStore(openParts(directory).parts, now);
  }

  private constructor({ contents, bodies, log }: Parts, now: () => Date) {
    this.#now = now;
    this.contents = contents;
    this.bodies = bodies;
    this.#log = log;
  }

  /** `versionId` of the version to make; without one, what was put without versioning is replaced. */
  put(
    key: string,
    body: ReceivedBody,
    { headers, checksum, tags, lock, acl, versionId }: ObjectDetails & { readonly versionId?: string | undefined },
    precondition?: Precondition,
  ): DiskObject {
    precondition?.(this.contents.objects.get(key));
    const part = { sizeBytes: body.sizeBytes, place: this.bodies.settle(body) };
    const object: DiskObject = {
      key,
      sizeBytes: body.sizeBytes,
      entityTag: body.entityTag,
      modifiedAt: this.#now(),
      headers,
      parts: [part],
      ...(checksum && { checksum }),
      ...(tags && { tags }),
      ...(lock && { lock }),
      ...(acl && { acl }),
      ...(versionId !== undefined && { versionId }),
    };
    this.#change({ record: 'put', object: objectRecord(object) }, this.#partsReplacedBy(object));
    return object;
  }

  /** Forgets the version at `key` that was put without versioning; whether there was one. */
  delete(key: string): boolean {
    return this.deleteVersion(key, nullVersion) !== undefined;
  }

  deleteVersion(key: string, versionId: string): DiskObject | undefined {
    const existing = this.contents.versions.find(key, versionId);
    if (existing === undefined) return undefined;
    this.#change({ record: 'delete', key, ...(versionId !== nullVersion && { versionId }) }, existing.parts);
    return existing;
  }

  /** Hides what is at `key`; whether there was an object. */
  markDeleted(key: string, versionId: string | undefined): boolean {
    const existing = this.contents.objects.get(key);
    const marker: DiskObject = {
      key,
      sizeBytes: 0,
      entityTag: '',
      modifiedAt: this.#now(),
      headers: {},
      parts: [],
      deleteMarker: true,
      ...(versionId !== undefined && { versionId }),
    };
    this.#change({ record: 'put', object: objectRecord(marker) }, this.#partsReplacedBy(marker));
    return existing !== undefined;
  }

  amend(object: DiskObject, { tags, lock = object.lock, acl = object.acl }: Amendment): DiskObject {
    assert(this.contents.versions.find(object.key, versionOf(object)) === object, 'it was looked up in the same step');
    const { tags: former, ...rest } = object;
    const kept = tags === undefined ? former : tags;
    const amended: DiskObject = { ...rest, ...(kept && { tags: kept }), ...(lock && { lock }), ...(acl && { acl }) };
    this.#change({ record: 'amend', object: objectRecord(amended) });
    return amended;
  }

  beginUpload(key: string, details: UploadDetails): MultipartUpload {
    const uploadId = randomBytes(24).toString('base64url');
    this.#change({
      record: 'begin-upload',
      upload: {
        ...details,
        headers: { ...details.headers },
        ...(details.tags && { tags: { ...details.tags } }),
        uploadId,
        key,
        beganAtMs: this.#now().getTime(),
      },
    });
    const upload = this.upload(key, uploadId);
    assert(upload !== undefined, 'the record that was applied makes the upload');
    return upload;
  }

  upload(key: string, uploadId: string): MultipartUpload | undefined {
    const upload = this.contents.uploads.get(uploadId);
    if (upload?.key !== key) return undefined;
    return { ...upload, parts: [...upload.parts.values()].sort((left, right) => left.partNumber - right.partNumber) };
  }

  putPart(uploadId: string, { partNumber, checksum }: PartDetails, body: ReceivedBody): UploadedPart {
    const upload = this.contents.uploads.get(uploadId);
    if (upload === undefined) throw new StoreError('NoSuchUpload', `there is no upload ${uploadId}`);
    const replaced = upload.parts.get(partNumber);
    const part: UploadedPart = {
      partNumber,
      sizeBytes: body.sizeBytes,
      entityTag: body.entityTag,
      modifiedAt: this.#now(),
      place: this.bodies.settle(body),
      ...(checksum && { checksum }),
    };
    this.#change({ record: 'part', uploadId, part: partRecord(part) }, replaced && [replaced]);
    return part;
  }

  completeUpload(
    { uploadId, key, headers, tags, lock, acl }: MultipartUpload,
    parts: readonly UploadedPart[],
    completed: {
      readonly entityTag: string;
      readonly checksum?: StoredChecksum;
      readonly versionId?: string | undefined;
    },
    precondition?: Precondition,
  ): DiskObject {
    const upload = this.contents.uploads.get(uploadId);
    if (upload === undefined) throw new StoreError('NoSuchUpload', `there is no upload ${uploadId}`);
    assert(
      parts.every((part) => upload.parts.get(part.partNumber) === part),
      'parts are looked up in the same step',
    );
    precondition?.(this.contents.objects.get(key));
    const { versionId, ...described } = completed;
    const object: DiskObject = {
      key,
      sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      modifiedAt: this.#now(),
      headers,
      parts: parts.map(({ sizeBytes, place, checksum }) => ({
        sizeBytes,
        place,
        ...(checksum && completed.checksum?.type === 'COMPOSITE' && { checksum }),
      })),
      ...described,
      ...(tags && { tags }),
      ...(lock && { lock }),
      ...(acl && { acl }),
      ...(versionId !== undefined && { versionId }),
    };
    const kept = new Set(parts.map(({ partNumber }) => partNumber));
    const dropped = [...upload.parts.values()].filter(({ partNumber }) => !kept.has(partNumber));
    this.#change({ record: 'complete-upload', uploadId, object: objectRecord(object) }, [
      ...dropped,
      ...this.#partsReplacedBy(object),
    ]);
    return object;
  }

  abortUpload({ uploadId, parts }: MultipartUpload): void {
    this.#change({ record: 'abort-upload', uploadId }, parts);
  }

  close(): void {
    this.#log.close();
    this.bodies.close();
  }

  /** The bytes of the version that goes when `object` comes: the one of its id. */
  #partsReplacedBy(object: DiskObject): readonly BodyPart[] {
    return this.contents.versions.find(object.key, versionOf(object))?.parts ?? [];
  }

  #change(record: BucketRecord, forgotten: readonly BodyPart[] = []): void {
    this.#log.append(record);
    this.contents.apply(record);
    this.bodies.remove(forgotten);
  }
}

interface Parts {
  readonly contents: BucketContents;
  readonly bodies: Bodies;
  readonly log: RecordLog;
}

const logFile = 'records.log';

/** History is dropped when it is the greater part and worth the work. */
const wastedRecordsMin = 1_000;
const wastedBytesMin = 16 * 1024 * 1024;

function openParts(directory: string): { parts: Parts; waste: boolean } {
  const contents = new BucketContents();
  let smallFile: string | undefined;
  let records = 0;
  const log = openRecordLog(join(directory, logFile), (unknown) => {
    const record = isPlainPut(unknown) ? unknown : bucketRecordSchema.parse(unknown);
    if (record.record === 'small-file') smallFile = record.name;
    contents.apply(record);
    records += 1;
  });
  if (smallFile === undefined) {
    smallFile = newSmallFile();
    log.append({ record: 'small-file', name: smallFile } satisfies BucketRecord);
  }
  const bodies = new Bodies(directory, smallFile);
  const live = liveBodies(contents);
  bodies.removeAllBut(live.files, smallFile);
  const wastedRecords = records - live.records;
  const wastedBytes = bodies.smallBytes - live.smallBytes;
  const waste =
    (wastedRecords >= wastedRecordsMin && wastedRecords > live.records) ||
    (wastedBytes >= wastedBytesMin && wastedBytes > live.smallBytes);
  return { parts: { contents, bodies, log }, waste };
}

function liveBodies({ versions, uploads }: BucketContents) {
  const files = new Set<string>();
  let smallBytes = 0;
  let records = 0;
  const add = ({ place, sizeBytes }: BodyPart) => {
    if ('file' in place) files.add(place.file);
    else smallBytes += sizeBytes;
  };
  for (const { parts } of versions.unordered()) {
    parts.forEach(add);
    records += 1;
  }
  for (const { parts } of uploads.values()) {
    parts.forEach(add);
    records += 1 + parts.size;
  }
  return { files, smallBytes, records };
}

/**
 * Writes log and small bodies anew beside the old ones; the rename of the log is the moment that counts. False where the disk has no
 * room for both: the old ones stay in use, and nothing beside them.
 */
function compact(directory: string, parts: Parts): boolean {
  const temporary = join(directory, `${logFile}.tmp`);
  const smallFile = newSmallFile();
  rmSync(temporary, { force: true });
  try {
    writeAnew(parts, { directory, temporary, smallFile });
  } catch (error) {
    console.error(error);
    for (const path of [temporary, join(directory, smallFile)]) rmSync(path, { force: true });
    return false;
  }
  parts.log.close();
  parts.bodies.close();
  renameSync(temporary, join(directory, logFile));
  syncDirectory(directory);
  return true;
}

function writeAnew(
  { contents, bodies }: Parts,
  { directory, temporary, smallFile }: Readonly<Record<'directory' | 'temporary' | 'smallFile', string>>,
): void {
  const newBodies = new Bodies(directory, smallFile);
  const newLog = openRecordLog(temporary, () => undefined);
  const moved = <Part extends Pick<BodyPart, 'sizeBytes' | 'place'>>(part: Part): Part => {
    if ('file' in part.place) return part;
    return { ...part, place: newBodies.append(bodies.readNow([part], 0, part.sizeBytes - 1) ?? Buffer.alloc(0)) };
  };
  newLog.append({ record: 'small-file', name: smallFile } satisfies BucketRecord);
  for (const record of contents.records()) {
    if (record.record === 'put') {
      newLog.append({ ...record, object: { ...record.object, parts: record.object.parts.map(moved) } });
    } else if (record.record === 'part') newLog.append({ ...record, part: moved(record.part) });
    else newLog.append(record);
  }
  // The bodies must be on the medium before the log that points at them takes the old one's place.
  newBodies.close();
  newLog.close();
}

function newSmallFile(): string {
  return `small-${randomBytes(12).toString('hex')}`;
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
