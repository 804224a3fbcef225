import * as fc from 'fast-check';
import { compareKeys } from '../../base/key-order.ts';
import { mergeListings, type Pair } from '../../engine/merge.ts';
import type { Entries, Entry } from '../../engine/store.ts';

function entry(key: string): Entry {
  return { key, sizeBytes: 0, modifiedAt: new Date(0) };
}

async function* listing(
  keys: readonly string[],
  onEnd: () => void = () => undefined,
): Entries & AsyncGenerator<Entry, void, undefined> {
  try {
    for (const key of keys) yield await Promise.resolve(entry(key));
  } finally {
    onEnd();
  }
}

async function merged(source: readonly string[], destination: readonly string[]): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const pair of mergeListings(listing(source), listing(destination))) pairs.push(pair);
  return pairs;
}

const anyKeys = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '\ue000', '😀'), maxLength: 3 }));

test('a merge gives every key of both listings once, in byte order, with what stands under it', async () => {
  await fc.assert(
    fc.asyncProperty(anyKeys, anyKeys, async (left, right) => {
      const pairs = await merged([...left].sort(compareKeys), [...right].sort(compareKeys));
      const bytes = (text: string) => Buffer.from(text);
      const expected = [...new Set([...left, ...right])].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
      expect(pairs.map(({ key }) => key)).toEqual(expected);
      for (const { key, source, destination } of pairs) {
        expect([source?.key, destination?.key]).toEqual([
          left.includes(key) ? key : undefined,
          right.includes(key) ? key : undefined,
        ]);
      }
    }),
  );
});

test('a merge pairs keys above and below the surrogates, whose UTF-16 order is another', async () => {
  const keys = ['a\ue000', 'a\ufffd', 'a😀'];
  const pairs = await merged(keys, keys);
  expect(pairs.every(({ source, destination }) => source !== undefined && destination !== undefined)).toBe(true);
});

test('a merge that ends early lets go of both listings', async () => {
  const ended: string[] = [];
  const merge = mergeListings(
    listing(['a', 'b'], () => ended.push('source')),
    listing(['a', 'b'], () => ended.push('destination')),
  );
  await merge.next();
  await merge.return();
  expect(ended.sort()).toEqual(['destination', 'source']);
});

test('a merge passes on the failure of a listing', async () => {
  const failing = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Entry, void, undefined> {
      yield await Promise.resolve(entry('a'));
      throw new Error('page 2');
    },
  };
  const merge = mergeListings(listing(['a', 'b']), failing);
  await merge.next();
  await expect(merge.next()).rejects.toThrow('page 2');
});
