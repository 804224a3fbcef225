import fc from 'fast-check';
import { compileFilter, type FilterOptions } from '../../engine/filter.ts';
import { compilePattern } from '../../engine/filter-pattern.ts';

describe('O1: a pattern means what it means to rclone', () => {
  test.each([
    ['*.jpg', ['a.jpg', 'b/a.jpg', '.jpg', 'b/.jpg'], ['a.jpg/b', 'a.jpeg', 'a.jpg.gz']],
    ['/*.jpg', ['a.jpg'], ['b/a.jpg', '/a.jpg']],
    ['a/*.jpg', ['a/b.jpg', 'x/a/b.jpg'], ['xa/b.jpg', 'a/b/c.jpg']],
    ['/a/**', ['a/b', 'a/b/c', 'a/'], ['b/a/b', 'ab/c']],
    ['dir/', ['dir/a', 'x/dir/a/b'], ['dir', 'xdir/a']],
    ['a?c', ['abc', 'x/a😀c'], ['a/c', 'ac']],
    ['[a-c]1', ['a1', 'x/c1'], ['d1', '-1']],
    ['[^a-c]1', ['d1'], ['a1', '/1']],
    ['*.{jpg,p*g}', ['a.jpg', 'a.png', 'b/a.pxxg'], ['a.gif', 'a.p/g']],
    ['\\*\\{a', ['*{a'], ['x{a', '*a']],
    ['a+b(c)|.$^', ['a+b(c)|.$^'], ['aab(c)', 'a+bc|.$^']],
    ['**', ['a', 'a/b', 'new\nline'], []],
    ['*.txt', ['new\nline.txt'], []],
    ['a,b', ['a,b'], ['a', 'b']],
  ])('%s', (pattern, matching, others) => {
    const expression = compilePattern(pattern);
    expect(matching.filter((key) => !expression.test(key))).toEqual([]);
    expect(others.filter((key) => expression.test(key))).toEqual([]);
  });

  test.each(['', '{a', 'a}', '[a', '[]', 'a\\', '***', '{{a}}', '[z-a]', 'a]', '[a/b]*', '[[:alpha:]]'])(
    '%j is refused',
    (pattern) => {
      expect(() => compilePattern(pattern)).toThrow(/^pattern /);
    },
  );

  test('any key, escaped, matches itself and nothing longer', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (key) => {
        const expression = compilePattern(`/${key.replaceAll(/[\\*?[\]{}]/g, String.raw`\$&`)}x`);
        expect([expression.test(`${key}x`), expression.test(`${key}xy`), expression.test(`y${key}x`)]).toEqual([
          true,
          false,
          false,
        ]);
      }),
    );
  });
});

describe('a filter', () => {
  const select = (options: FilterOptions, key: string, sizeBytes = 10, ageMs = 1000) =>
    compileFilter(options, 5000)({ key, sizeBytes, modifiedAt: new Date(5000 - ageMs) });
  const include = (pattern: string) => ({ action: 'include', pattern }) as const;
  const exclude = (pattern: string) => ({ action: 'exclude', pattern }) as const;

  test('without rules lets everything in', () => expect(select({}, 'a')).toBe(true));

  test('lets the first rule that matches decide', () => {
    expect(select({ rules: [exclude('a*'), include('ab')] }, 'ab')).toBe(false);
    expect(select({ rules: [include('ab'), exclude('a*')] }, 'ab')).toBe(true);
    expect(select({ rules: [include('ab'), exclude('a*')] }, 'ac')).toBe(false);
  });

  test('leaves out what no rule names only where one includes', () => {
    expect(select({ rules: [exclude('a')] }, 'b')).toBe(true);
    expect(select({ rules: [include('a')] }, 'b')).toBe(false);
  });

  test.each([
    [{ sizeBytesMin: 10 }, true],
    [{ sizeBytesMin: 11 }, false],
    [{ sizeBytesMax: 10 }, true],
    [{ sizeBytesMax: 9 }, false],
    [{ ageMsMin: 1000 }, true],
    [{ ageMsMin: 1001 }, false],
    [{ ageMsMax: 1000 }, true],
    [{ ageMsMax: 999 }, false],
  ])('with %j: %j', (options, expected) => expect(select(options, 'a')).toBe(expected));
});
