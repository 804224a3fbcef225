import * as fc from 'fast-check';
import {
  heldPartBytesMax,
  partRanges,
  partSizeBytesMax,
  partSizeFor,
  partsMax,
  reusablePartSize,
  tuningDefault,
} from '../../engine/tuning.ts';

const mebibyte = 1024 * 1024;
const { partSizeBytes } = tuningDefault;

describe('the size of parts', () => {
  test.each([
    ['one byte', 1, partSizeBytes],
    ['exactly 10,000 parts', partsMax * partSizeBytes, partSizeBytes],
    ['a byte more than 10,000 parts hold', partsMax * partSizeBytes + 1, partSizeBytes + mebibyte],
    ['5 TiB', 5 * 1024 * 1024 * mebibyte, 525 * mebibyte],
  ])('for %s', (_, sizeBytes, expected) => {
    expect(partSizeFor(sizeBytes, partSizeBytes)).toBe(expected);
  });

  test('always fits 10,000 parts and the largest part that providers take, up to the largest object of S3', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 48 * 1024 * 1024 * mebibyte }), (sizeBytes) => {
        const size = partSizeFor(sizeBytes, partSizeBytes);
        expect(Math.ceil(sizeBytes / size)).toBeLessThanOrEqual(partsMax);
        expect(size).toBeLessThanOrEqual(partSizeBytesMax);
      }),
    );
  });
});

test.each([
  ['the same as the source', { sizeBytes: 20 * mebibyte, parts: 3, firstPartBytes: 8 * mebibyte }, 8 * mebibyte],
  ['a single part, however small', { sizeBytes: 9, parts: 1, firstPartBytes: 9 }, 9],
  ['parts of several sizes', { sizeBytes: 20 * mebibyte, parts: 4, firstPartBytes: 8 * mebibyte }, undefined],
  ['parts that no provider takes', { sizeBytes: 9 * mebibyte, parts: 3, firstPartBytes: 3 * mebibyte }, undefined],
  ['parts that are too large', { sizeBytes: 900 * mebibyte, parts: 2, firstPartBytes: 500 * mebibyte }, undefined],
  ['all of it, from who does not know parts', { sizeBytes: 20, parts: 3, firstPartBytes: 20 }, undefined],
])('parts are cut as at the source: %s', (_, source, expected) => {
  expect(reusablePartSize(source)).toBe(expected);
});

test('parts that wait for their turn leave memory for small bodies', () => {
  expect(heldPartBytesMax(tuningDefault)).toBe(2 * partSizeBytes);
  const left = tuningDefault.bufferedBytesInFlightMax - heldPartBytesMax(tuningDefault);
  expect(left).toBeGreaterThanOrEqual(4 * tuningDefault.bufferedBytesMax);
});

test('parts cover an object without gap or overlap, all but the last of one size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 100, max: 5_000 }), (sizeBytes, partSize) => {
      const ranges = partRanges(sizeBytes, partSize);
      let next = 0;
      for (const [index, { number, from, to }] of ranges.entries()) {
        expect([number, from]).toEqual([index + 1, next]);
        if (number < ranges.length) expect(to - from + 1).toBe(partSize);
        else expect(to - from + 1).toBeLessThanOrEqual(partSize);
        next = to + 1;
      }
      expect(next).toBe(sizeBytes);
    }),
  );
});
