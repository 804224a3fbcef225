import type { DiskObject, MultipartUpload, Tags } from '../store/disk-world.ts';
import { versionOf, type KeyHistory } from '../store/key-versions.ts';

/** What a lifecycle rule takes away and when, whichever API it was put by. Pure. */
export interface ExpiryRule {
  readonly id: string;
  /** Which objects it is for; all of these must hold. */
  readonly filter: ExpiryFilter;
  /** Of the current version: it is deleted as a client without a version id would. */
  readonly current?: Due;
  /** Of an older version, counted from the moment that it was replaced; the `newerKept` newest of them stay. */
  readonly noncurrent?: { readonly due: Age; readonly newerKept: number };
  /** Delete markers that hide nothing any more. */
  readonly expiredMarkers?: true;
  readonly abortUploads?: Age;
}

export interface ExpiryFilter {
  readonly prefix: string;
  readonly tags?: Tags;
  readonly sizeGreaterThanBytes?: number;
  readonly sizeLessThanBytes?: number;
}

/** S3 counts in days that end at midnight UTC, R2 in seconds. */
export type Age = { readonly days: number } | { readonly seconds: number };
export type Due = Age | { readonly date: Date };

const dayMs = 24 * 60 * 60 * 1000;

/** When what began at `since` is due (S3 User Guide, "Lifecycle configuration elements": rounded up to the next midnight UTC). */
export function dueAt(since: Date, due: Due): Date {
  if ('date' in due) return due.date;
  if ('seconds' in due) return new Date(since.getTime() + due.seconds * 1000);
  return new Date(Math.ceil((since.getTime() + due.days * dayMs) / dayMs) * dayMs);
}

export type Removal = { readonly current: true } | { readonly versionId: string };

/** What of one key's versions is due at `now`; what protects a version is not asked here. */
export function dueRemovals({ versions }: KeyHistory, rules: readonly ExpiryRule[], now: Date): readonly Removal[] {
  return versions.flatMap((version, index): Removal[] => {
    const newer = versions[index - 1];
    if (newer !== undefined) return isNoncurrentDue(version, newer, index - 1, rules, now) ? [byId(version)] : [];
    if (version.deleteMarker) return versions.length === 1 && isMarkerDue(version, rules, now) ? [byId(version)] : [];
    return rules.some((rule) => isCurrentDue(rule, version, now)) ? [{ current: true }] : [];
  });
}

function byId(version: DiskObject): Removal {
  return { versionId: versionOf(version) };
}

function isCurrentDue({ filter, current }: ExpiryRule, object: DiskObject, now: Date): boolean {
  return current !== undefined && isFor(filter, object) && dueAt(object.modifiedAt, current) <= now;
}

function isNoncurrentDue(
  version: DiskObject,
  newer: DiskObject,
  newerNoncurrent: number,
  rules: readonly ExpiryRule[],
  now: Date,
): boolean {
  return rules.some(
    ({ filter, noncurrent }) =>
      noncurrent !== undefined &&
      newerNoncurrent >= noncurrent.newerKept &&
      isFor(filter, version) &&
      dueAt(newer.modifiedAt, noncurrent.due) <= now,
  );
}

/** A marker alone goes by its own rule, or with age as an object would (S3 API reference, LifecycleExpiration). */
function isMarkerDue(marker: DiskObject, rules: readonly ExpiryRule[], now: Date): boolean {
  return rules.some((rule) => {
    if (rule.expiredMarkers && isFor(rule.filter, marker)) return true;
    return rule.current !== undefined && !('date' in rule.current) && isCurrentDue(rule, marker, now);
  });
}

/** Whether a rule aborts the upload by now (S3 API reference, AbortIncompleteMultipartUpload). */
export function isUploadDue({ key, beganAt }: MultipartUpload, rules: readonly ExpiryRule[], now: Date): boolean {
  return rules.some(
    ({ filter, abortUploads }) =>
      abortUploads !== undefined && key.startsWith(filter.prefix) && dueAt(beganAt, abortUploads) <= now,
  );
}

/** The rule by which a current object goes first, and when; undefined where it stays. */
export function expiryOf(
  object: DiskObject,
  rules: readonly ExpiryRule[],
): { readonly at: Date; readonly ruleId: string } | undefined {
  return rules
    .flatMap(({ id, filter, current }) =>
      current !== undefined && isFor(filter, object) ? [{ at: dueAt(object.modifiedAt, current), ruleId: id }] : [],
    )
    .sort((left, right) => left.at.getTime() - right.at.getTime())[0];
}

function isFor(
  { prefix, tags = {}, sizeGreaterThanBytes, sizeLessThanBytes }: ExpiryFilter,
  object: DiskObject,
): boolean {
  return (
    object.key.startsWith(prefix) &&
    Object.entries(tags).every(([key, value]) => object.tags?.[key] === value) &&
    (sizeGreaterThanBytes === undefined || object.sizeBytes > sizeGreaterThanBytes) &&
    (sizeLessThanBytes === undefined || object.sizeBytes < sizeLessThanBytes)
  );
}
