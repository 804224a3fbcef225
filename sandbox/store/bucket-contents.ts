import type { BucketRecord, ObjectRecord, PartRecord, UploadRecord } from './bucket-records.ts';
import type { DiskObject, MultipartUpload, UploadedPart } from './disk-world.ts';
import { KeyVersions, versionOf } from './key-versions.ts';

/** An unfinished upload, with its parts by number. */
export type OpenUpload = Omit<MultipartUpload, 'parts'> & { readonly parts: Map<number, UploadedPart> };

/** What a bucket holds, in memory: the sum of its records. */
export class BucketContents {
  readonly versions = new KeyVersions();
  readonly uploads = new Map<string, OpenUpload>();
  #lastHeaders: DiskObject['headers'] = {};

  /** The current objects. */
  get objects(): KeyVersions['current'] {
    return this.versions.current;
  }

  apply(record: BucketRecord): void {
    switch (record.record) {
      case 'small-file':
        return;
      case 'put':
        this.versions.add(this.#objectOf(record.object));
        return;
      case 'amend':
        this.versions.replace(this.#objectOf(record.object));
        return;
      case 'delete':
        this.versions.remove(record.key, versionOf(record));
        return;
      case 'begin-upload':
        this.uploads.set(record.upload.uploadId, uploadOf(record.upload));
        return;
      case 'part':
        this.uploads.get(record.uploadId)?.parts.set(record.part.partNumber, partOf(record.part));
        return;
      case 'abort-upload':
        this.uploads.delete(record.uploadId);
        return;
      case 'complete-upload':
        this.uploads.delete(record.uploadId);
        this.versions.add(this.#objectOf(record.object));
    }
  }

  #objectOf({ key, sizeBytes, entityTag, modifiedAtMs, headers, parts, ...rare }: ObjectRecord): DiskObject {
    // Neighbours often have the same headers, which then take memory once.
    if (!areSame(this.#lastHeaders, headers)) this.#lastHeaders = headers;
    const modifiedAt = new Date(modifiedAtMs);
    return { key, sizeBytes, entityTag, modifiedAt, headers: this.#lastHeaders, parts, ...rare };
  }

  /** The fewest records that add up to the same contents. */
  *records(): Generator<BucketRecord> {
    for (const object of this.versions.oldestFirst()) yield { record: 'put', object: objectRecord(object) };
    for (const { parts, beganAt, tags, ...upload } of this.uploads.values()) {
      const record = { ...upload, beganAtMs: beganAt.getTime(), ...(tags && { tags: { ...tags } }) };
      yield { record: 'begin-upload', upload: record };
      for (const part of parts.values()) yield { record: 'part', uploadId: upload.uploadId, part: partRecord(part) };
    }
  }
}

function areSame(left: DiskObject['headers'], right: DiskObject['headers']): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}

/** The form of an object in the log. */
export function objectRecord({ modifiedAt, headers, parts, checksum, tags, ...object }: DiskObject): ObjectRecord {
  return {
    ...object,
    modifiedAtMs: modifiedAt.getTime(),
    headers: { ...headers },
    parts: parts.map(({ sizeBytes, place, checksum: own }) => ({ sizeBytes, place, ...(own && { checksum: own }) })),
    ...(checksum && { checksum }),
    ...(tags && { tags: { ...tags } }),
  };
}

/** The form of an uploaded part in the log. */
export function partRecord({ modifiedAt, checksum, ...part }: UploadedPart): PartRecord {
  return { ...part, modifiedAtMs: modifiedAt.getTime(), ...(checksum && { checksum }) };
}

function partOf({ modifiedAtMs, ...part }: PartRecord): UploadedPart {
  return { ...part, modifiedAt: new Date(modifiedAtMs) };
}

function uploadOf({ beganAtMs, ...upload }: UploadRecord): OpenUpload {
  return { ...upload, beganAt: new Date(beganAtMs), parts: new Map() };
}
