import { closeSync, openSync, writeSync } from 'node:fs';
import { UserError } from '../base/user-error.ts';

/** A file of lines that grows while a run goes on. */
export interface LineFile {
  add(line: string): void;
  close(): void;
}

const bufferedMax = 64 * 1024;

/** Opens it empty. Throws `UserError` where it cannot be written. */
export function openLineFile(path: string, flag: string): LineFile {
  const file = opened(path, flag);
  let buffered = '';
  const flush = (): void => {
    for (let bytes = Buffer.from(buffered); bytes.length > 0;) bytes = bytes.subarray(writeSync(file, bytes));
    buffered = '';
  };
  return {
    add(line) {
      buffered += `${line}\n`;
      if (buffered.length >= bufferedMax) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

function opened(path: string, flag: string): number {
  try {
    return openSync(path, 'w');
  } catch (cause) {
    throw new UserError({
      where: `${flag} ${path}`,
      what: `it cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'name a file in a directory that is there',
      cause,
    });
  }
}
