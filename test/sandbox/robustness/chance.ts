import { seededRandom } from '../../../sandbox/misbehaviour/seeded-random.ts';

/** Choices that are the same for the same seed. */
export interface Chance {
  /** From 0 up to, but not including, `count`. */
  below(count: number): number;
  pick<Item>(items: readonly Item[]): Item;
  bytes(count: number): Buffer;
  /** Printable ASCII. */
  text(count: number): string;
}

export function chanceOf(seed: number): Chance {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  return {
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
    text: (count) => String.fromCharCode(...Array.from({ length: count }, () => 0x20 + below(0x5f))),
  };
}

/** What numbers are not: none of them is a count that a provider takes. */
export const noNumbers = [
  '-1',
  '1e99',
  'NaN',
  '0x10',
  '99999999999999999999999',
  '1.5',
  '٣',
  ' ',
  '--1',
  'true',
] as const;

/** Percent-encodings that are broken, or stand for bytes that are no UTF-8. */
export const brokenEscapes = [
  '%',
  '%4',
  '%zz',
  '%ff',
  '%c3%28',
  '%ed%a0%80',
  '%f5%80%80%80',
  '%c0%af',
  '%u0041',
] as const;
