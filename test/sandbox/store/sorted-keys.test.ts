import fc from 'fast-check';
import { compareKeys } from '../../../base/key-order.ts';
import { chunkKeysMax, SortedKeys } from '../../../sandbox/store/sorted-keys.ts';

const anyKey = fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => text.isWellFormed());
const bytesOf = (key: string) => Buffer.from(key);

describe('sorted keys', () => {
  test('stand in UTF-8 byte order after any puts and deletes', () => {
    const anyStep = fc.record({ key: anyKey, remove: fc.boolean(), walk: fc.boolean() });
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const sorted = new SortedKeys<{ key: string }>();
        const expected = new Map<string, { key: string }>();
        for (const { key, remove, walk } of steps) {
          // The first walk sorts; from then on each key finds its place by itself.
          if (walk) sorted.values().next();
          if (remove) {
            sorted.delete(key);
            expected.delete(key);
          } else {
            sorted.set({ key });
            expected.set(key, { key });
          }
        }
        const keys = [...expected.keys()].sort((left, right) => Buffer.compare(bytesOf(left), bytesOf(right)));
        expect([...sorted.values()].map(({ key }) => key)).toEqual(keys);
        expect(sorted.size).toBe(keys.length);
      }),
    );
  });

  test.each([
    ['loaded before the first walk', false],
    ['set after it', true],
  ])('stay in order across many chunks, and vanish with their chunk, %s', (_name, isWalked) => {
    const count = 5 * chunkKeysMax;
    const sorted = new SortedKeys<{ key: string; turn: number }>();
    if (isWalked) sorted.values().next();
    const keys = Array.from({ length: count }, (_, index) => `k/${(index * 7919) % count}`);
    keys.forEach((key, turn) => sorted.set({ key, turn }));
    keys.forEach((key, turn) => sorted.set({ key, turn: turn + 1 }));
    const inOrder = [...keys].sort(compareKeys);
    expect([...sorted.values()].map(({ key }) => key)).toEqual(inOrder);
    const middle = inOrder[count >> 1] ?? '';
    const [first] = sorted.from((key) => compareKeys(key, middle) < 0);
    expect(first).toMatchObject({ key: middle });
    for (const key of inOrder.slice(0, 3 * chunkKeysMax)) sorted.delete(key);
    expect([...sorted.values()].map(({ key }) => key)).toEqual(inOrder.slice(3 * chunkKeysMax));
    expect(sorted.get(inOrder[0] ?? '')).toBeUndefined();
  });
});
