import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { UserError } from '../../base/user-error.ts';
import type { Entry, SentPart } from '../store.ts';
import { doneOf, joinPages, openRanges, type Done, type KeptUpload, type KeyRange } from './done.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';
import type { JournalHeader, JournalRecord, PageRecord } from './record.ts';

/** What a transfer in parts tells, so that another run can go on with it. */
export interface UploadLedger {
  /** The upload that an earlier run began for this very version of the object; the caller continues or abandons it. */
  take(entry: Entry): KeptUpload | undefined;
  started(entry: Entry, upload: { uploadId: string; partSizeBytes: number }): void;
  sent(uploadId: string, part: SentPart): void;
  ended(uploadId: string): void;
}

/** What the pages add up to that earlier runs finished. */
export type EarlierRuns = Pick<
  PageRecord,
  'sourceObjects' | 'destinationObjects' | 'onlyAtDestination' | 'keys' | 'respelled'
>;

/** What a run leaves behind for the one that continues it. */
export interface RunJournal {
  /** What earlier runs finished; undefined where this is the first. */
  readonly resumed: EarlierRuns | undefined;
  readonly ranges: readonly KeyRange[];
  readonly pageKeys: number;
  readonly uploads: UploadLedger;
  /** Uploads of earlier runs that nobody took. */
  leftUploads(): readonly KeptUpload[];
  pageDone(page: PageRecord): void;
  readonly problem: string | undefined;
  /** The run came to its end: nothing is left to continue. */
  finish(): Promise<void>;
  /** The run stopped: the next one continues here. */
  keep(): Promise<void>;
}

export interface JournalOptions {
  /** Where journals are kept, each in a directory of its own. */
  readonly directory: string;
  /** Forget what an earlier run left, also one with other options. */
  readonly restart?: boolean;
  /** Forget what an earlier run with other options left, instead of refusing. */
  readonly restartIfOptionsDiffer?: boolean;
  /** Keys of a page, which is what is done again at most; 1,000 unless said. */
  readonly pageKeys?: number;
}

/** Of a listing, as providers cut it. */
const pageKeysDefault = 1000;

/** What makes two runs the same; `options` are those that change what is done to an object. */
export type JournalSubject = Omit<JournalHeader, 'kind' | 'version'>;

/**
 * Opens the journal of an operation between two places. Throws `UserError` while another process holds it, and where an earlier
 * run had other options: what it left undone would be done otherwise than what it did.
 */
export async function openRunJournal(subject: JournalSubject, options: JournalOptions): Promise<RunJournal> {
  // Through JSON, as it comes back from the file.
  const header = JSON.parse(JSON.stringify({ kind: 'header', version: 1, ...subject })) as JournalHeader;
  const directory = join(options.directory, nameOf(header));
  const file = await openJournalFile(directory);
  try {
    const isOther = options.restartIfOptionsDiffer === true && !isDeepStrictEqual(file.records[0], header);
    const isAnew = options.restart === true || isOther;
    if (!isAnew) checkHeader(file.records[0], header, directory);
    const done = isAnew ? onlyToBeAborted(doneOf(file.records)) : doneOf(file.records);
    const isResumed = !isAnew && file.records.length > 1;
    return journalOn(file, { header, done, isResumed, pageKeys: options.pageKeys ?? pageKeysDefault });
  } catch (error) {
    await file.close({ remove: false });
    throw error;
  }
}

/** Of no version of an object: nobody goes on with it. */
const noVersion = '';

/** What a run that begins again still has to know: uploads in parts that it does not go on with, which cost money until they are aborted. */
function onlyToBeAborted({ uploads }: Done): Done {
  return { pages: [], uploads: uploads.map((upload) => ({ ...upload, version: noVersion })) };
}

/** The same two places and operation have one journal, so that two runs of them never work at once. */
function nameOf({ operation, source, destination }: JournalHeader): string {
  return createHash('sha256')
    .update(JSON.stringify([operation, source, destination]))
    .digest('hex')
    .slice(0, 32);
}

function checkHeader(found: JournalRecord | undefined, header: JournalHeader, where: string): void {
  if (found === undefined || isDeepStrictEqual(found, header)) return;
  const differs = found.kind === 'header' ? differences(found.options, header.options) : 'it has no beginning';
  throw new UserError({
    where,
    what: `an unfinished ${header.operation} from ${header.source} to ${header.destination} had other options (${differs})`,
    fix: 'use the same options to continue it, or add --restart to begin again',
  });
}

function differences(before: JournalHeader['options'], now: JournalHeader['options']): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names
    .filter((name) => !isDeepStrictEqual(before[name], now[name]))
    .map((name) => `${name}: then ${JSON.stringify(before[name] ?? null)}, now ${JSON.stringify(now[name] ?? null)}`)
    .join('; ');
}

function journalOn(
  file: JournalFile,
  {
    header,
    done: { pages, uploads },
    isResumed,
    pageKeys,
  }: { header: JournalHeader; done: Done; isResumed: boolean; pageKeys: number },
): RunJournal {
  const joined = joinPages(pages);
  // An object has several where it changed from run to run.
  const left = Map.groupBy(uploads, ({ key }) => key);
  // Rewritten at each start, so that it does not grow from run to run.
  file.replace([header, ...joined, ...uploads.flatMap(recordsOf)]);
  return {
    resumed: isResumed ? sumOf(joined) : undefined,
    ranges: openRanges(joined),
    pageKeys,
    uploads: {
      take(entry) {
        const ofKey = left.get(entry.key) ?? [];
        const taken = ofKey.find(({ version }) => version === versionOf(entry));
        const others = ofKey.filter((upload) => upload !== taken);
        left.set(entry.key, others);
        return taken;
      },
      started: (entry, upload) => file.append({ kind: 'upload', key: entry.key, version: versionOf(entry), ...upload }),
      sent: (uploadId, part) => file.append({ kind: 'part', uploadId, ...part }),
      ended: (uploadId) => file.append({ kind: 'upload end', uploadId }),
    },
    leftUploads: () => [...left.values()].flat(),
    pageDone: (page) => file.append(page),
    get problem() {
      return file.problem;
    },
    finish: () => file.close({ remove: true }),
    keep: () => file.close({ remove: false }),
  };
}

function recordsOf({ parts, ...upload }: KeptUpload): JournalRecord[] {
  const { uploadId } = upload;
  return [{ kind: 'upload', ...upload }, ...parts.map((part): JournalRecord => ({ kind: 'part', uploadId, ...part }))];
}

function sumOf(pages: readonly PageRecord[]): EarlierRuns {
  const total = (count: (page: PageRecord) => number) => pages.reduce((sum, page) => sum + count(page), 0);
  return {
    sourceObjects: total((page) => page.sourceObjects),
    destinationObjects: total((page) => page.destinationObjects),
    onlyAtDestination: total((page) => page.onlyAtDestination),
    keys: pages.flatMap((page) => page.keys),
    respelled: pages.flatMap((page) => page.respelled),
  };
}

/** Files have no entity tag; an object that was written again with the same bytes has the same, and may have other headers. */
function versionOf({ entityTag = 'no tag', sizeBytes, modifiedAt }: Entry): string {
  return `${entityTag}, ${sizeBytes} bytes of ${modifiedAt.toISOString()}`;
}
