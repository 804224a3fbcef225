import fc from 'fast-check';
import { compilePattern, escapePattern, compileText } from '../../../policies/evaluator/pattern.ts';

const variables = { variables: true };

describe('IAM wildcards', () => {
  test.each([
    ['*', '', true],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['a*c', 'abc', true],
    ['a*c', 'abcd', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['**', 'x', true],
    ['?*', '', false],
    ['a.c', 'abc', false],
    ['arn:aws:s3:::b/prod*', 'arn:aws:s3:::b/production-secrets/x', true],
    ['a*', 'a\nb', true],
    ['a${*}', 'a*', true],
    ['a${*}', 'ab', false],
    ['${$}{x}', '${x}', true],
  ])('%s matches %j: %p', (pattern, text, expected) => {
    expect(compilePattern(pattern, variables)(text)).toBe(expected);
  });

  test('before version 2012-10-17 ${..} is plain text, in which * still is a wildcard', () => {
    expect(compilePattern('${aws:username}', { variables: false })('${aws:username}')).toBe(true);
    expect(compilePattern('${*}', { variables: false })('${x}')).toBe(true);
    expect(compileText('${aws:username}', { variables: false })()).toBe('${aws:username}');
  });

  test('an escaped text matches itself and nothing else', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '$', '{', '}'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (escaped, other) => {
        const matches = compilePattern(escapePattern(escaped), variables);
        expect(matches(escaped)).toBe(true);
        expect(matches(other)).toBe(other === escaped);
        expect(compileText(escapePattern(escaped), variables)()).toBe(escaped);
      }),
    );
  });

  test('a pattern agrees with the regular expression it stands for', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        const expression = new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
        expect(compilePattern(source, variables)(subject)).toBe(expression.test(subject));
      }),
    );
  });

  test('no pattern takes exponential time', () => {
    const matches = compilePattern(`${'*a'.repeat(200)}b`, variables);
    expect(matches('a'.repeat(4000))).toBe(false);
  });
});
