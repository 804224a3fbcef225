import type { Location } from '../../../base/location.ts';
import { overlapOf } from '../../../policies/configuration/overlap.ts';

const directory = (path: string): Location => ({ provider: 'file', path });
const aws = (bucket: string, prefix: string, region = 'eu-west-1'): Location => ({
  provider: 'aws',
  bucket,
  prefix,
  region,
  accountId: '123456789012',
  partition: 'aws',
});
const r2 = (jurisdiction: 'default' | 'eu', prefix: string): Location => ({
  provider: 'r2',
  bucket: 'media',
  prefix,
  jurisdiction,
  accountId: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
});

test.each([
  [aws('a', 'x/'), aws('a', 'x/'), 'same'],
  [aws('a', 'x/', 'eu-west-1'), aws('a', 'x/', 'us-east-1'), 'same'],
  [aws('a', 'x/y/'), aws('a', 'x/'), 'first-inside-second'],
  [aws('a', ''), aws('a', 'x/'), 'second-inside-first'],
  [r2('eu', ''), r2('eu', 'x/'), 'second-inside-first'],
  [directory('./exports'), directory('exports/'), 'same'],
  [directory('exports/2026'), directory('./exports/../exports'), 'first-inside-second'],
  [directory('.'), directory('exports'), 'second-inside-first'],
  [directory('../..'), directory('../sibling'), 'second-inside-first'],
  [directory('..'), directory('.'), 'second-inside-first'],
  [directory('/srv'), directory('/srv/media'), 'second-inside-first'],
  [directory('/'), directory('/srv/media'), 'second-inside-first'],
] as const)('%j and %j overlap', (first, second, overlap) => {
  expect(overlapOf(first, second)).toBe(overlap);
});

test.each([
  [aws('a', 'x/'), aws('a', 'x-y/')],
  [aws('a', 'x/'), aws('b', 'x/')],
  [r2('default', 'x/'), r2('eu', 'x/')],
  [aws('media', 'x/'), r2('default', 'x/')],
  [aws('a', ''), directory('.')],
  [directory('exports'), directory('exports-2')],
  [directory('../exports'), directory('exports')],
  [directory('../../a'), directory('../b')],
  [directory('/srv/media'), directory('exports')],
])('%j and %j do not', (first, second) => {
  expect(overlapOf(first, second)).toBeUndefined();
  expect(overlapOf(second, first)).toBeUndefined();
});
