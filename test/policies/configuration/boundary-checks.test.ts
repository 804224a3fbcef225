import { parseConfiguration } from '../../../policies/configuration.ts';
import { changed, productionValues, type Values } from '../fixtures/values.ts';

const today = '2026-11-22';
const parse = (values: Values) => parseConfiguration('prod', values, { today });

/** What the fixture's migrations and domain reach, the laptop's destination left out. */
const boundary = [
  { provider: 'aws', bucket: 'media-prod', prefix: '' },
  { provider: 'aws', bucket: 'mirror', prefix: '' },
  { provider: 'r2', bucket: 'media', prefix: '' },
];
const bounded = (own = boundary) => changed(productionValues(), 'boundary', own);

describe('O2: an environment keeps to its own buckets', () => {
  test('a stack whose places all lie inside its boundary is accepted', () => {
    expect(parse(bounded()).boundary).toEqual(boundary);
  });

  test('without a boundary nothing is refused', () => {
    expect(parse(productionValues()).boundary).toEqual([]);
  });

  test('a bucket outside is refused, and the message says where the line is', () => {
    expect(() => parse(bounded(boundary.slice(1)))).toThrow(
      'migrations[0].source.bucket: s3://media-prod/uploads/ (account 123456789012) is outside environment "prod" (aws mirror/, r2 media/): use a place inside it',
    );
  });

  test('a prefix is a line too: what lies under it is inside, its neighbour and the whole bucket are not', () => {
    const lined = (prefix: string) => [{ provider: 'aws', bucket: 'media-prod', prefix }, ...boundary.slice(1)];
    expect(() => parse(bounded(lined('uploads/')))).not.toThrow();
    expect(() => parse(bounded(lined('upload/')))).toThrow('migrations[0].source.bucket');
    expect(() => parse(changed(bounded(lined('uploads/')), 'migrations[0].source.prefix', ''))).toThrow(
      's3://media-prod/ (account 123456789012) is outside',
    );
  });

  test('a bucket of the same name on another provider or in another account is outside', () => {
    const other = changed(bounded(), 'migrations[0].destination.accountId', 'ffffffffffffffffffffffffffffffff');
    expect(() => parse(other)).toThrow('r2://media.eu/uploads/ (account ffffffffffffffffffffffffffffffff) is outside');
    const onR2 = [{ provider: 'r2', bucket: 'media-prod', prefix: '' }, ...boundary.slice(1)];
    expect(() => parse(bounded(onR2))).toThrow('migrations[0].source.bucket');
  });

  test('a hostname serves its whole bucket, so a prefix of it is not enough', () => {
    const half = [...boundary.slice(0, 2), { provider: 'r2', bucket: 'media', prefix: 'uploads/' }];
    expect(() => parse(bounded(half))).toThrow('domains[0].bucket.name: r2://media.eu/');
  });

  test('a directory belongs to every environment', () => {
    expect(parse(bounded()).migrations[2]?.source.location.provider).toBe('file');
  });
});

describe('O2: a migration may leave its environment when it says why and until when', () => {
  const crossing = (until: unknown, own = boundary.slice(1)) =>
    changed(bounded(own), 'migrations[0].crossEnvironment', { reason: 'one archive serves both', until });

  test('until its day, that day included', () => {
    expect(parse(crossing(today)).migrations[0]?.crossEnvironment).toEqual({
      reason: 'one archive serves both',
      until: today,
    });
  });

  test('and not after it', () => {
    expect(() => parse(crossing('2026-11-21'))).toThrow(
      'migrations[0].crossEnvironment.until: "2026-11-21" is past: move the migration inside the boundary, or have the exception renewed with a later day',
    );
  });

  test('not where it stays inside, nor where no boundary is drawn', () => {
    const message = 'migrations[0].crossEnvironment: explains a migration that stays inside the boundary: remove it';
    expect(() => parse(crossing(today, boundary))).toThrow(message);
    expect(() => parse(crossing(today, []))).toThrow(message);
  });

  test('not for a reason that says nothing, nor without a day', () => {
    const at = 'migrations[0].crossEnvironment';
    const values = bounded(boundary.slice(1));
    expect(() => parse(changed(values, at, { reason: ' ', until: today }))).toThrow(
      `${at}.reason: " " is not a reason`,
    );
    expect(() => parse(changed(values, at, { reason: 'one archive' }))).toThrow(`${at}.until: is missing`);
  });

  test('one exception does not cover the next migration', () => {
    const values = changed(crossing(today), 'migrations[1].destination.bucket', 'elsewhere');
    expect(() => parse(values)).toThrow('migrations[1].destination.bucket: s3://elsewhere/');
  });
});
