/** Chance that comes again: the same seed throws the same numbers (mulberry32). */
export interface Dice {
  /** True in one of so many throws. */
  oneIn(throws: number): boolean;
  /** A whole number from `from` up to and without `to`. */
  between(from: number, to: number): number;
}

export function dice(seed: number): Dice {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    oneIn: (throws) => next() * throws < 1,
    between: (from, to) => from + Math.floor(next() * (to - from)),
  };
}

/** How much the suite tries: a little in every test run, much in `npm run test:faults`. */
export const thorough = process.env['SLUICE_FAULTS'] === 'thorough';
