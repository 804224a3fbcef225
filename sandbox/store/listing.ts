import { compareKeys } from '../../base/key-order.ts';
import type { SortedKeys } from './sorted-keys.ts';

/** A page of a bucket as ListObjects and ListObjectsV2 ask for it. Empty texts stand for "not given". */
export interface ListQuery {
  readonly prefix: string;
  /** Entries after this key only. Where it lies in a common prefix, that prefix counts as passed. */
  readonly after: string;
  readonly delimiter: string;
  /** Objects and common prefixes together. */
  readonly entriesMax: number;
}

export interface Listing<Value> {
  readonly objects: readonly Value[];
  readonly commonPrefixes: readonly string[];
  /** Whether more entries follow. */
  readonly truncated: boolean;
  /** The last entry of the page, a key or a common prefix: the next page's `after`. */
  readonly last: string | undefined;
}

/** Lists in the byte order of keys. Keys under one common prefix are jumped over, not walked. */
export function listKeys<Value extends { readonly key: string }>(
  keys: SortedKeys<Value>,
  { prefix, after, delimiter, entriesMax }: ListQuery,
): Listing<Value> {
  const objects: Value[] = [];
  const commonPrefixes: string[] = [];
  let last: string | undefined;
  const page = (truncated: boolean) => ({ objects, commonPrefixes, truncated, last });
  if (entriesMax <= 0) return page(false);

  let values = keys.from(startOf(prefix, after, delimiter));
  for (let next = values.next(); next.done !== true; next = values.next()) {
    const { key } = next.value;
    if (!key.startsWith(prefix)) break;
    if (objects.length + commonPrefixes.length >= entriesMax) return page(true);
    const common = commonPrefixOf(key, prefix, delimiter);
    last = common ?? key;
    if (common === undefined) {
      objects.push(next.value);
    } else {
      commonPrefixes.push(common);
      values = keys.from(upTo(common));
    }
  }
  return page(false);
}

/** `a/b/` for key `a/b/c`, prefix `a/` and delimiter `/`; undefined where the rest of the key holds no delimiter. */
export function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Holds for every key that a page beginning after `after` leaves out. */
export function startOf(prefix: string, after: string, delimiter: string): (key: string) => boolean {
  if (after === '' || compareKeys(after, prefix) < 0) return (key) => compareKeys(key, prefix) < 0;
  const passed = after.startsWith(prefix) ? commonPrefixOf(after, prefix, delimiter) : undefined;
  return passed === undefined ? (key) => compareKeys(key, after) <= 0 : upTo(passed);
}

/** Holds for every key up to and including those that begin with `prefix`. */
export function upTo(prefix: string): (key: string) => boolean {
  return (key) => key.startsWith(prefix) || compareKeys(key, prefix) < 0;
}
