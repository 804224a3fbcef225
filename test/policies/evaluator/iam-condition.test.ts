import { compileCondition, type ConditionContext } from '../../../policies/evaluator/iam-condition.ts';

const options = { variables: true };
const absent: ConditionContext = {};

function holds(operator: string, key: string, values: readonly string[], context: ConditionContext): boolean {
  return compileCondition(operator, key, values, options)(context);
}

/** AWS IAM User Guide, "IAM JSON policy elements: Condition operators". */
describe('a condition on one value', () => {
  test.each([
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringEquals', ['a'], 'A', false],
    ['StringEquals', ['a*'], 'ab', false],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'c', true],
    ['StringEqualsIgnoreCase', ['Private'], 'pRIVATE', true],
    ['StringNotEqualsIgnoreCase', ['Private'], 'private', false],
    ['StringLike', ['up*/x?'], 'uploads/x1', true],
    ['StringLike', ['a/*'], 'a/', true],
    ['StringLike', ['a/*'], 'a', false],
    ['StringLike', ['a/*'], '', false],
    ['StringNotLike', ['a/*'], 'b/', true],
    ['StringNotLike', ['a/*'], 'a/b', false],
    ['NumericEquals', ['10'], '10.0', true],
    ['NumericNotEquals', ['10'], '11', true],
    ['NumericLessThan', ['1.2'], '1.1', true],
    ['NumericLessThan', ['1.2'], '1.2', false],
    ['NumericLessThanEquals', ['1.2'], '1.2', true],
    ['NumericGreaterThan', ['7'], '8', true],
    ['NumericGreaterThanEquals', ['7'], '6', false],
    ['NumericLessThan', ['7'], 'many', false],
    ['DateLessThan', ['2026-12-01T00:00:00Z'], '2026-11-22T10:00:00Z', true],
    ['DateGreaterThan', ['2026-12-01T00:00:00Z'], '2026-11-22T10:00:00Z', false],
    ['DateGreaterThanEquals', ['1764547200'], '2025-12-01T00:00:00Z', true],
    ['DateEquals', ['2026-12-01'], '2026-12-01T00:00:00Z', true],
    ['DateNotEquals', ['2026-12-01'], '2026-12-02', true],
    ['DateLessThanEquals', ['2026-12-01'], '2026-12-01', true],
    ['DateGreaterThan', ['2026'], '2026-01-01T00:00:01Z', true],
    ['DateEquals', ['2026-11'], '2026-11-01', true],
    ['BinaryEquals', ['YQ=='], 'YQ==', true],
    ['BinaryEquals', ['YQ=='], 'Yg==', false],
    ['BinaryEquals', ['YQ=='], 'a', false],
    ['Bool', ['true'], 'TRUE', true],
    ['Bool', ['false'], 'true', false],
    ['IpAddress', ['203.0.113.0/24'], '203.0.113.9', true],
    ['IpAddress', ['203.0.113.0/24', '2001:db8::/32'], '2001:db8::1', true],
    ['IpAddress', ['203.0.113.7'], '203.0.113.8', false],
    ['IpAddress', ['203.0.113.0/24'], 'elsewhere', false],
    ['NotIpAddress', ['203.0.113.0/24'], '198.51.100.1', true],
    ['NotIpAddress', ['203.0.113.0/24'], '203.0.113.1', false],
    ['ArnEquals', ['arn:aws:iam::*:user/sluice/*'], 'arn:aws:iam::123456789012:user/sluice/a', true],
    ['ArnLike', ['arn:aws:s3:::b*'], 'arn:aws:s3:::bucket', true],
    ['ArnLike', ['arn:aws:*:bucket:x:y'], 'arn:aws:s3:::bucket', false],
    ['ArnNotEquals', ['arn:aws:s3:::b'], 'arn:aws:s3:::c', true],
    ['ArnNotLike', ['arn:aws:s3:::b*'], 'arn:aws:s3:::bc', false],
    ['ArnLike', ['arn:aws:s3:::b'], 'no arn', false],
  ])('%s %j against %j: %p', (operator, values, actual, expected) => {
    expect(holds(operator, 's3:key', values, { 's3:key': actual })).toBe(expected);
  });
});

describe('a condition whose key the request does not carry', () => {
  test.each([
    ['StringLike', ['*'], false],
    ['StringEquals', [''], false],
    ['Bool', ['false'], false],
    ['IpAddress', ['0.0.0.0/0'], false],
    ['NumericLessThan', ['1'], false],
    ['StringNotEquals', ['a'], true],
    ['NotIpAddress', ['203.0.113.0/24'], true],
    ['ArnNotLike', ['arn:aws:s3:::b'], true],
    // These open the whole bucket to a listing without prefix.
    ['StringEqualsIfExists', ['a/'], true],
    ['ForAllValues:StringLike', ['a/*'], true],
    ['ForAnyValue:StringLike', ['*'], false],
    ['ForAnyValue:StringNotLike', ['a'], false],
    ['ForAnyValue:StringLikeIfExists', ['a'], true],
    ['Null', ['true'], true],
    ['Null', ['false'], false],
  ])('%s %j: %p', (operator, values, expected) => {
    expect(holds(operator, 's3:prefix', values, absent)).toBe(expected);
  });
});

describe('a condition on several values of the request', () => {
  const context = { 'aws:tagkeys': ['a', 'b'] };

  test.each([
    ['ForAllValues:StringEquals', ['a', 'b', 'c'], true],
    ['ForAllValues:StringEquals', ['a'], false],
    ['ForAnyValue:StringEquals', ['b', 'x'], true],
    ['ForAnyValue:StringEquals', ['x'], false],
    ['ForAllValues:StringNotEquals', ['x'], true],
    ['ForAllValues:StringNotEquals', ['a'], false],
    ['ForAnyValue:StringNotEquals', ['a'], true],
    ['StringEquals', ['a'], false],
    ['Null', ['false'], true],
  ])('%s %j: %p', (operator, values, expected) => {
    expect(holds(operator, 'aws:TagKeys', values, context)).toBe(expected);
  });
});

test('keys are compared without regard to case, an empty value is not an absent one', () => {
  expect(holds('StringEquals', 'S3:PREFIX', [''], { 's3:prefix': '' })).toBe(true);
  expect(holds('Null', 's3:prefix', ['true'], { 's3:prefix': '' })).toBe(false);
});

describe('what is not understood is refused, never guessed', () => {
  test.each([
    ['BinaryEquals', 'aws:x', ['a?'], /"a\?" is not base64/],
    ['BinaryNotEquals', 'aws:x', ['YQ=='], /operator "BinaryNotEquals" is not supported/],
    ['stringlike', 's3:prefix', ['a'], /operator "stringlike" is not supported/],
    ['ForSomeValues:StringLike', 's3:prefix', ['a'], /operator "ForSomeValues:StringLike" is not supported/],
    ['NullIfExists', 's3:prefix', ['true'], /operator "NullIfExists" is not supported/],
    ['constructor', 's3:prefix', ['a'], /operator "constructor" is not supported/],
    ['StringLike', 'prefix', ['a'], /"prefix" is no condition key/],
    ['Bool', 'aws:SecureTransport', ['yes'], /"yes" is neither true nor false/],
    ['NumericLessThan', 's3:max-keys', ['ten'], /"ten" is not a number/],
    ['DateLessThan', 'aws:CurrentTime', ['tomorrow'], /"tomorrow" is not a date/],
    ['IpAddress', 'aws:SourceIp', ['203.0.113.0/33'], /is not an IP address or range/],
    ['IpAddress', 'aws:SourceIp', ['203.0.113'], /is not an IP address or range/],
    ['ArnLike', 'aws:PrincipalArn', ['bucket'], /is not an ARN/],
    ['StringLike', 's3:prefix', ['${username}/*'], /\$\{username\}/],
    ['StringEquals', 's3:prefix', ['${aws:}'], /\$\{aws:\}/],
  ])('%s %s %j', (operator, key, values, message) => {
    expect(() => compileCondition(operator, key, values, options)).toThrow(message);
  });
});

/** AWS IAM User Guide, "IAM policy elements: Variables and tags". */
describe('policy variables', () => {
  test.each<[string, readonly string[], string, ConditionContext, boolean]>([
    ['StringLike', ['home/${aws:username}/*'], 'home/ann/x', { 'aws:username': 'ann' }, true],
    ['StringLike', ['home/${aws:username}/*'], 'home/bob/x', { 'aws:username': 'ann' }, false],
    ['StringLike', ['home/${AWS:UserName}/*'], 'home/ann/x', { 'aws:username': 'ann' }, true],
    // A value never acts as a wildcard.
    ['StringLike', ['${aws:PrincipalTag/team}'], 'blue', { 'aws:principaltag/team': '*' }, false],
    ['StringEquals', ['${aws:PrincipalTag/team}'], 'blue', { 'aws:principaltag/team': 'blue' }, true],
    ['StringEquals', ["${aws:PrincipalTag/team, 'company-wide'}"], 'company-wide', {}, true],
    [
      'StringEquals',
      ["${aws:PrincipalTag/team, 'company-wide'}"],
      'company-wide',
      { 'aws:principaltag/team': 'a' },
      false,
    ],
    ['StringEquals', ['${aws:username}'], '${aws:username}', {}, false],
    ['StringNotEquals', ['${aws:username}'], 'ann', {}, true],
    ['StringEqualsIgnoreCase', ['${aws:username}'], 'ANN', { 'aws:username': 'ann' }, true],
    ['StringEquals', ['${aws:TagKeys}'], 'a', { 'aws:tagkeys': ['a', 'b'] }, false],
    ['ArnLike', ['arn:aws:iam::${aws:PrincipalAccount}:*'], 'arn:aws:iam::1:x', { 'aws:principalaccount': '1' }, true],
  ])('%s %j against %j with %j: %p', (operator, values, actual, context, expected) => {
    expect(holds(operator, 's3:key', values, { ...context, 's3:key': actual })).toBe(expected);
  });
});
