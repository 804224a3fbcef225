import fc from 'fast-check';
import { listKeys, type ListQuery } from '../../../sandbox/store/listing.ts';
import { SortedKeys } from '../../../sandbox/store/sorted-keys.ts';

function sortedKeys(keys: readonly string[]): SortedKeys<{ key: string }> {
  const sorted = new SortedKeys<{ key: string }>();
  for (const key of keys) sorted.set({ key });
  return sorted;
}

const all: ListQuery = { prefix: '', after: '', delimiter: '', entriesMax: 1000 };

function page(keys: readonly string[], query: Partial<ListQuery>) {
  const { objects, commonPrefixes, truncated, last } = listKeys(sortedKeys(keys), { ...all, ...query });
  return { keys: objects.map(({ key }) => key), commonPrefixes, truncated, last };
}

describe('a listing', () => {
  const tree = ['a/1', 'a/2', 'a/b/3', 'a0', 'b', 'c/4'];

  test('holds the keys of a prefix', () => {
    expect(page(tree, { prefix: 'a/' }).keys).toEqual(['a/1', 'a/2', 'a/b/3']);
  });

  test('rolls up what a delimiter follows', () => {
    expect(page(tree, { delimiter: '/' })).toMatchObject({ keys: ['a0', 'b'], commonPrefixes: ['a/', 'c/'] });
    expect(page(tree, { delimiter: '/', prefix: 'a/' })).toMatchObject({
      keys: ['a/1', 'a/2'],
      commonPrefixes: ['a/b/'],
    });
  });

  test('begins after a key, whether or not there is one', () => {
    expect(page(tree, { after: 'a/2' }).keys).toEqual(['a/b/3', 'a0', 'b', 'c/4']);
    expect(page(tree, { after: 'a/21' }).keys).toEqual(['a/b/3', 'a0', 'b', 'c/4']);
    expect(page(tree, { after: 'a', prefix: 'b' }).keys).toEqual(['b']);
    expect(page(tree, { after: 'c', prefix: 'b' }).keys).toEqual([]);
  });

  test('counts a common prefix as one entry, and goes on behind it', () => {
    const first = page(tree, { delimiter: '/', entriesMax: 1 });
    expect(first).toMatchObject({ keys: [], commonPrefixes: ['a/'], truncated: true, last: 'a/' });
    expect(page(tree, { delimiter: '/', entriesMax: 2, after: 'a/' })).toMatchObject({
      keys: ['a0', 'b'],
      truncated: true,
    });
  });

  test('is empty and complete when no entries are asked for', () => {
    expect(page(tree, { entriesMax: 0 })).toEqual({ keys: [], commonPrefixes: [], truncated: false, last: undefined });
  });

  test('stands in byte order: an emoji after U+E000', () => {
    expect(page(['a😀', 'a\uE000', 'aé'], {}).keys).toEqual(['aé', 'a\uE000', 'a😀']);
  });

  test('read page by page equals the listing in one page', () => {
    const anyKey = fc.string({ unit: fc.constantFrom('a', 'b', '/', '😀', '\uE000'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.uniqueArray(anyKey),
        fc.constantFrom('', '/', 'b'),
        fc.constantFrom('', 'a', 'a/'),
        fc.integer({ min: 1, max: 4 }),
        (keys, delimiter, prefix, entriesMax) => {
          const whole = page(keys, { delimiter, prefix });
          const pages = { keys: [] as string[], commonPrefixes: [] as string[] };
          for (let after = '', more = true; more;) {
            const next = page(keys, { delimiter, prefix, entriesMax, after });
            pages.keys.push(...next.keys);
            pages.commonPrefixes.push(...next.commonPrefixes);
            more = next.truncated;
            after = next.last ?? '';
          }
          expect(pages).toEqual({ keys: whole.keys, commonPrefixes: whole.commonPrefixes });
        },
      ),
    );
  });
});
