import { compareKeys } from '../../base/key-order.ts';

/** So many letters of a key, after what two keys have in common, decide where it lies between them. */
const digitsMax = 32;

/**
 * Places keys on a scale, so that what lies between two of them can be divided. A key is a number whose digits are its letters. At
 * each place of a key it counts only with the letters that have been seen there: with all of Unicode, nearly everything between two keys
 * would be empty. What it says is a guess and decides only who lists what: any key at all is a correct place to divide a listing.
 */
export class KeyScale {
  #first: string | undefined;
  /** The letters of all places. */
  readonly #all = new Alphabet();
  readonly #byPlace: Alphabet[] = [];

  /** Takes a key's letters into account. The first key of a listing goes first. */
  learn(key: string): void {
    this.#first ??= key;
    let place = 0;
    for (const letter of key) {
      this.#all.add(letter);
      (this.#byPlace[place] ??= new Alphabet()).add(letter);
      place += 1;
    }
  }

  /**
   * How many times as far it is from `reached` to `until` as it was from `began` to `reached`, which are in the order of keys. Infinity where
   * the scale is too coarse to tell. Where there is no `until`, what begins as all keys so far is taken for all there is: as a listing
   * goes on, its keys have less and less in common.
   */
  stepsLeft({ began, reached, until }: { began: string; reached: string; until: string | undefined }): number {
    const digits = this.#digitsAfter(until === undefined ? this.#first : began, until ?? reached);
    const at = digits.numberOf(reached);
    const step = at - digits.numberOf(began);
    const left = (until === undefined ? digits.size : digits.numberOf(until)) - at;
    return step === 0n ? Infinity : Number(left / step);
  }

  /** At most `count` keys that divide what lies between the two into parts of about the same width: in order, each strictly between. */
  divide(after: string, until: string | undefined, count: number): string[] {
    const digits = this.#digitsAfter(until === undefined ? this.#first : after, until ?? after);
    const low = digits.numberOf(after);
    const width = (until === undefined ? digits.size : digits.numberOf(until)) - low;
    const points: string[] = [];
    for (let part = 1; part <= count; part += 1) {
      const point = digits.common + digits.textOf(low + (width * BigInt(part)) / BigInt(count + 1));
      const isBetween = until === undefined || compareKeys(point, until) < 0;
      if (isBetween && compareKeys(points.at(-1) ?? after, point) < 0) points.push(point);
    }
    return points;
  }

  /** The system of numbers for keys that begin as these two do. */
  #digitsAfter(left = '', right = ''): Digits {
    const letters = Array.from(right);
    const difference = Array.from(left).findIndex((letter, index) => letter !== letters[index]);
    const skipped = difference < 0 ? Math.min(Array.from(left).length, letters.length) : difference;
    // Where the keys begin to differ, the ones to come may have letters that none had there so far.
    const alphabets = [this.#all, ...this.#byPlace.slice(skipped + 1, skipped + digitsMax)];
    return new Digits(letters.slice(0, skipped).join(''), skipped, alphabets);
  }
}

/** Numbers whose digits each have an alphabet of their own. The digit 0 is the end of a key, which goes before any letter. */
class Digits {
  readonly common: string;
  readonly #skipped: number;
  readonly #alphabets: readonly Alphabet[];

  constructor(common: string, skipped: number, alphabets: readonly Alphabet[]) {
    this.common = common;
    this.#skipped = skipped;
    this.#alphabets = alphabets;
  }

  /** One more than the largest number. */
  get size(): bigint {
    return this.#alphabets.reduce((size, alphabet) => size * alphabet.base, 1n);
  }

  /** Of a key that begins with `common`; a letter that the alphabet lacks counts as the next one that it has. */
  numberOf(key: string): bigint {
    const letters = Array.from(key).slice(this.#skipped, this.#skipped + this.#alphabets.length);
    return this.#alphabets.reduce((number, alphabet, index) => {
      const letter = letters[index];
      return number * alphabet.base + (letter === undefined ? 0n : alphabet.digitOf(letter));
    }, 0n);
  }

  /** What a key of this number has after `common`. */
  textOf(number: bigint): string {
    const digits: bigint[] = [];
    let left = number;
    for (const { base } of this.#alphabets.toReversed()) {
      digits.unshift(left % base);
      left /= base;
    }
    const end = digits.indexOf(0n);
    const told = end < 0 ? digits : digits.slice(0, end);
    return told.map((digit, index) => this.#alphabets[index]?.letters[Number(digit) - 1] ?? '').join('');
  }
}

/** Letters in the order of keys, each once. */
class Alphabet {
  letters: readonly string[] = [];
  readonly #known = new Set<string>();

  add(letter: string): void {
    if (this.#known.has(letter)) return;
    this.#known.add(letter);
    this.letters = [...this.#known].sort(compareKeys);
  }

  get base(): bigint {
    return BigInt(this.letters.length + 1);
  }

  digitOf(letter: string): bigint {
    const index = this.letters.findIndex((known) => compareKeys(known, letter) >= 0);
    return BigInt(index < 0 ? this.letters.length : index + 1);
  }
}
