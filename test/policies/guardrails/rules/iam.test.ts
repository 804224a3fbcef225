import { iamDialect } from '../../../../policies/dialects/iam.ts';
import { sideGrant } from '../../../../policies/migration-grants.ts';
import { objectPrefix } from '../../../../policies/guardrails/rules/object-prefix.ts';
import { permissionManagement } from '../../../../policies/guardrails/rules/permission-management.ts';
import { unreadablePolicy } from '../../../../policies/guardrails/rules/unreadable-policy.ts';
import { vendorPolicy } from '../../../../policies/guardrails/rules/vendor-policy.ts';
import { wildcardAccess, widthOf } from '../../../../policies/guardrails/rules/wildcard-access.ts';
import { allowing, aResource, declaring, saysOf, userPolicy } from '../fixtures/resources.ts';

const objects = 'arn:aws:s3:::media-prod/uploads/*';

const listing = (condition: Record<string, unknown> | undefined, action = 's3:ListBucket') => ({
  Action: action,
  Resource: 'arn:aws:s3:::media-prod',
  ...(condition && { Condition: condition }),
});

describe('S1, S2: a wildcard in an IAM policy is refused', () => {
  test.each([
    ['every action', { Action: '*', Resource: objects }, 'statement 1 allows *: actions by wildcard'],
    ['actions of a service', { Action: ['s3:Get*'], Resource: objects }, 'allows s3:Get*: actions by wildcard'],
    ['a question mark', { Action: 's3:Put?bject', Resource: objects }, 'allows s3:Put?bject'],
    ['all actions but some', { NotAction: 'iam:*', Resource: objects }, 'allows every action but iam:*'],
    ['every resource', { Action: 's3:GetObject', Resource: '*' }, 'allows "*": resources of any kind'],
    ['every bucket', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::*' }, 'buckets by wildcard'],
    ['buckets by their first letters', { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::media*' }, 'buckets by'],
    ['all but one', { Action: 's3:GetObject', NotResource: objects }, 'allows everything but'],
    ['the list of all buckets', { Action: 's3:ListAllMyBuckets', Resource: '*' }, 'allows "*"'],
  ])('%s', (_case, statement, what) => {
    expect(saysOf(wildcardAccess, allowing(statement))).toEqual([expect.stringContaining(what)]);
  });

  test.each([
    ['actions and places by name', { Action: ['s3:GetObject', 's3:PutObject'], Resource: objects }],
    ['a whole bucket by name', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/*' }],
    ['an action that acts on nothing', { Action: 'sts:GetCallerIdentity', Resource: '*' }],
    ['a wildcard that forbids', { Effect: 'Deny', Action: 's3:*', Resource: '*' }],
    ['a star that is part of a name', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/a${*}b' }],
  ])('but not %s', (_case, statement) => {
    expect(saysOf(wildcardAccess, allowing(statement))).toEqual([]);
  });

  test.each([
    ['aws:iam/policy:Policy', { policy: '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}' }],
    ['aws:iam/rolePolicy:RolePolicy', { policy: { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } }],
    [
      'aws:iam/role:Role',
      { inlinePolicies: [{ policy: '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}' }] },
    ],
  ])('in %s too', (type, properties) => {
    expect(saysOf(wildcardAccess, aResource(type, properties))).toHaveLength(2);
  });

  test.each([
    ['arn:aws:s3:::media/uploads*', true],
    ['arn:aws:s3:::media/uploads/*', false],
    ['arn:aws:s3:::media/*', false],
    ['arn:*:s3:::media/*', true],
    ['arn:aws:kms:eu-west-1:123456789012:key/*', true],
    ['arn:aws:kms:eu-west-1:123456789012:key/1234', false],
    ['arn:aws:sns:*:123456789012:topic', false],
    ['arn:aws:sns:eu-west-1:*:topic', true],
  ])('%s is too wide: %s', (arn, wide) => {
    expect(widthOf(arn) !== undefined).toBe(wide);
  });
});

describe('S3, S4: actions that manage permissions are refused', () => {
  test.each([
    ['the guides’ PutObjectAcl', 's3:PutObjectAcl', /allows s3:PutObjectAcl$/],
    ['a wildcard that holds some', 's3:Put*', /s3:PutBucketPolicy|and \d+ more/],
    ['giving oneself a policy', 'iam:PutUserPolicy', /iam:PutUserPolicy/],
    ['whatever its case', 'S3:putbucketpolicy', /s3:PutBucketPolicy/],
  ])('%s', (_case, action, what) => {
    expect(saysOf(permissionManagement, allowing({ Action: action, Resource: '*' }))).toEqual([
      expect.stringMatching(what),
    ]);
  });

  test('but not reading, writing and listing', () => {
    const actions = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket', 's3:PutObjectTagging'];
    expect(saysOf(permissionManagement, allowing({ Action: actions, Resource: '*' }))).toEqual([]);
  });
});

describe("S1: a policy of AWS's own is refused", () => {
  test.each([
    ['aws:iam/userPolicyAttachment:UserPolicyAttachment', { policyArn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess' }],
    ['aws:iam/role:Role', { managedPolicyArns: ['arn:aws-us-gov:iam::aws:policy/AmazonS3FullAccess'] }],
  ])('on %s', (type, properties) => {
    expect(saysOf(vendorPolicy, aResource(type, properties))).toEqual([
      'AmazonS3FullAccess, a policy by AWS, is attached',
    ]);
  });

  test("but not one of the account's", () => {
    const policyArn = 'arn:aws:iam::123456789012:policy/AmazonS3FullAccess';
    expect(saysOf(vendorPolicy, aResource('aws:iam/userPolicyAttachment:UserPolicyAttachment', { policyArn }))).toEqual(
      [],
    );
  });
});

describe('S1, S2: where the stack declares uploads/, a policy that reaches other objects is refused', () => {
  const declared = declaring();
  test.each([
    ['the whole bucket', 'arn:aws:s3:::media-prod/*'],
    ['a prefix without its slash', 'arn:aws:s3:::media-prod/uploads*'],
    ['another prefix', 'arn:aws:s3:::media-prod/private/*'],
    ['one object elsewhere', 'arn:aws:s3:::media-prod/private/a'],
    ['any bucket', '*'],
    ['a bucket by wildcard, whose star may stand for the slash', 'arn:aws:s3:::me*ads/*'],
  ])('%s', (_case, resource) => {
    const says = saysOf(objectPrefix, allowing({ Action: 's3:GetObject', Resource: resource }), { declared });
    expect(says).toEqual([expect.stringMatching(/reaches s3:\/\/media-prod\/.*declares media-prod\/uploads\/$/)]);
  });

  test.each([
    ['the prefix', { Action: 's3:GetObject', Resource: objects }],
    ['a part of it', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-prod/uploads/2026/*' }],
    ['another bucket', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::elsewhere/*' }],
    ['a listing of the prefix', listing({ StringLike: { 's3:prefix': 'uploads/*' } })],
    ['a listing of a part of it', listing({ StringEquals: { 's3:prefix': ['uploads/2026/', 'uploads/2027/'] } })],
    ['the unfinished uploads, which know no prefix', listing({}, 's3:ListBucketMultipartUploads')],
    ['the list of another bucket', { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::elsewhere' }],
  ])('but not %s', (_case, statement) => {
    expect(saysOf(objectPrefix, allowing(statement), { declared })).toEqual([]);
  });

  test.each([
    ['no condition', undefined, ''],
    ['every version', undefined, '', 's3:ListBucketVersions'],
    ['a wildcard that holds it', undefined, '', 's3:List*'],
    ['a condition on something else', { Bool: { 'aws:SecureTransport': 'true' } }, ''],
    ['a request without a prefix let through', { StringLikeIfExists: { 's3:prefix': 'uploads/*' } }, ''],
    ['the empty prefix', { StringEquals: { 's3:prefix': ['', 'uploads/'] } }, ''],
    ['a prefix without its slash', { StringLike: { 's3:prefix': 'uploads*' } }, 'uploads-sibling/'],
    ['another prefix', { StringLike: { 's3:prefix': ['uploads/*', 'private/*'] } }, 'private/x'],
    ['all prefixes but one', { StringNotLike: { 's3:prefix': 'private/*' } }, ''],
  ])('a listing: %s', (_case, condition, listed, action = 's3:ListBucket') => {
    const says = saysOf(objectPrefix, allowing(listing(condition, action)), { declared });
    expect(says).toEqual([
      `policy, statement 1 lists s3://media-prod/${listed}, and the stack declares media-prod/uploads/`,
    ]);
  });

  test('nor anything in a program that declares nothing', () => {
    expect(saysOf(objectPrefix, allowing({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-prod/*' }))).toEqual(
      [],
    );
  });

  test('what sluice itself renders is good', () => {
    for (const migration of declared.migrations) {
      for (const side of ['source', 'destination'] as const) {
        const grant = sideGrant(migration, side);
        if (grant?.location.provider !== 'aws') continue;
        const resource = userPolicy(JSON.stringify(iamDialect.render(grant)));
        for (const rule of [unreadablePolicy, wildcardAccess, permissionManagement, objectPrefix]) {
          expect(saysOf(rule, resource, { declared })).toEqual([]);
        }
      }
    }
  });
});

describe('S4: a policy that the evaluator cannot decide with is refused', () => {
  test.each([
    ['no JSON', 'hunter2'],
    ['an unknown element', '{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Scope":"hunter2"}}'],
    ['a key twice', '{"Statement":[],"Statement":[]}'],
  ])('%s, without quoting it', (_case, policy) => {
    const says = saysOf(unreadablePolicy, userPolicy(policy));
    expect(says).toEqual([expect.stringMatching(/^policy cannot be read at /)]);
    expect(says.join()).not.toContain('hunter2');
  });

  test('but not a good one', () => {
    expect(saysOf(unreadablePolicy, allowing({ Action: 's3:GetObject', Resource: objects }))).toEqual([]);
  });
});
