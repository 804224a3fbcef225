import fc from 'fast-check';
import { IamPolicyError } from '../../../policies/evaluator/policy-error.ts';
import { parsePolicyJson, policyLengthMax } from '../../../policies/evaluator/policy-json.ts';

describe('a policy as JSON', () => {
  test('is what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(parsePolicyJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ['a key twice', '{"Version":"2012-10-17","Version":"2008-10-17"}', 'Version', /stands twice/],
    ['a key twice in another spelling', String.raw`{"Sid":"a","S\u0069d":"b"}`, 'Sid', /stands twice/],
    [
      'a key twice in a later statement',
      '{"Statement":[{"Effect":"Deny"},{"Condition":{"Bool":{"a:b":1,"a:c":[2,3],"a:b":4}}}]}',
      'Statement[1].Condition.Bool.a:b',
      /stands twice/,
    ],
    ['text that ends early', '{"Statement":', 'document', /is not JSON/],
    ['1 MB', ' '.repeat(1_000_000), 'document', /1000000 characters; a policy has at most 131072/],
    ['deep nesting', `${'['.repeat(60_000)}${']'.repeat(60_000)}`, /\[0\]\[0\]/, /deeper than 16 levels/],
  ])('%s is an error with its place', (_case, text, place, message) => {
    let thrown: unknown;
    try {
      parsePolicyJson(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(IamPolicyError);
    const { place: actual, what } = thrown as IamPolicyError;
    if (typeof place === 'string') expect(actual).toBe(place);
    else expect(actual).toMatch(place);
    expect(what).toMatch(message);
  });

  test('may repeat a key in different objects, and have strings that look like syntax', () => {
    expect(() => parsePolicyJson(String.raw`[{"a":"{\"a\":1,"},{"a":["a","a"]}]`)).not.toThrow();
  });

  test('may be as long as IAM takes it', () => {
    expect(parsePolicyJson('{}'.padEnd(policyLengthMax))).toEqual({});
  });
});
