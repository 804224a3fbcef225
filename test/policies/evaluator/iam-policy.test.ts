import { parseIamPolicy } from '../../../policies/evaluator/iam-policy.ts';
import { IamPolicyError } from '../../../policies/evaluator/policy-error.ts';

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' };
const policy = (change: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...change }] });
const without = (key: keyof typeof statement) =>
  JSON.stringify({ Statement: [Object.fromEntries(Object.entries(statement).filter(([name]) => name !== key))] });

describe('a policy is read', () => {
  test('with one statement or a list, one value or a list', () => {
    expect(parseIamPolicy(JSON.stringify({ Statement: statement })).statements).toHaveLength(1);
    expect(parseIamPolicy(policy({ Action: ['s3:GetObject', 's3:Put*'], Resource: ['*'] })).statements).toHaveLength(1);
  });

  test('with true, false and numbers as condition values', () => {
    const condition = { Bool: { 'aws:SecureTransport': false }, NumericLessThan: { 's3:TlsVersion': 1.2 } };
    expect(parseIamPolicy(policy({ Condition: condition })).statements[0]?.conditions).toHaveLength(2);
  });

  test('and its statements are named by Sid, or by position', () => {
    const [first, second] = parseIamPolicy(
      JSON.stringify({ Statement: [{ ...statement, Sid: 'Read' }, statement] }),
    ).statements;
    expect([first?.label, second?.label]).toEqual(['"Read"', '2']);
  });
});

describe('what is not understood is an error with its place', () => {
  test.each([
    ['not JSON', '{', 'document', /is not JSON/],
    ['not an object', '[]', 'document', /./],
    ['no statement', '{"Version":"2012-10-17"}', 'Statement', /./],
    ['an empty list of statements', '{"Statement":[]}', 'Statement', /./],
    ['another version', JSON.stringify({ Version: '2020-01-01', Statement: [statement] }), 'Version', /2012-10-17/],
    [
      'an unknown element',
      JSON.stringify({ Statements: [], Statement: [statement] }),
      'document',
      /unknown element "Statements"/,
    ],
    ['an unknown element of a statement', policy({ Actions: [] }), 'Statement[0]', /unknown element "Actions"/],
    ['a principal', policy({ Principal: '*' }), 'Statement[0]', /Principal has no place in an identity policy/],
    ['an effect in another case', policy({ Effect: 'allow' }), 'Statement[0].Effect', /Allow/],
    ['no effect', without('Effect'), 'Statement[0].Effect', /Allow/],
    ['no action', without('Action'), 'Statement[0]', /exactly one of Action and NotAction/],
    ['both actions', policy({ NotAction: '*' }), 'Statement[0]', /exactly one of Action and NotAction/],
    ['no resource', without('Resource'), 'Statement[0]', /exactly one of Resource and NotResource/],
    ['no service', policy({ Action: 'GetObject' }), 'Statement[0].Action[0]', /"GetObject" is not an action/],
    ['no ARN', policy({ Resource: ['*', 'bucket/*'] }), 'Statement[0].Resource[1]', /"bucket\/\*" is not an ARN/],
    ['a number as action', policy({ Action: 7 }), 'Statement[0].Action', /./],
    ['a Sid with a space', policy({ Sid: 'a b' }), 'Statement[0].Sid', /letters and digits/],
    [
      'an operator',
      policy({ Condition: { Like: { 's3:prefix': 'a' } } }),
      'Statement[0].Condition.Like',
      /not supported/,
    ],
    ['an operator without keys', policy({ Condition: { StringLike: 'a' } }), 'Statement[0].Condition.StringLike', /./],
    [
      'no values',
      policy({ Condition: { StringLike: { 's3:prefix': [] } } }),
      'Statement[0].Condition.StringLike.s3:prefix',
      /./,
    ],
    [
      'a variable',
      policy({ Resource: 'arn:aws:s3:::b/${username}/*' }),
      'Statement[0].Resource[0]',
      /\$\{username\} is no policy variable/,
    ],
    [
      'a Sid twice',
      JSON.stringify({
        Statement: [
          { ...statement, Sid: 'A' },
          { ...statement, Sid: 'A' },
        ],
      }),
      'Statement[1].Sid',
      /"A" is used twice/,
    ],
  ])('%s', (_case, text, place, message) => {
    let thrown: unknown;
    try {
      parseIamPolicy(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(IamPolicyError);
    expect(thrown).toMatchObject({ name: 'IamPolicyError', place, what: expect.stringMatching(message) as string });
  });
});

const bucketPolicy = (change: object) => policy({ Principal: '*', ...change });

describe('resource and trust policies', () => {
  test('a resource policy names its principals in every statement', () => {
    const principals = [
      '*',
      { AWS: '*' },
      { AWS: '123456789012' },
      { AWS: ['arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:user/sluice/a'] },
      { AWS: 'arn:aws:sts::123456789012:assumed-role/copier/session-1' },
      { Service: 'logging.s3.amazonaws.com' },
      { CanonicalUser: '0'.repeat(64) },
    ];
    for (const Principal of principals) {
      const { kind, statements } = parseIamPolicy(bucketPolicy({ Principal }), { kind: 'resource' });
      expect([kind, statements[0]?.principal]).toEqual(['resource', expect.anything()]);
    }
  });

  test.each<[string, 'resource' | 'trust', string, string, RegExp]>([
    ['no principal', 'resource', policy(), 'Statement[0]', /exactly one of Principal and NotPrincipal/],
    ['both', 'resource', bucketPolicy({ NotPrincipal: '*' }), 'Statement[0]', /exactly one of Principal/],
    [
      'a wildcard in an ARN',
      'resource',
      bucketPolicy({ Principal: { AWS: 'arn:aws:iam::123456789012:user/*' } }),
      'Statement[0].Principal',
      /a wildcard inside an ARN is none/,
    ],
    [
      'an ARN without account',
      'resource',
      bucketPolicy({ Principal: { AWS: 'arn:aws:iam:::user/a' } }),
      'Statement[0].Principal',
      /is not an account, a user, a role/,
    ],
    [
      'an unknown type of principal',
      'resource',
      bucketPolicy({ Principal: { Aws: '*' } }),
      'Statement[0].Principal',
      /./,
    ],
    [
      'a service that is none',
      'resource',
      bucketPolicy({ Principal: { Service: 'example.com' } }),
      'Statement[0].Principal',
      /is not an AWS service/,
    ],
    [
      'a trust policy with a resource',
      'trust',
      bucketPolicy({ Action: 'sts:AssumeRole' }),
      'Statement[0]',
      /a trust policy names no resource/,
    ],
    [
      'a trust policy on storage',
      'trust',
      JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject' } }),
      'Statement[0].Action[0]',
      /STS actions only/,
    ],
    [
      'a trust policy with NotPrincipal',
      'trust',
      JSON.stringify({ Statement: { Effect: 'Deny', NotPrincipal: '*', Action: 'sts:AssumeRole' } }),
      'Statement[0]',
      /NotPrincipal has no place in a trust policy/,
    ],
  ])('%s', (_case, kind, text, place, message) => {
    expect(() => parseIamPolicy(text, { kind })).toThrow(
      expect.objectContaining({ place, what: expect.stringMatching(message) as string }) as Error,
    );
  });
});
