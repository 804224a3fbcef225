import { compareKeys } from '../../base/key-order.ts';

/**
 * Values by key, kept in the byte order that S3 lists in.
 *
 *     chunks   [ a .. c ] [ d .. k ] [ m .. z ]      each sorted, at most `chunkKeysMax` long
 *
 * What is set before the first walk is sorted once, at that walk: so an index loads fast. Finding is a hash lookup; inserting moves at most one chunk's tail; a page of a listing starts by two binary searches.
 */
export class SortedKeys<Value extends { readonly key: string }> {
  readonly #values = new Map<string, Value>();
  readonly #chunks: string[][] = [];
  #isSorted = false;

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** Returns the value whose place it takes. */
  set(value: Value): Value | undefined {
    const { key } = value;
    const replaced = this.#values.get(key);
    this.#values.set(key, value);
    if (replaced === undefined && this.#isSorted) this.#insert(key);
    return replaced;
  }

  delete(key: string): void {
    if (!this.#values.delete(key) || !this.#isSorted) return;
    const at = this.#chunkOf((each) => compareKeys(each, key) < 0);
    const chunk = this.#chunks[at] ?? [];
    chunk.splice(
      firstIndex(chunk, (each) => compareKeys(each, key) < 0),
      1,
    );
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** All values in order, from the first whose key `isBefore` does not hold for. It must hold for a leading run of keys only. */
  *from(isBefore: (key: string) => boolean): Generator<Value> {
    if (!this.#isSorted) this.#sort();
    let at = this.#chunkOf(isBefore);
    let index = firstIndex(this.#chunks[at] ?? [], isBefore);
    for (; at < this.#chunks.length; at += 1, index = 0) {
      const chunk = this.#chunks[at] ?? [];
      for (; index < chunk.length; index += 1) {
        const value = this.#values.get(chunk[index] ?? '');
        if (value !== undefined) yield value;
      }
    }
  }

  /** All values in the order in which their keys came. */
  unordered(): Iterable<Value> {
    return this.#values.values();
  }

  values(): Generator<Value> {
    return this.from(() => false);
  }

  #sort(): void {
    const keys = [...this.#values.keys()].sort(compareKeys);
    // Half full, as splitting leaves them.
    const chunkKeys = chunkKeysMax >> 1;
    for (let at = 0; at < keys.length; at += chunkKeys) this.#chunks.push(keys.slice(at, at + chunkKeys));
    this.#isSorted = true;
  }

  #insert(key: string): void {
    const at = Math.min(
      this.#chunkOf((each) => compareKeys(each, key) < 0),
      Math.max(0, this.#chunks.length - 1),
    );
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    chunk.splice(
      firstIndex(chunk, (each) => compareKeys(each, key) < 0),
      0,
      key,
    );
    if (chunk.length > chunkKeysMax) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1));
  }

  /** Index of the first chunk whose last key is not before; the number of chunks where all are. */
  #chunkOf(isBefore: (key: string) => boolean): number {
    return firstIndex(this.#chunks, (chunk) => isBefore(chunk[chunk.length - 1] ?? ''));
  }
}

/** Long enough that a million keys make 2,000 chunks, short enough that moving a tail costs less than hashing a body. */
export const chunkKeysMax = 1_000;

/** Index of the first item that `isBefore` does not hold for. */
function firstIndex<Item>(items: readonly Item[], isBefore: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && isBefore(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
