import { compareKeys } from '../base/key-order.ts';
import type { Entry, ListOptions, Store } from './store.ts';

/** So many keys are looked up at once. */
const lookupsAtOnce = 16;

/**
 * A listing of only these keys (sorted, each once), in their order; the whole listing where none are given. In a bucket each is looked up;
 * a directory is walked, because a name alone may lead through a symbolic link.
 */
export async function* listKeys(
  store: Pick<Store, 'list' | 'find' | 'hasDirectories'>,
  keys: readonly string[] | undefined,
  options: ListOptions,
): AsyncGenerator<readonly Entry[], void, undefined> {
  if (keys === undefined) {
    yield* store.list(options);
    return;
  }
  if (store.hasDirectories) {
    const wanted = new Set(keys);
    for await (const page of store.list(options)) yield page.filter(({ key }) => wanted.has(key));
    return;
  }
  const { after, signal } = options;
  const left = after === undefined ? keys : keys.filter((key) => compareKeys(key, after) > 0);
  for (let start = 0; start < left.length; start += lookupsAtOnce) {
    const some = left.slice(start, start + lookupsAtOnce);
    const found = await Promise.all(some.map((key) => store.find(key, signal)));
    yield found.filter((entry) => entry !== undefined);
  }
}
