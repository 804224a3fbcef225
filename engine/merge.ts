import { compareKeys } from '../base/key-order.ts';
import type { Entry, EntryPages } from './store.ts';

/** One key of two listings, with what stands under it on each side; at least one is set. */
export interface Pair {
  readonly key: string;
  readonly source?: Entry;
  readonly destination?: Entry;
}

/** A key that both sides have. */
export interface BothEntries {
  readonly source: Entry;
  readonly destination: Entry;
}

/** Undefined where only one side has the key. */
export function bothOf({ source, destination }: Pair): BothEntries | undefined {
  return source === undefined || destination === undefined ? undefined : { source, destination };
}

/**
 * Joins two listings, each in the order of `compareKeys`, into one in that order, as many pairs at once as are certain. Holds one page
 * of each side at a time and lets go of both listings when it ends early; a listing's failure comes after all that came before it.
 */
export async function* mergeListings(
  source: EntryPages,
  destination: EntryPages,
): AsyncGenerator<readonly Pair[], void, undefined> {
  const [left, right] = [new Cursor(source), new Cursor(destination)];
  try {
    for (;;) {
      await Promise.all([left.arrival(), right.arrival()]);
      const pairs = certainPairs(left, right);
      if (pairs.length === 0) return;
      yield pairs;
    }
  } finally {
    await Promise.allSettled([left.end(), right.end()]);
  }
}

/** All pairs until one side has to be waited for: what comes next depends on what follows there. */
function certainPairs(left: Cursor, right: Cursor): Pair[] {
  const pairs: Pair[] = [];
  while (!left.isWaiting && !right.isWaiting) {
    const pair = pairOf(left.entry, right.entry);
    if (pair === undefined) break;
    pairs.push(pair);
    if (pair.source !== undefined) left.advance();
    if (pair.destination !== undefined) right.advance();
  }
  return pairs;
}

function pairOf(source: Entry | undefined, destination: Entry | undefined): Pair | undefined {
  if (source === undefined) return destination && { key: destination.key, destination };
  if (destination === undefined) return { key: source.key, source };
  const order = compareKeys(source.key, destination.key);
  if (order < 0) return { key: source.key, source };
  if (order > 0) return { key: destination.key, destination };
  return { key: source.key, source, destination };
}

/** A place in a listing. */
class Cursor {
  readonly #pages: AsyncIterator<readonly Entry[], void, undefined>;
  #page: readonly Entry[] = [];
  #at = 0;
  #isAtEnd = false;

  constructor(listing: EntryPages) {
    this.#pages = listing[Symbol.asyncIterator]();
  }

  /** The entry here; undefined where there is none any more, unless it is waiting for more. */
  get entry(): Entry | undefined {
    return this.#page[this.#at];
  }

  /** All that has arrived has been read, and more may come. */
  get isWaiting(): boolean {
    return !this.#isAtEnd && this.#at === this.#page.length;
  }

  advance(): void {
    this.#at += 1;
  }

  /** Resolves when there is an entry, or none any more. */
  async arrival(): Promise<void> {
    while (this.isWaiting) {
      const result = await this.#pages.next();
      this.#isAtEnd = result.done === true;
      this.#page = result.done === true ? [] : result.value;
      this.#at = 0;
    }
  }

  async end(): Promise<void> {
    await this.#pages.return?.();
  }
}
