import fc from 'fast-check';
import { decideEveryIam, decideIam, type IamRequest } from '../../../policies/evaluator/decide-iam.ts';
import { parseIamPolicy } from '../../../policies/evaluator/iam-policy.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly [element: string]: unknown;
}

const named = (...statements: readonly Statement[]) => [
  { name: 'test', policy: parseIamPolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements })) },
];
const request = (action: string, resource = 'arn:aws:s3:::b/x', context: IamRequest['context'] = {}): IamRequest => ({
  action,
  resource,
  context,
});
const verdict = (asked: IamRequest, ...statements: readonly Statement[]) =>
  decideIam({ policies: named(...statements), request: asked }).verdict;

const allowAll: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };

/** AWS IAM User Guide, "Policy evaluation logic" and the pages of the elements. */
describe('decisions', () => {
  test.each<[string, IamRequest, readonly Statement[], string]>([
    [
      'nothing allows',
      request('s3:GetObject'),
      [{ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }],
      'implicitly-denied',
    ],
    ['an allow', request('s3:GetObject'), [allowAll], 'allowed'],
    [
      'a deny beats an allow before it',
      request('s3:GetObject'),
      [allowAll, { ...allowAll, Effect: 'Deny' }],
      'explicitly-denied',
    ],
    [
      'a deny beats an allow after it',
      request('s3:GetObject'),
      [{ ...allowAll, Effect: 'Deny' }, allowAll],
      'explicitly-denied',
    ],
    [
      'actions ignore case',
      request('s3:getobject'),
      [{ Effect: 'Allow', Action: 'S3:GetObject', Resource: '*' }],
      'allowed',
    ],
    [
      'action wildcards',
      request('s3:GetObjectAcl'),
      [{ Effect: 'Allow', Action: 's3:Get?bject*', Resource: '*' }],
      'allowed',
    ],
    [
      'NotAction spares what it names',
      request('s3:GetObject'),
      [{ Effect: 'Allow', NotAction: 's3:Get*', Resource: '*' }],
      'implicitly-denied',
    ],
    [
      'NotAction takes the rest',
      request('s3:PutObject'),
      [{ Effect: 'Allow', NotAction: 's3:Get*', Resource: '*' }],
      'allowed',
    ],
    [
      'resources keep case',
      request('s3:GetObject', 'arn:aws:s3:::b/X'),
      [{ ...allowAll, Resource: 'arn:aws:s3:::b/x' }],
      'implicitly-denied',
    ],
    [
      'a bucket ARN is no object',
      request('s3:GetObject'),
      [{ ...allowAll, Resource: 'arn:aws:s3:::b' }],
      'implicitly-denied',
    ],
    [
      'an object ARN is no bucket',
      request('s3:ListBucket', 'arn:aws:s3:::b'),
      [{ ...allowAll, Resource: 'arn:aws:s3:::b/*' }],
      'implicitly-denied',
    ],
    [
      'NotResource spares what it names',
      request('s3:GetObject'),
      [{ Effect: 'Deny', Action: '*', NotResource: 'arn:aws:s3:::b/*' }, allowAll],
      'allowed',
    ],
    [
      'NotResource takes the rest',
      request('s3:GetObject', 'arn:aws:s3:::c/x'),
      [{ Effect: 'Deny', Action: '*', NotResource: 'arn:aws:s3:::b/*' }, allowAll],
      'explicitly-denied',
    ],
    [
      'a condition that fails',
      request('s3:ListBucket'),
      [{ ...allowAll, Condition: { StringLike: { 's3:prefix': 'a/*' } } }],
      'implicitly-denied',
    ],
    [
      'all operators and keys must hold',
      request('s3:ListBucket', 'arn:aws:s3:::b', { 's3:prefix': 'a/', 'aws:securetransport': 'false' }),
      [{ ...allowAll, Condition: { StringLike: { 's3:prefix': 'a/*' }, Bool: { 'aws:SecureTransport': 'true' } } }],
      'implicitly-denied',
    ],
    [
      'a missing key does not deny plain HTTP',
      request('s3:GetObject'),
      [allowAll, { ...allowAll, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      'allowed',
    ],
    [
      'a missing source address is denied by NotIpAddress',
      request('s3:GetObject'),
      [allowAll, { ...allowAll, Effect: 'Deny', Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } }],
      'explicitly-denied',
    ],
  ])('%s', (_case, asked, statements, expected) => {
    expect(verdict(asked, ...statements)).toBe(expected);
  });

  test('say why', () => {
    const list = { Sid: 'List', ...allowAll, Condition: { StringLike: { 's3:prefix': 'a/*' } } };
    expect(decideIam({ policies: named(list), request: request('s3:ListBucket', 'arn:aws:s3:::b') }).because).toBe(
      'no statement allows s3:ListBucket on arn:aws:s3:::b: policy "test" statement "List" would, ' +
        'but its condition StringLike s3:prefix does not hold',
    );
    expect(decideIam({ policies: named(allowAll), request: request('s3:GetObject') }).because).toBe(
      'policy "test" statement 1 allows s3:GetObject on arn:aws:s3:::b/x',
    );
  });
});

describe('a call that needs several actions', () => {
  const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } as const;
  const every = (statements: readonly Statement[], ...actions: string[]) =>
    decideEveryIam({ policies: named(...statements), requests: actions.map((action) => request(action)) }).verdict;

  test('needs all of them', () => {
    expect(every([read], 's3:GetObject', 's3:PutObject')).toBe('implicitly-denied');
    expect(every([allowAll], 's3:GetObject', 's3:PutObject')).toBe('allowed');
  });

  test('is explicitly denied where any of them is', () => {
    const deny = { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' } as const;
    expect(every([deny], 's3:GetObject', 's3:PutObject')).toBe('explicitly-denied');
  });

  test('is refused where no action is known', () => {
    expect(every([allowAll])).toBe('implicitly-denied');
  });
});

describe('laws of the evaluation', () => {
  const resource = fc.constantFrom('*', 'arn:aws:s3:::b', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/x', 'arn:aws:s3:::c*');
  const action = fc.constantFrom('*', 's3:*', 's3:Get*', 's3:GetObject', 's3:PutObject', 's3:ListBucket');
  const condition = fc.constantFrom<Record<string, unknown>>(
    {},
    { Condition: { StringLike: { 's3:prefix': 'a/*' } } },
    { Condition: { StringNotEquals: { 's3:prefix': 'a/' } } },
    { Condition: { Null: { 's3:prefix': 'true' } } },
  );
  const anyStatement = (effect: fc.Arbitrary<'Allow' | 'Deny'>): fc.Arbitrary<Statement> =>
    fc
      .record({ effect, action, resource, condition, notAction: fc.boolean(), notResource: fc.boolean() })
      .map((parts) => ({
        Effect: parts.effect,
        [parts.notAction ? 'NotAction' : 'Action']: parts.action,
        [parts.notResource ? 'NotResource' : 'Resource']: parts.resource,
        ...parts.condition,
      }));
  const anyStatements = fc.array(anyStatement(fc.constantFrom('Allow', 'Deny')), { minLength: 1, maxLength: 5 });
  const anyRequest = fc.record({
    action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:ListBucket', 's3:GetBucketPolicy'),
    resource: fc.constantFrom('arn:aws:s3:::b', 'arn:aws:s3:::b/x', 'arn:aws:s3:::c/y'),
    context: fc.constantFrom<IamRequest['context']>({}, { 's3:prefix': 'a/' }, { 's3:prefix': '' }),
  });

  test('an added Deny never widens', () => {
    fc.assert(
      fc.property(anyStatements, anyStatement(fc.constant('Deny')), anyRequest, (statements, deny, asked) => {
        fc.pre(verdict(asked, ...statements) !== 'allowed');
        expect(verdict(asked, ...statements, deny)).not.toBe('allowed');
      }),
    );
  });

  test('an added Allow never narrows', () => {
    fc.assert(
      fc.property(anyStatements, anyStatement(fc.constant('Allow')), anyRequest, (statements, allow, asked) => {
        fc.pre(verdict(asked, ...statements) === 'allowed');
        expect(verdict(asked, ...statements, allow)).toBe('allowed');
      }),
    );
  });

  test('neither the order of statements nor their spread over policies matters', () => {
    fc.assert(
      fc.property(anyStatements, anyRequest, (statements, asked) => {
        const apart = statements.toReversed().flatMap((one) => named(one));
        expect(decideIam({ policies: apart, request: asked }).verdict).toBe(verdict(asked, ...statements));
      }),
    );
  });
});
