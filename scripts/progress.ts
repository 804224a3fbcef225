import { progress as progressBar, spinner } from '@clack/prompts';
import { narrate } from './output.ts';

/** Shown while something takes longer than a second; a terminal sees it move, a log gets one line at the end. */
export interface Progress {
  /** `done` of `total`; without a total only the words move. */
  update(words: string, part?: { readonly done: number; readonly total: number }): void;
  /** Ends it with its last line. */
  finish(words: string): void;
  /** Ends it as failed; the error itself is told by whoever catches it. */
  fail(words: string): void;
}

const barSteps = 100;

/** Starts showing `words`. With `total` known from the start the terminal gets a bar, else a spinner. */
export function startProgress(words: string, { bar = false }: { bar?: boolean } = {}): Progress {
  if (!process.stderr.isTTY) return loggedProgress(words);
  const output = process.stderr;
  if (!bar) {
    const turning = spinner({ output });
    turning.start(words);
    return {
      update: (now) => turning.message(now),
      finish: (last) => turning.stop(last),
      fail: (last) => turning.error(last),
    };
  }
  const moving = progressBar({ output, max: barSteps });
  moving.start(words);
  let shown = 0;
  return {
    update: (now, part) => {
      const reached = part === undefined ? shown : Math.floor((part.done / Math.max(1, part.total)) * barSteps);
      moving.advance(Math.max(0, reached - shown), now);
      shown = Math.max(shown, reached);
    },
    finish: (last) => {
      moving.advance(barSteps - shown);
      moving.stop(last);
    },
    fail: (last) => moving.error(last),
  };
}

function loggedProgress(words: string): Progress {
  narrate(`${words} ..`);
  return { update: () => undefined, finish: narrate, fail: narrate };
}
