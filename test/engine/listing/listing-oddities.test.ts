import { listingOddities, pageOddity } from '../../../engine/listing/listing-oddities.ts';

test.each([
  [1000, undefined],
  [1001, undefined],
  [999, 'short page'],
  [0, 'empty page'],
] as const)('a page of %i keys that is not the last: %s', (keys, expected) => {
  expect(pageOddity(keys)).toBe(expected);
});

test('each side has at most one note of a kind, and a listing as it should be has none', () => {
  const oddities = listingOddities();
  expect(oddities.notes()).toEqual([]);
  for (const oddity of ['short page', 'start ignored', 'empty page', 'short page', 'start ignored'] as const) {
    oddities.heard('destination', oddity);
  }
  oddities.heard('source', 'empty page');
  expect(oddities.notes()).toEqual([
    'of the listing of the source 0 pages were short and 1 empty, though more followed: all were read',
    'the destination ignores where a listing is to begin (StartAfter): its pages were read one after the other',
    'of the listing of the destination 2 pages were short and 1 empty, though more followed: all were read',
  ]);
});
