import { startMovingLine } from './moving-line.ts';
import { narrate } from './output.ts';

/** Shown while something takes longer than a second; a terminal sees it move, a log gets a line a minute and one at the end. */
export interface Progress {
  /** `done` of `total`; without a total only the words move. */
  update(words: string, part?: { readonly done: number; readonly total: number }): void;
  /** Ends it with its last line. */
  finish(words: string): void;
  /** Ends it as failed; the error itself is told by whoever catches it. */
  fail(words: string): void;
}

const logEveryMs = 60_000;

/** Starts showing `words` on stderr. */
export function startProgress(words: string): Progress {
  if (!process.stderr.isTTY || process.env['TERM'] === 'dumb') return loggedProgress(words, narrate);
  const line = startMovingLine(process.stderr, words);
  return {
    update: (now, part) => line.show(now, part && part.done / Math.max(1, part.total)),
    finish: (last) => line.end(last, 'done'),
    fail: (last) => line.end(last, 'failed'),
  };
}

/** As lines of a log, where nobody watches: its first words, then those of every minute. `now` tells milliseconds. */
export function loggedProgress(
  words: string,
  log: (line: string) => void,
  now: () => number = () => performance.now(),
): Progress {
  let loggedAt = now();
  log(`${words} ..`);
  return {
    update(latest) {
      if (now() - loggedAt < logEveryMs) return;
      loggedAt = now();
      log(latest);
    },
    finish: log,
    fail: log,
  };
}
