import { z } from 'zod';

/** What a bucket's log holds. A later record overrules an earlier one. */
const count = z.int().nonnegative();
const headers = z.record(z.string(), z.string());
const place = z.union([
  z.strictObject({ offset: count }),
  z.strictObject({ file: z.string().regex(/^[0-9a-f]{24}$/) }),
]);
const checksumAlgorithm = z.enum(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']);
const checksumType = z.enum(['FULL_OBJECT', 'COMPOSITE']);
const checksum = z.strictObject({ algorithm: checksumAlgorithm, value: z.string(), type: checksumType });

const tags = z.record(z.string(), z.string());
const acl = z.enum([
  ...(['private', 'public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read'] as const),
  ...(['bucket-owner-read', 'bucket-owner-full-control', 'log-delivery-write'] as const),
]);
const lock = z.strictObject({
  retention: z.strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), untilMs: count }).exactOptional(),
  legalHold: z.enum(['ON', 'OFF']).exactOptional(),
});

const object = z.strictObject({
  key: z.string(),
  sizeBytes: count,
  entityTag: z.string(),
  modifiedAtMs: count,
  headers,
  parts: z.array(z.strictObject({ sizeBytes: count, place, checksum: checksum.exactOptional() })),
  checksum: checksum.exactOptional(),
  tags: tags.exactOptional(),
  lock: lock.exactOptional(),
  acl: acl.exactOptional(),
  versionId: z.string().exactOptional(),
  deleteMarker: z.literal(true).exactOptional(),
});
export type ObjectRecord = z.infer<typeof object>;

const part = z.strictObject({
  partNumber: z.int().positive(),
  sizeBytes: count,
  entityTag: z.string(),
  modifiedAtMs: count,
  place,
  checksum: checksum.exactOptional(),
});
export type PartRecord = z.infer<typeof part>;

const upload = z.strictObject({
  uploadId: z.string(),
  key: z.string(),
  beganAtMs: count,
  headers,
  initiator: z.string(),
  tags: tags.exactOptional(),
  lock: lock.exactOptional(),
  acl: acl.exactOptional(),
  checksumAlgorithm: checksumAlgorithm.exactOptional(),
  checksumType: checksumType.exactOptional(),
});
export type UploadRecord = z.infer<typeof upload>;

export const bucketRecordSchema = z.discriminatedUnion('record', [
  /** Always first: the file of small bodies that offsets point into. */
  z.strictObject({ record: z.literal('small-file'), name: z.string().regex(/^small-[0-9a-f]{24}$/) }),
  z.strictObject({ record: z.literal('put'), object }),
  /** Takes the place of the version it names, which is no new one. */
  z.strictObject({ record: z.literal('amend'), object }),
  /** Without a version: the one that was put without versioning. */
  z.strictObject({ record: z.literal('delete'), key: z.string(), versionId: z.string().exactOptional() }),
  z.strictObject({ record: z.literal('begin-upload'), upload }),
  z.strictObject({ record: z.literal('part'), uploadId: z.string(), part }),
  z.strictObject({ record: z.literal('abort-upload'), uploadId: z.string() }),
  /** One record, so that a kill leaves either the upload or the object. */
  z.strictObject({ record: z.literal('complete-upload'), uploadId: z.string(), object }),
]);
export type BucketRecord = z.infer<typeof bucketRecordSchema>;
