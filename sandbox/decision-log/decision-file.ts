import { mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggedDecision } from './logged-decision.ts';

/** Both files of the log together stay below twice this. */
const fileBytesMaxDefault = 16 * 1024 * 1024;
const flushDelayMs = 200;
/** Beyond it, lines that the disk does not take are dropped rather than kept in memory. */
const unwrittenLinesMax = 50_000;

/**
 * The decisions on disk, one JSON document a line, for its owner only: `current.jsonl`, and the `previous.jsonl` that it
 * became when it was full. Written behind the requests: a log may lag or lose its last lines, it may not slow them down.
 */
export interface DecisionFile {
  append(decision: LoggedDecision): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** Opens the log in `directory`, which is made where it is missing, and goes on after what it holds. Throws what the file system throws. */
export async function openDecisionFile(directory: string, fileBytesMax = fileBytesMaxDefault): Promise<DecisionFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [current, previous] = [join(directory, 'current.jsonl'), join(directory, 'previous.jsonl')];
  const openCurrent = (): Promise<FileHandle> => open(current, 'a', 0o600);
  let file = await openCurrent();
  let fileBytes = (await file.stat()).size;
  let unwritten: LoggedDecision[] = [];
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const lines = unwritten.map((decision) => `${JSON.stringify(decision)}\n`).join('');
    unwritten = [];
    if (lines === '') return;
    if (fileBytes >= fileBytesMax) {
      await file.close();
      await rename(current, previous);
      file = await openCurrent();
      fileBytes = 0;
    }
    await file.appendFile(lines);
    fileBytes += Buffer.byteLength(lines);
  };
  const flushInTurn = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // A full disk costs the log its lines and nobody a request.
    turn = turn.then(flush).catch((error: unknown) => console.error(error));
    return turn;
  };

  return {
    append(decision) {
      if (unwritten.length >= unwrittenLinesMax) return;
      unwritten.push(decision);
      timer ??= setTimeout(() => void flushInTurn(), flushDelayMs).unref();
    },
    async close() {
      await flushInTurn();
      await file.close();
    },
  };
}
