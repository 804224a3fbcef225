import { type MovingLine, startMovingLine } from './moving-line.ts';
import { narrate } from './output.ts';

/** Without a terminal, a line for every so many seconds tells that something still goes on. */
const logEverySeconds = 30;

/** Lines about something that may take minutes: a terminal shows the latest one, a log gets one now and then. */
export interface Waiting {
  readonly report: (line: string) => void;
  /** Leaves the terminal as it was; nothing where nothing was reported. */
  readonly done: () => void;
}

/** Shows nothing until the first line comes. */
export function waiting(): Waiting {
  if (!process.stderr.isTTY) return loggedWaiting();
  let moving: MovingLine | undefined;
  let latest = '';
  return {
    report(line) {
      latest = line;
      moving ??= startMovingLine(process.stderr, line);
      moving.show(line);
    },
    done: () => moving?.end(latest, 'done'),
  };
}

function loggedWaiting(): Waiting {
  let loggedAt: number | undefined;
  return {
    report(line) {
      const now = performance.now();
      if (loggedAt !== undefined && now - loggedAt < logEverySeconds * 1000) return;
      loggedAt = now;
      narrate(line);
    },
    done: () => undefined,
  };
}
