import {
  closeSync,
  fdatasync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/user-error.ts';
import { decodeFrames, encodeFrame } from './frame.ts';
import { takeLock } from './lock.ts';
import { type JournalRecord, recordSchema } from './record.ts';

/** A journal on disk, held by this process alone. */
export interface JournalFile {
  /** What stood in it when it was opened. */
  readonly records: readonly JournalRecord[];
  /**
   * Adds a record: from then on it survives the end of the process, and soon the end of the machine. Never throws: what could
   * not be written is only done again by the next run.
   */
  append(record: JournalRecord): void;
  /** Writes the journal anew with these records. */
  replace(records: readonly JournalRecord[]): void;
  /** Why it cannot be written any more. */
  readonly problem: string | undefined;
  /** Gives it up; `remove` also deletes it. */
  close(options: { remove: boolean }): Promise<void>;
}

/** A crash of the machine (not of the process) loses what was done in so long. */
const syncIntervalMs = 1000;

/** Opens the journal of a directory, made where it is not there, and cuts what a killed process left torn. Throws `UserError`. */
export async function openJournalFile(directory: string): Promise<JournalFile> {
  const path = join(directory, 'journal');
  const { giveBack, records, ...opened } = await prepared(directory, path);
  let { file } = opened;
  let isDirty = false;
  let problem: string | undefined;

  const timer = setInterval(() => {
    if (!isDirty) return;
    isDirty = false;
    fdatasync(file, () => undefined);
  }, syncIntervalMs).unref();

  function attempt(write: () => void): void {
    if (problem !== undefined) return;
    try {
      write();
      isDirty = true;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }

  return {
    records: parsed(records),
    append: (record) => attempt(() => writeWhole(file, encodeFrame(record))),
    replace: (all) =>
      attempt(() => {
        writeFileSync(`${path}.new`, Buffer.concat(all.map(encodeFrame)), { flush: true });
        renameSync(`${path}.new`, path);
        const before = file;
        file = openSync(path, 'a');
        closeSync(before);
      }),
    get problem() {
      return problem;
    },
    async close({ remove }) {
      clearInterval(timer);
      await new Promise((resolve) => fdatasync(file, resolve));
      closeSync(file);
      // The lock goes last, or another run might open what is about to be deleted.
      if (remove) await rm(path, { force: true });
      await giveBack();
    },
  };
}

interface Prepared {
  readonly file: number;
  readonly records: readonly unknown[];
  readonly giveBack: () => Promise<void>;
}

async function prepared(directory: string, path: string): Promise<Prepared> {
  let giveBack: (() => Promise<void>) | undefined;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    giveBack = await takeLock(directory);
    return { giveBack, ...openedWhole(path) };
  } catch (cause) {
    await giveBack?.();
    if (cause instanceof UserError) throw cause;
    throw new UserError({
      where: directory,
      what: `the journal cannot be kept there: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'make the directory writable, or run with --no-journal',
      cause,
    });
  }
}

/** What is torn at its end is gone. */
function openedWhole(path: string): { file: number; records: readonly unknown[] } {
  const file = openSync(path, 'a+');
  try {
    const { records, wholeBytes } = decodeFrames(readFileSync(path));
    ftruncateSync(file, wholeBytes);
    return { file, records };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** What another version wrote ends what can be read. */
function parsed(records: readonly unknown[]): JournalRecord[] {
  const known: JournalRecord[] = [];
  for (const record of records) {
    const result = recordSchema.safeParse(record);
    if (!result.success) break;
    known.push(result.data);
  }
  return known;
}

/** A write may take less than it was given. */
function writeWhole(file: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
}
