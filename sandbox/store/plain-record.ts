import type { BucketRecord } from './bucket-records.ts';

type PutRecord = Extract<BucketRecord, { record: 'put' }>;

/**
 * Whether `record` is what nearly every record of a large bucket is: an object of small bodies, perhaps with a checksum and a version.
 * It looks by hand at what `bucketRecordSchema` takes longer to look at, since the first use of a bucket waits for all its records.
 * False of everything else, broken or not: the schema has the last word on that.
 */
export function isPlainPut(record: unknown): record is PutRecord {
  if (!isFields(record) || record['record'] !== 'put') return false;
  return isPlainObject(record['object']) && hasFields(record, 2);
}

function isPlainObject(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { key, sizeBytes, entityTag, modifiedAtMs, headers, parts, checksum, versionId } = value;
  if (typeof key !== 'string' || typeof entityTag !== 'string') return false;
  if (!isCount(sizeBytes) || !isCount(modifiedAtMs) || !hasTextsOnly(headers)) return false;
  if (!Array.isArray(parts) || !parts.every(isPlainPart)) return false;
  if (checksum !== undefined && !isPlainChecksum(checksum)) return false;
  if (versionId !== undefined && typeof versionId !== 'string') return false;
  return hasFields(value, fieldsNeeded + (checksum === undefined ? 0 : 1) + (versionId === undefined ? 0 : 1));
}

/** Those that every object has: all that are looked at above but `checksum` and `versionId`. */
const fieldsNeeded = 6;

function isPlainPart(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { sizeBytes, place } = value;
  if (!isCount(sizeBytes) || !isFields(place)) return false;
  return isCount(place['offset']) && hasFields(place, 1) && hasFields(value, 2);
}

const algorithms: ReadonlySet<unknown> = new Set(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']);

function isPlainChecksum(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { algorithm, value: sum, type } = value;
  return algorithms.has(algorithm) && typeof sum === 'string' && type === 'FULL_OBJECT' && hasFields(value, 3);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** With the fields that were looked at present, a count tells whether there are others: JSON has no undefined. */
function hasFields(value: object, count: number): boolean {
  return Object.keys(value).length === count;
}

/** The schema drops `__proto__`, a name that no header has. */
function hasTextsOnly(value: unknown): boolean {
  if (!isFields(value) || Object.hasOwn(value, '__proto__')) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
