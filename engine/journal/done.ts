import { compareKeys } from '../../base/key-order.ts';
import type { JournalRecord, PageRecord, UploadRecord } from './record.ts';
import type { SentPart } from '../store.ts';

/** Keys after `after` (from the first where absent) and up to `until`, included (to the last where absent). */
export interface KeyRange {
  readonly after?: string | undefined;
  readonly until?: string | undefined;
  /** Of `KeyCheck`, as they stood after the key `after`. */
  readonly prefixes: readonly string[];
}

/** An upload in parts that was begun and neither completed nor aborted. */
export interface KeptUpload extends Omit<UploadRecord, 'kind'> {
  readonly parts: readonly SentPart[];
}

/** What earlier runs did. */
export interface Done {
  readonly pages: readonly PageRecord[];
  readonly uploads: readonly KeptUpload[];
}

/** Adds up a journal's records. Pure. */
export function doneOf(records: readonly JournalRecord[]): Done {
  const pages: PageRecord[] = [];
  const uploads = new Map<string, KeptUpload & { parts: SentPart[] }>();
  for (const record of records) {
    if (record.kind === 'page') pages.push(record);
    if (record.kind === 'upload') {
      const { key, uploadId, partSizeBytes, version } = record;
      uploads.set(uploadId, { key, uploadId, partSizeBytes, version, parts: [] });
    }
    if (record.kind === 'part') {
      const { uploadId, number, entityTag, md5, crc64 } = record;
      const sums = { ...(md5 === undefined ? {} : { md5 }), ...(crc64 === undefined ? {} : { crc64 }) };
      uploads.get(uploadId)?.parts.push({ number, entityTag, ...sums });
    }
    if (record.kind === 'upload end') uploads.delete(record.uploadId);
  }
  return { pages: pages.sort(byBeginning), uploads: [...uploads.values()] };
}

/** What no page covers, in the order of keys; the last range has no end, for keys may have come since. Pure. */
export function openRanges(pages: readonly PageRecord[]): KeyRange[] {
  const ranges: KeyRange[] = [];
  let reached: { key: string | undefined; prefixes: readonly string[] } = { key: undefined, prefixes: [] };
  for (const page of pages) {
    if (page.after !== reached.key) ranges.push({ after: reached.key, until: page.after, prefixes: reached.prefixes });
    reached = { key: page.upTo, prefixes: page.prefixes };
  }
  return [...ranges, { after: reached.key, prefixes: reached.prefixes }];
}

/** A joined page holds no more keys than a page of the listings may have: it has to stay a record that can be read again. */
const joinedKeysMax = 1000;

/** Pages that follow one another, as one where they hold few keys. Pure. */
export function joinPages(pages: readonly PageRecord[]): PageRecord[] {
  const joined: PageRecord[] = [];
  for (const page of pages) {
    const last = joined.at(-1);
    if (last === undefined || last.upTo !== page.after || keysIn(last) + keysIn(page) > joinedKeysMax) {
      joined.push(page);
      continue;
    }
    joined[joined.length - 1] = {
      ...page,
      after: last.after,
      sourceObjects: last.sourceObjects + page.sourceObjects,
      destinationObjects: last.destinationObjects + page.destinationObjects,
      onlyAtDestination: last.onlyAtDestination + page.onlyAtDestination,
      keys: [...last.keys, ...page.keys],
      respelled: [...last.respelled, ...page.respelled],
    };
  }
  return joined;
}

function keysIn({ keys, respelled }: PageRecord): number {
  return keys.length + respelled.length;
}

function byBeginning(left: PageRecord, right: PageRecord): number {
  if (left.after === undefined || right.after === undefined) {
    return Number(left.after !== undefined) - Number(right.after !== undefined);
  }
  return compareKeys(left.after, right.after);
}
