import type { BucketRecord, ObjectRecord, PartRecord, UploadRecord } from './bucket-records.ts';
import type { DiskObject, MultipartUpload, UploadedPart } from './disk-world.ts';
import { SortedKeys } from './sorted-keys.ts';

/** An unfinished upload, with its parts by number. */
export type OpenUpload = Omit<MultipartUpload, 'parts'> & { readonly parts: Map<number, UploadedPart> };

/** What a bucket holds, in memory: the sum of its records. */
export class BucketContents {
  readonly objects = new SortedKeys<DiskObject>();
  readonly uploads = new Map<string, OpenUpload>();

  apply(record: BucketRecord): void {
    switch (record.record) {
      case 'small-file':
        return;
      case 'put':
        this.objects.set(objectOf(record.object));
        return;
      case 'delete':
        this.objects.delete(record.key);
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
        this.objects.set(objectOf(record.object));
    }
  }

  /** The fewest records that add up to the same contents. */
  *records(): Generator<BucketRecord> {
    for (const object of this.objects.values()) yield { record: 'put', object: objectRecord(object) };
    for (const { parts, beganAt, ...upload } of this.uploads.values()) {
      yield { record: 'begin-upload', upload: { ...upload, beganAtMs: beganAt.getTime() } };
      for (const part of parts.values()) yield { record: 'part', uploadId: upload.uploadId, part: partRecord(part) };
    }
  }
}

/** The form of an object in the log. */
export function objectRecord({ modifiedAt, headers, parts, checksum, ...object }: DiskObject): ObjectRecord {
  return {
    ...object,
    modifiedAtMs: modifiedAt.getTime(),
    headers: { ...headers },
    parts: parts.map(({ sizeBytes, place }) => ({ sizeBytes, place })),
    ...(checksum && { checksum }),
  };
}

export function partRecord({ modifiedAt, checksum, ...part }: UploadedPart): PartRecord {
  return { ...part, modifiedAtMs: modifiedAt.getTime(), ...(checksum && { checksum }) };
}

function objectOf({ modifiedAtMs, checksum, ...object }: ObjectRecord): DiskObject {
  return { ...object, modifiedAt: new Date(modifiedAtMs), ...(checksum && { checksum }) };
}

function partOf({ modifiedAtMs, checksum, ...part }: PartRecord): UploadedPart {
  return { ...part, modifiedAt: new Date(modifiedAtMs), ...(checksum && { checksum }) };
}

function uploadOf({ beganAtMs, checksumAlgorithm, checksumType, ...upload }: UploadRecord): OpenUpload {
  return {
    ...upload,
    beganAt: new Date(beganAtMs),
    parts: new Map(),
    ...(checksumAlgorithm && { checksumAlgorithm }),
    ...(checksumType && { checksumType }),
  };
}
