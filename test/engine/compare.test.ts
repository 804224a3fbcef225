import { compareListed, decideCopy } from '../../engine/compare.ts';
import { compareTags, multipartEntityTag, type TagVerdict } from '../../engine/entity-tag.ts';
import type { Entry } from '../../engine/store.ts';

const md5a = 'a'.repeat(32);
const md5b = 'b'.repeat(32);

function entry(changes: Partial<Entry> = {}): Entry {
  return { key: 'k', sizeBytes: 1, entityTag: md5a, modifiedAt: new Date('2026-11-01T10:00:00Z'), ...changes };
}

const later = new Date('2026-11-01T10:00:01Z');
const sameSecond = new Date('2026-11-01T10:00:00.900Z');
const inParts = { entityTag: `${md5b}-2` };

describe('an object is', () => {
  test.each([
    ['copied: missing', entry(), undefined, 'missing', true],
    ['copied: size differs', entry({ sizeBytes: 2 }), entry(), 'size differs', true],
    ['skipped: entity tag equal', entry({ modifiedAt: later }), entry(), 'entity tag equal', false],
    [
      'copied: entity tag differs',
      entry({ entityTag: md5b }),
      entry({ modifiedAt: later }),
      'entity tag differs',
      true,
    ],
    ['copied: source newer', entry({ ...inParts, modifiedAt: later }), entry(), 'source newer', true],
    ['skipped: not newer', entry(inParts), entry({ modifiedAt: later }), 'not newer', false],
    [
      'skipped: not newer by a whole second',
      entry({ ...inParts, modifiedAt: sameSecond }),
      entry(),
      'not newer',
      false,
    ],
  ])('%s', (_, source, destination, because, copy) => {
    expect(decideCopy(source, destination)).toEqual({ copy, because });
  });
});

describe('two listings tell that an object is', () => {
  test.each([
    ['missing', entry(), undefined, { same: false, because: 'missing at the destination' }],
    ['surplus', undefined, entry(), { same: false, because: 'only at the destination' }],
    ['of another size', entry(), entry({ sizeBytes: 2 }), { same: false, because: 'size differs: 1 and 2 bytes' }],
    ['another', entry(), entry({ entityTag: md5b }), { same: false, because: 'entity tag (MD5) differs', byTag: true }],
    ['the same by tag', entry(), entry(), { same: true, strength: 'entity tag' }],
    ['the same by multipart tag', entry(inParts), entry(inParts), { same: true, strength: 'entity tag' }],
    ['the same by size only', entry(inParts), entry(), { same: true, strength: 'size only' }],
  ])('%s', (_, source, destination, verdict) => {
    expect(compareListed(source, destination)).toEqual(verdict);
  });
});

describe('two entity tags are', () => {
  test.each<[TagVerdict, string | undefined, string | undefined]>([
    ['equal', md5a, md5a],
    ['equal', md5a, md5a.toUpperCase()],
    ['equal', `${md5a}-2`, `${md5a}-2`],
    ['different', md5a, md5b],
    ['not comparable', `${md5a}-2`, `${md5a}-3`],
    ['not comparable', md5a, `${md5a}-1`],
    ['not comparable', md5a, undefined],
    ['not comparable', undefined, undefined],
  ])('%s: %s and %s', (verdict, left, right) => {
    expect(compareTags(left, right)).toBe(verdict);
    expect(compareTags(right, left)).toBe(verdict);
  });
});

test("the entity tag of parts is the MD5 of the parts' MD5s and their number", () => {
  // md5("") twice, hashed once more: computed with `printf … | xxd -r -p | md5sum`.
  const empty = 'd41d8cd98f00b204e9800998ecf8427e';
  expect(multipartEntityTag([empty])).toBe('59adb24ef3cdbe0297f05b395827453f-1');
  expect(multipartEntityTag([empty, empty])).toMatch(/^[0-9a-f]{32}-2$/);
});
