import { styleText } from 'node:util';

/** What is needed of a terminal to draw on it. */
export type Terminal = NodeJS.WritableStream & { readonly columns?: number };

/** The last line of a terminal, written over as something goes on. */
export interface MovingLine {
  /** `fraction` of it is done; without one, only the words move. */
  show(words: string, fraction?: number): void;
  /** The last words stay. */
  end(words: string, how: 'done' | 'failed'): void;
}

const turns = ['◒', '◐', '◓', '◑'] as const;
const turnMs = 100;
const barColumns = 20;
/** On a narrower terminal the words need all there is. */
const columnsForBar = 80;
/** Some pseudo-terminals tell no width, or 0. */
const columnsUnknown = 80;

/** Erases from the cursor to the end of the line. ECMA-48, "EL". */
export const eraseToEnd = '\u001B[K';

/**
 * Starts drawing `words`. It never reads the keyboard, so that Ctrl-C stays the signal that stops a run in good order. The cursor is
 * left at the beginning of the line: whatever else writes a line writes over this one, which is drawn again below it.
 */
export function startMovingLine(terminal: Terminal, words: string): MovingLine {
  const now = { words, fraction: undefined as number | undefined, turn: 0 };
  const draw = (): void => {
    const columns = widthOf(terminal) - 1;
    const mark = `${turns[now.turn % turns.length] ?? turns[0]}  `;
    const bar = now.fraction === undefined || columns < columnsForBar - 1 ? '' : `${barOf(now.fraction)} `;
    terminal.write(`${mark}${bar}${fitted(now.words, columns - mark.length - bar.length)}${eraseToEnd}\r`);
  };
  const timer = setInterval(() => {
    now.turn += 1;
    draw();
  }, turnMs);
  // A run that is over must not wait for its picture.
  timer.unref();
  draw();
  return {
    show(latest, fraction) {
      now.words = latest;
      now.fraction = fraction ?? now.fraction;
    },
    end(last, how) {
      clearInterval(timer);
      const mark = styleText(how === 'done' ? 'green' : 'red', how === 'done' ? '◇' : '■', { stream: terminal });
      terminal.write(`${eraseToEnd}${mark}  ${last}\n`);
    },
  };
}

function widthOf({ columns = 0 }: Terminal): number {
  return columns > 0 ? columns : columnsUnknown;
}

/** `words` in so many columns: their middle is left out, for what runs stands at one end and how far it is at the other. Pure. */
export function fitted(words: string, columns: number): string {
  if (words.length <= columns) return words;
  const kept = Math.max(0, columns - 1);
  const head = Math.floor(kept / 3);
  return `${words.slice(0, head)}…${words.slice(words.length - (kept - head))}`;
}

function barOf(fraction: number): string {
  const done = Math.round(Math.min(1, Math.max(0, fraction)) * barColumns);
  return '━'.repeat(done) + '┄'.repeat(barColumns - done);
}
