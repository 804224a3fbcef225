import fc from 'fast-check';
import { compareKeys } from '../../../base/key-order.ts';
import { KeyScale } from '../../../engine/listing/key-scale.ts';

const anyKey = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '/', '0', '9', '\ue000', '\u{10000}'), minLength: 1, maxLength: 80 }),
);

test('what divides two keys is strictly between them, in order, whatever was learnt', () => {
  fc.assert(
    fc.property(fc.array(anyKey), anyKey, anyKey, fc.integer({ min: 1, max: 9 }), (learnt, one, other, count) => {
      const scale = new KeyScale();
      for (const key of learnt) scale.learn(key);
      const [after, until] = compareKeys(one, other) <= 0 ? [one, other] : [other, one];
      const points = scale.divide(after, until, count);
      expect(points.length).toBeLessThanOrEqual(count);
      const all = [after, ...points, ...(compareKeys(after, until) === 0 ? [] : [until])];
      for (const [index, key] of all.slice(1).entries()) expect(compareKeys(all[index] ?? '', key)).toBeLessThan(0);
    }),
  );
});

test('what divides an open end comes after the key', () => {
  fc.assert(
    fc.property(fc.array(anyKey), anyKey, fc.integer({ min: 1, max: 9 }), (learnt, after, count) => {
      const scale = new KeyScale();
      for (const key of learnt) scale.learn(key);
      for (const point of scale.divide(after, undefined, count)) expect(compareKeys(after, point)).toBeLessThan(0);
    }),
  );
});

test('keys of digits are divided as numbers are', () => {
  const scale = new KeyScale();
  for (const digit of '0123456789') scale.learn(`data/${digit.repeat(4)}`);
  expect(scale.divide('data/1000', 'data/5000', 3).map((key) => key.slice(0, 6))).toEqual([
    'data/2',
    'data/3',
    'data/4',
  ]);
  const stepsLeft = scale.stepsLeft({ began: 'data/1000', reached: 'data/1009', until: 'data/1999' });
  expect(stepsLeft).toBeGreaterThan(90);
  expect(stepsLeft).toBeLessThan(200);
});
