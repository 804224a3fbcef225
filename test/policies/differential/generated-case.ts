import fc from 'fast-check';
import type { ConditionContext } from '../../../policies/evaluator/iam-condition.ts';

/** What of the policy language moto does not speak: why it may decide otherwise. */
export const features = [
  'condition',
  'question mark',
  'literal dot',
  'letter case',
  'NotResource',
  'variable',
] as const;
export type Feature = (typeof features)[number];

/** A statement in a form from which both its text and its meaning without the features above can be written. */
export interface GeneratedStatement {
  readonly effect: 'Allow' | 'Deny';
  readonly actionElement: 'Action' | 'NotAction';
  readonly actions: readonly string[];
  readonly resourceElement: 'Resource' | 'NotResource';
  readonly resources: readonly string[];
  readonly condition: Condition | undefined;
}

/** With its truth for `context`, written down by hand. */
export interface Condition {
  readonly text: object;
  readonly holds: boolean;
}

export interface GeneratedCase {
  readonly policies: readonly (readonly GeneratedStatement[])[];
  readonly action: string;
  readonly resource: string;
}

export const userName = 'ann';
/** What every request of the run carries. */
export const context: ConditionContext = {
  'aws:securetransport': 'true',
  'aws:sourceip': '203.0.113.9',
  'aws:username': userName,
  's3:prefix': 'uploads/2026/',
  'aws:currenttime': '2026-11-22T10:00:00Z',
};

const conditions: readonly Condition[] = [
  { text: { Bool: { 'aws:SecureTransport': 'true' } }, holds: true },
  { text: { Bool: { 'aws:SecureTransport': 'false' } }, holds: false },
  { text: { StringLike: { 's3:prefix': ['uploads/*'] } }, holds: true },
  { text: { StringEquals: { 's3:prefix': 'uploads/' } }, holds: false },
  { text: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, holds: true },
  { text: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, holds: false },
  { text: { DateLessThan: { 'aws:CurrentTime': '2026-11-22T09:59:59Z' } }, holds: false },
  { text: { Null: { 's3:delimiter': 'true' } }, holds: true },
  { text: { NumericLessThan: { 's3:max-keys': '10' } }, holds: false },
  { text: { StringNotEquals: { 's3:delimiter': '/' } }, holds: true },
];

/** Patterns that mean the same to moto, and those that need one of the features. */
const plainActions = [
  ...['*', 's3:*', 's3:Get*', 's3:*Object', 's3:GetObject', 's3:PutObject', 's3:ListBucket', 's3:List*'],
  ...['s3:DeleteObject', 's3:PutObject*', 'iam:*', 'sts:*', 's3:*Ob*t'],
];
const otherActions = ['S3:getobject', 'S3:LIST*', 'S3:PUTObject', 's3:G?tObject'];
const requestedActions = [
  ...[
    's3:GetObject',
    's3:PutObject',
    's3:PutObjectTagging',
    's3:DeleteObject',
    's3:ListBucket',
    's3:GetBucketLocation',
  ],
  ...['iam:ListUsers'],
];
const plainResources = [
  ...['*', 'arn:aws:s3:::*', 'arn:aws:s3:::media', 'arn:aws:s3:::media/*', 'arn:aws:s3:::media/uploads/*'],
  ...['arn:aws:s3:::media*', 'arn:aws:s3:::media/*/a', 'arn:aws:s3:::media/uploads', 'arn:aws:s3:::*/uploads/*'],
  ...['arn:aws:s3:::m*a/*', 'arn:aws:s3:::archive/*'],
];
const otherResources = [
  ...['arn:aws:s3:::media/u?loads/*', 'arn:aws:s3:::my.media/*', 'arn:aws:s3:::media/uploads/??'],
  ...['arn:aws:s3:::media/home/${aws:username}/*', 'arn:aws:s3:::media/a+b/(c)'],
];
const requestedResources = [
  ...['arn:aws:s3:::media', 'arn:aws:s3:::media/uploads/a', 'arn:aws:s3:::media/uploads-private/a'],
  ...['arn:aws:s3:::media/uploads/', 'arn:aws:s3:::media/uploads/ab', 'arn:aws:s3:::archive/uploads/a'],
  ...[
    'arn:aws:s3:::my.media/a',
    'arn:aws:s3:::my-media/a',
    'arn:aws:s3:::media/home/ann/a',
    'arn:aws:s3:::media/a+b/(c)',
  ],
  ...['arn:aws:s3:::media-2', 'arn:aws:s3:::media/home/bob/a', 'arn:aws:iam::123456789012:user/ann'],
];

const mostly = <Value>(usual: Value, other: Value): fc.Arbitrary<Value> =>
  fc.integer({ max: 3, min: 0 }).map((number) => (number === 0 ? other : usual));
const upToThree = (items: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 3 });
const maybe = (items: readonly Condition[]): fc.Arbitrary<Condition | undefined> =>
  fc.constantFrom(...items, ...items.map(() => undefined));

const effect = mostly<'Allow' | 'Deny'>('Allow', 'Deny');
const actionElement = mostly<'Action' | 'NotAction'>('Action', 'NotAction');
const plainStatement: fc.Arbitrary<GeneratedStatement> = fc.record({
  effect,
  actionElement,
  actions: upToThree(plainActions),
  resourceElement: fc.constant('Resource'),
  resources: upToThree(plainResources),
  condition: fc.constant(undefined),
});
const anyStatement: fc.Arbitrary<GeneratedStatement> = fc.record({
  effect,
  actionElement,
  actions: upToThree([...plainActions, ...otherActions]),
  resourceElement: mostly<'Resource' | 'NotResource'>('Resource', 'NotResource'),
  resources: upToThree([...plainResources, ...otherResources]),
  condition: maybe(conditions),
});

const caseOf = (statement: fc.Arbitrary<GeneratedStatement>): fc.Arbitrary<GeneratedCase> =>
  fc.record({
    policies: fc.array(fc.array(statement, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
    action: fc.constantFrom(...requestedActions),
    resource: fc.constantFrom(...requestedResources),
  });

/** Half of them use no feature that moto lacks. */
export const generatedCase: fc.Arbitrary<GeneratedCase> = fc.oneof(caseOf(plainStatement), caseOf(anyStatement));

/** The policies as somebody would write them. */
export function writtenPolicies({ policies }: GeneratedCase): readonly string[] {
  return policies.map((statements) =>
    document(
      statements.map(({ effect, actionElement, actions, resourceElement, resources, condition }) => ({
        Effect: effect,
        [actionElement]: actions,
        [resourceElement]: resources,
        ...(condition && { Condition: condition.text }),
      })),
    ),
  );
}

export function document(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** What the case uses that moto does not speak. */
export function featuresOf({ policies }: GeneratedCase): readonly Feature[] {
  const statements = policies.flat();
  const patterns = statements.flatMap(({ actions, resources }) => [...actions, ...resources]);
  const present: Readonly<Record<Feature, boolean>> = {
    condition: statements.some(({ condition }) => condition !== undefined),
    'question mark': patterns.some((pattern) => pattern.includes('?')),
    'literal dot': patterns.some((pattern) => /[.+()]/.test(pattern)),
    'letter case': patterns.some((pattern) => pattern.startsWith('S3:')),
    NotResource: statements.some(({ resourceElement }) => resourceElement === 'NotResource'),
    variable: patterns.some((pattern) => pattern.includes('${')),
  };
  return features.filter((feature) => present[feature]);
}
