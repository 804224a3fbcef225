import { dueAt, dueRemovals, expiryOf, type ExpiryRule } from '../../../sandbox/s3/expiry.ts';
import type { DiskObject } from '../../../sandbox/store/disk-world.ts';

const at = (text: string) => new Date(text);
const version = (modifiedAt: string, more: Partial<DiskObject> = {}): DiskObject => ({
  key: 'logs/a',
  sizeBytes: 10,
  entityTag: '',
  modifiedAt: at(modifiedAt),
  headers: {},
  parts: [],
  ...more,
});
const rule = (more: Partial<ExpiryRule>): ExpiryRule => ({ id: 'rule', filter: { prefix: 'logs/' }, ...more });
const due = (versions: readonly DiskObject[], rules: readonly ExpiryRule[], now: string) =>
  dueRemovals({ key: 'logs/a', versions }, rules, at(now));

describe('a rule is due', () => {
  test('in days, at the next midnight after they have passed', () => {
    expect(dueAt(at('2026-01-15T10:30:00Z'), { days: 3 })).toEqual(at('2026-01-19T00:00:00Z'));
    expect(dueAt(at('2026-01-15T00:00:00Z'), { days: 3 })).toEqual(at('2026-01-18T00:00:00Z'));
  });

  test('in seconds to the second, and on a date whenever the object was made', () => {
    expect(dueAt(at('2026-01-15T10:30:00Z'), { seconds: 90 })).toEqual(at('2026-01-15T10:31:30Z'));
    expect(dueAt(at('2026-01-15T10:30:00Z'), { date: at('2020-01-01') })).toEqual(at('2020-01-01T00:00:00Z'));
  });
});

describe('a current object is removed', () => {
  const days = [rule({ current: { days: 1 } })];
  test('when its rule is due, and not before', () => {
    expect(due([version('2026-01-01T12:00:00Z')], days, '2026-01-02T23:59:59Z')).toEqual([]);
    expect(due([version('2026-01-01T12:00:00Z')], days, '2026-01-03T00:00:00Z')).toEqual([{ current: true }]);
  });

  test.each<[string, Partial<DiskObject>, ExpiryRule['filter'], boolean]>([
    ['prefix', {}, { prefix: 'logs/' }, true],
    ['another prefix', {}, { prefix: 'other/' }, false],
    ['all its tags', { tags: { a: '1', b: '2' } }, { prefix: '', tags: { a: '1' } }, true],
    ['a tag of another value', { tags: { a: '2' } }, { prefix: '', tags: { a: '1' } }, false],
    ['a tag that it lacks', {}, { prefix: '', tags: { a: '1' } }, false],
    ['a size above the bound', { sizeBytes: 11 }, { prefix: '', sizeGreaterThanBytes: 10 }, true],
    ['a size at the lower bound', { sizeBytes: 10 }, { prefix: '', sizeGreaterThanBytes: 10 }, false],
    ['a size below the upper bound', { sizeBytes: 9 }, { prefix: '', sizeLessThanBytes: 10 }, true],
    ['a size at the upper bound', { sizeBytes: 10 }, { prefix: '', sizeLessThanBytes: 10 }, false],
  ])('by a filter of %s', (_, more, filter, removed) => {
    const rules = [rule({ current: { days: 1 }, filter })];
    expect(due([version('2026-01-01T00:00:00Z', more)], rules, '2026-02-01')).toHaveLength(removed ? 1 : 0);
  });

  test('first by the rule that is due first', () => {
    const rules = [rule({ id: 'late', current: { days: 9 } }), rule({ id: 'early', current: { days: 2 } })];
    const expected = { at: at('2026-01-03T00:00:00Z'), ruleId: 'early' };
    expect(expiryOf(version('2026-01-01T00:00:00Z'), rules)).toEqual(expected);
    expect(expiryOf(version('2026-01-01T00:00:00Z'), [rule({ expiredMarkers: true })])).toBeUndefined();
  });
});

describe('an older version is removed', () => {
  const versions = ['04', '03', '02', '01'].map((day) => version(`2026-01-${day}T00:00:00Z`, { versionId: `v${day}` }));
  test('counted from the moment that a newer one replaced it', () => {
    const rules = [rule({ noncurrent: { due: { days: 10 }, newerKept: 0 } })];
    expect(due(versions, rules, '2026-01-12T23:59:59Z')).toEqual([{ versionId: 'v01' }]);
    expect(due(versions, rules, '2026-01-13T00:00:00Z')).toEqual([{ versionId: 'v02' }, { versionId: 'v01' }]);
  });

  test('never while it is among those that are kept', () => {
    const rules = [rule({ noncurrent: { due: { days: 1 }, newerKept: 2 } })];
    expect(due(versions, rules, '2030-01-01')).toEqual([{ versionId: 'v01' }]);
  });
});

describe('a delete marker is removed', () => {
  const marker = version('2026-01-01T00:00:00Z', { deleteMarker: true, versionId: 'm' });
  const older = version('2025-01-01T00:00:00Z', { versionId: 'v' });
  test('when it hides nothing, by its own rule or with age', () => {
    expect(due([marker], [rule({ expiredMarkers: true })], '2026-01-01T00:00:01Z')).toEqual([{ versionId: 'm' }]);
    expect(due([marker], [rule({ current: { days: 5 } })], '2026-01-06')).toEqual([{ versionId: 'm' }]);
    expect(due([marker], [rule({ current: { days: 5 } })], '2026-01-05')).toEqual([]);
  });

  test('not while it hides a version, nor by a date', () => {
    expect(due([marker, older], [rule({ expiredMarkers: true })], '2026-02-01')).toEqual([]);
    expect(due([marker], [rule({ current: { date: at('2020-01-01') } })], '2026-02-01')).toEqual([]);
  });
});
