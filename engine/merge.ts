import { compareKeys } from '../base/key-order.ts';
import type { Entries, Entry } from './store.ts';

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
 * Joins two listings, each in the order of `compareKeys`, into one in that order. Holds one entry of each side at a time and lets go
 * of both listings when it ends early; a listing's failure is passed on at once.
 */
export async function* mergeListings(source: Entries, destination: Entries): AsyncGenerator<Pair, void, undefined> {
  const left = source[Symbol.asyncIterator]();
  const right = destination[Symbol.asyncIterator]();
  try {
    let [a, b] = await Promise.all([next(left), next(right)]);
    for (let pair = pairOf(a, b); pair !== undefined; pair = pairOf(a, b)) {
      yield pair;
      if (pair.source !== undefined) a = await next(left);
      if (pair.destination !== undefined) b = await next(right);
    }
  } finally {
    await Promise.allSettled([left.return?.(), right.return?.()]);
  }
}

function pairOf(source: Entry | undefined, destination: Entry | undefined): Pair | undefined {
  if (source === undefined) return destination && { key: destination.key, destination };
  if (destination === undefined) return { key: source.key, source };
  const order = compareKeys(source.key, destination.key);
  if (order < 0) return { key: source.key, source };
  if (order > 0) return { key: destination.key, destination };
  return { key: source.key, source, destination };
}

async function next(entries: AsyncIterator<Entry, void, undefined>): Promise<Entry | undefined> {
  const result = await entries.next();
  return result.done === true ? undefined : result.value;
}
