import * as fc from 'fast-check';
import { compareKeys } from '../../base/key-order.ts';
import { mergeListings, type Pair } from '../../engine/merge.ts';
import type { Entry, EntryPages } from '../../engine/store.ts';

function entry(key: string): Entry {
  return { key, sizeBytes: 0, modifiedAt: new Date(0) };
}

type Pages = AsyncGenerator<readonly Entry[], void, undefined>;

/** In pages of so many keys, one size after the other; of one key where there are no more sizes. */
async function* listing(
  keys: readonly string[],
  { sizes = [], onEnd = () => undefined }: { sizes?: readonly number[]; onEnd?: () => void } = {},
): Pages {
  const sizesLeft = [...sizes];
  try {
    for (let start = 0; start < keys.length;) {
      const end = start + (sizesLeft.shift() ?? 1);
      yield await Promise.resolve(keys.slice(start, end).map(entry));
      start = end;
    }
  } finally {
    onEnd();
  }
}

async function merged(source: EntryPages, destination: EntryPages): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const some of mergeListings(source, destination)) pairs.push(...some);
  return pairs;
}

const anyKeys = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '\ue000', '😀'), maxLength: 3 }));

/** Some of them empty. */
const anySizes = fc.array(fc.nat({ max: 3 }), { maxLength: 8 });

test('a merge gives every key of both listings once, in byte order, with what stands under it, whatever their pages', async () => {
  await fc.assert(
    fc.asyncProperty(anyKeys, anyKeys, anySizes, anySizes, async (left, right, leftSizes, rightSizes) => {
      const pairs = await merged(
        listing([...left].sort(compareKeys), { sizes: leftSizes }),
        listing([...right].sort(compareKeys), { sizes: rightSizes }),
      );
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
  const pairs = await merged(listing(keys), listing(keys, { sizes: [2] }));
  expect(pairs.every(({ source, destination }) => source !== undefined && destination !== undefined)).toBe(true);
});

test('a merge that ends early lets go of both listings', async () => {
  const ended: string[] = [];
  const merge = mergeListings(
    listing(['a', 'b'], { onEnd: () => ended.push('source') }),
    listing(['a', 'b'], { onEnd: () => ended.push('destination') }),
  );
  await merge.next();
  await merge.return();
  expect(ended.sort()).toEqual(['destination', 'source']);
});

test('a merge passes on the failure of a listing', async () => {
  async function* failing(): Pages {
    yield await Promise.resolve([entry('a')]);
    throw new Error('page 2');
  }
  const merge = mergeListings(listing(['a', 'b']), failing());
  await merge.next();
  await expect(merge.next()).rejects.toThrow('page 2');
});
