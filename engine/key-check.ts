import type { Store } from './store.ts';

/** Finds the keys of a source that the destination cannot hold, or cannot tell apart. */
export interface KeyCheck {
  /** Why this key cannot be copied; a promise only where the source has to be asked. To be asked for each key of the source, in order. */
  problemOf(key: string): string | undefined | Promise<string | undefined>;
  /** Whether this key of the destination may be a copied key in another spelling, and so must not be deleted. */
  spares(key: string): boolean;
  /** Whether the destination knows this key under another spelling. */
  isRespelled(key: string): boolean;
  /** What it remembers of the keys so far, to go on after them; the keys that `isRespelled` are remembered besides. */
  readonly prefixes: () => readonly string[];
  /** Goes on after other keys than the last that it was asked for. */
  goOn(prefixes: readonly string[]): void;
}

/**
 * Decides which of several colliding keys is copied, always the same: a file goes before the directory of its name, for it
 * sorts first; of several spellings of one key the canonical one, else the first. All others fail. Holds the keys that have
 * another canonical spelling, which are few, and a chain of prefixes no longer than a key. `respelled` are such keys that an
 * earlier run dealt with.
 */
export function keyCheck(
  source: Pick<Store, 'find'>,
  destination: Pick<Store, 'keyProblem' | 'canonicalKey' | 'hasDirectories'>,
  { signal, respelled = [] }: { signal?: AbortSignal | undefined; respelled?: readonly string[] } = {},
): KeyCheck {
  const claimed = new Map(respelled.map((key) => [destination.canonicalKey(key), key]));
  /** Each a prefix of the next; all keys before the current one that it begins with. */
  const prefixes: string[] = [];

  function fileAbove(key: string): string | undefined {
    while (prefixes.length > 0 && !key.startsWith(prefixes.at(-1) ?? '')) prefixes.pop();
    const file = prefixes.find((prefix) => key[prefix.length] === '/');
    prefixes.push(key);
    return file;
  }

  /** The other key that the destination would take for this one. */
  async function twinOf(key: string, canonical: string): Promise<string | undefined> {
    const earlier = claimed.get(canonical);
    if (earlier !== undefined) return earlier;
    claimed.set(canonical, key);
    return (await source.find(canonical, signal))?.key;
  }

  async function problemOfRespelled(key: string, canonical: string): Promise<string | undefined> {
    const twin = await twinOf(key, canonical);
    return twin && `the destination cannot tell it from ${JSON.stringify(twin)}, which is copied instead`;
  }

  return {
    problemOf(key) {
      const problem = destination.keyProblem(key);
      if (problem !== undefined) return problem;
      const file = destination.hasDirectories ? fileAbove(key) : undefined;
      if (file !== undefined)
        return `the source also holds the object ${JSON.stringify(file)}: it cannot be a directory too`;
      const canonical = destination.canonicalKey(key);
      return canonical === key ? undefined : problemOfRespelled(key, canonical);
    },
    spares: (key) => claimed.has(destination.canonicalKey(key)),
    isRespelled: (key) => destination.canonicalKey(key) !== key,
    prefixes: () => [...prefixes],
    goOn: (earlier) => void prefixes.splice(0, prefixes.length, ...earlier),
  };
}
