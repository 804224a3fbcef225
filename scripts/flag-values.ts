import { InvalidArgumentError } from 'commander';
import { threadsMax } from '../engine/threads/thread-plan.ts';

/** Readers of what flags are given; each throws commander's `InvalidArgumentError`, which says how to write it. */

const sizeUnits = ['', 'k', 'm', 'g', 't'];

/** `500`, `10k`, `1.5G`: bytes. */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError('a size is a number of bytes, or of KiB, MiB, GiB, TiB: 500, 10k, 1.5G.');
  return Math.round(Number(number) * 1024 ** sizeUnits.indexOf(unit.toLowerCase()));
}

const ageUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  // As rclone counts months and years.
  M: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

/** `90s`, `1h30m`: milliseconds. */
export function parseAge(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwMy])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new InvalidArgumentError(
      'an age is a number with ms, s, m, h, d, w, M (30 days) or y (365 days): 90s, 24h, 1h30m.',
    );
  }
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (ageUnitsMs[unit] ?? 0), 0);
}

/** At most so many deletes, by number, by share, or both. */
export interface MaxDelete {
  readonly count?: number;
  readonly percent?: number;
}

/** `500` or `10%`, added to what was given before. */
export function parseMaxDelete(text: string, before: MaxDelete = {}): MaxDelete {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (
    number === undefined ||
    (percent === '' && !Number.isSafeInteger(Number(number))) ||
    (percent === '%' && Number(number) > 100)
  ) {
    throw new InvalidArgumentError('a limit is a number of objects or a percentage of them: 500, 10%.');
  }
  return percent === '%' ? { ...before, percent: Number(number) } : { ...before, count: Number(number) };
}

/** `50`, `0.5`: requests a second. */
export function parseRequestRate(text: string): number {
  const rate = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (rate > 0) return rate;
  throw new InvalidArgumentError('it is a number of requests a second, more than 0: 50, 0.5.');
}

/** `4`, `0`: threads. */
export function parseThreads(text: string): number {
  const threads = /^\d+$/.test(text) ? Number(text) : Infinity;
  if (threads <= threadsMax) return threads;
  throw new InvalidArgumentError(`it is a number of threads, at most ${threadsMax}; 0 for none.`);
}

/** `2026-11-22T09:30:00Z`: a moment, of no doubtful time zone. */
export function parseTime(text: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(time.getTime()))
    return time;
  throw new InvalidArgumentError('a time is written with its zone: 2026-11-22T09:30:00Z.');
}
