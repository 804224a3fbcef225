import { InvalidArgumentError } from 'commander';
import { minutesOfDay, type Timetable, type TimetableEntry } from '../engine/timetable.ts';

const form =
  'it is a rate (512k, 10M, off), or a timetable of them: "08:00,512k 19:00,10M 23:00,off", "Mon-08:00,1M Sat-00:00,off".';
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Each also as `Ki` and `KiB`, which is how rclone prints them. */
const unitsBytes: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

export type Bandwidth = number | Timetable | 'off';

/**
 * Reads `--bandwidth-limit`, as rclone reads `--bwlimit`: bytes a second for all the time, or by time of day, or by day and time; the
 * times are those of this machine. A unit is required, for tools differ in what a bare number means. Throws `InvalidArgumentError`.
 */
export function parseBandwidth(text: string): Bandwidth {
  const words = text.trim().split(/\s+/);
  // Commander takes undefined for a flag without a value.
  if (words.length === 1 && !text.includes(',')) return parseRate(text.trim()) ?? 'off';
  const entries = words.map(parseEntry);
  // Without a day an entry is of every day.
  return entries.flatMap(({ day, minute, perSecond }): TimetableEntry[] =>
    (day === undefined ? [...days.keys()] : [day]).map((each) => ({
      minuteOfWeek: each * minutesOfDay + minute,
      perSecond,
    })),
  );
}

/** What the flag stands for, to the engine. */
export function bandwidthLimitOf(bandwidth: Bandwidth | undefined): number | Timetable | undefined {
  return bandwidth === 'off' ? undefined : bandwidth;
}

interface Entry {
  readonly day: number | undefined;
  readonly minute: number;
  readonly perSecond: number | undefined;
}

function parseEntry(word: string): Entry {
  const [, name, hour, minute, rate = ''] = /^(?:([a-z]{3})-)?([01]\d|2[0-3]):([0-5]\d),(.+)$/i.exec(word) ?? [];
  const day = name === undefined ? undefined : days.indexOf(name.toLowerCase());
  if (hour === undefined || day === -1) throw new InvalidArgumentError(form);
  return { day, minute: Number(hour) * 60 + Number(minute), perSecond: parseRate(rate) };
}

/** Bytes a second; undefined for `off`. */
function parseRate(text: string): number | undefined {
  if (text.toLowerCase() === 'off') return undefined;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/i.exec(text) ?? [];
  const rate = Number(number) * (unitsBytes[unit.toLowerCase().replace(/(?<=[kmg])ib?$/, '')] ?? NaN);
  if (rate > 0) return rate;
  throw new InvalidArgumentError(form);
}
