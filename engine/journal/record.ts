import { z } from 'zod';

/** What a journal belongs to. A journal of another kind, or of other options, is never resumed. */
const headerSchema = z.strictObject({
  kind: z.literal('header'),
  version: z.literal(1),
  operation: z.string(),
  source: z.string(),
  destination: z.string(),
  options: z.record(z.string(), z.unknown()),
});
export type JournalHeader = z.infer<typeof headerSchema>;

/** Everything in `(after, upTo]` is decided and done on both sides. */
const pageSchema = z.strictObject({
  kind: z.literal('page'),
  /** Absent at the beginning of all keys. */
  after: z.string().optional(),
  upTo: z.string(),
  sourceObjects: z.int(),
  destinationObjects: z.int(),
  onlyAtDestination: z.int(),
  /** Keys that only the destination has, no more than may be deleted. */
  keys: z.array(z.string()),
  /** Keys that the destination knows under another spelling (`KeyCheck`). */
  respelled: z.array(z.string()),
  /** Of `KeyCheck` at `upTo`. */
  prefixes: z.array(z.string()),
});
export type PageRecord = z.infer<typeof pageSchema>;

const uploadSchema = z.strictObject({
  kind: z.literal('upload'),
  key: z.string(),
  uploadId: z.string(),
  partSizeBytes: z.int().positive(),
  /** Of the source's object: an upload of another version is of no use. */
  version: z.string(),
});
export type UploadRecord = z.infer<typeof uploadSchema>;

const partSchema = z.strictObject({
  kind: z.literal('part'),
  uploadId: z.string(),
  number: z.int().positive(),
  entityTag: z.string(),
  md5: z.string().optional(),
  crc64: z.string().optional(),
});

/** The upload was completed or aborted. */
const uploadEndSchema = z.strictObject({ kind: z.literal('upload end'), uploadId: z.string() });

export const recordSchema = z.discriminatedUnion('kind', [
  headerSchema,
  pageSchema,
  uploadSchema,
  partSchema,
  uploadEndSchema,
]);
export type JournalRecord = z.infer<typeof recordSchema>;
