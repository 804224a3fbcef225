import assert from 'node:assert';
import { rateLimit, type RateLimit } from './rate-limit.ts';

/** From a time of the week on, so much a second. */
export interface TimetableEntry {
  /** Since Sunday, 0:00, by the clock of the machine. */
  readonly minuteOfWeek: number;
  /** Undefined: as much as there is. */
  readonly perSecond: number | undefined;
}

/** In any order, and not empty. What stands last in the week goes on into the next. */
export type Timetable = readonly TimetableEntry[];

export const minutesOfDay = 24 * 60;

/** Which entry holds at a time. */
export function entryAt(timetable: Timetable, time: Date): TimetableEntry {
  const minute = time.getDay() * minutesOfDay + time.getHours() * 60 + time.getMinutes();
  const inOrder = timetable.toSorted((left, right) => left.minuteOfWeek - right.minuteOfWeek);
  const entry = inOrder.findLast(({ minuteOfWeek }) => minuteOfWeek <= minute) ?? inOrder.at(-1);
  assert(entry !== undefined, 'a timetable is not empty');
  return entry;
}

/** A limit that changes with the time of the week. Who waits already waits by the limit that held when it came. */
export function timetabledRate(
  timetable: Timetable,
  { now, clock = () => new Date() }: { now?: () => number; clock?: () => Date } = {},
): RateLimit {
  let entry: TimetableEntry | undefined;
  let limit: RateLimit | undefined;
  return {
    take(amount, attempt) {
      const current = entryAt(timetable, clock());
      if (current.minuteOfWeek !== entry?.minuteOfWeek) {
        entry = current;
        limit = current.perSecond === undefined ? undefined : rateLimit(current.perSecond, now);
      }
      return limit?.take(amount, attempt);
    },
  };
}
