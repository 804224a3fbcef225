/** Keys in order, made when asked for: the n-th name is a function of n, so that ten million of them need no memory. */
export interface KeySpace {
  readonly count: number;
  keyAt(index: number): string;
  /** The index of the first key that comes after the text. */
  firstAfter(text: string): number;
}

const digits = 9;

/** `000000000.bin` and so on, or below directories of a thousand: `000000/000000000.bin`. */
export function keySpace({ count, isDeep = false }: { count: number; isDeep?: boolean }): KeySpace {
  function keyAt(index: number): string {
    const name = `${String(index).padStart(digits, '0')}.bin`;
    return isDeep ? `${name.slice(0, digits - 3)}/${name}` : name;
  }

  function firstAfter(text: string): number {
    let [low, high] = [0, count];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (keyAt(middle) > text) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return { count, keyAt, firstAfter };
}
