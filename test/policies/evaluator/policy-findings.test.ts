import { actionsMatching, policyFindings } from '../../../policies/evaluator/policy-findings.ts';

const bucket = 'arn:aws:s3:::b';
const objects = 'arn:aws:s3:::b/uploads/*';
const findings = (statement: object) =>
  policyFindings(
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: objects, ...statement }] }),
  ).map(({ code, place }) => [code, place]);

describe('S6: what the reference knows of actions', () => {
  test('wildcards stand for every action of today', () => {
    expect(actionsMatching('s3:GetObject*').map(({ action }) => action)).toHaveLength(16);
    expect(actionsMatching('s3:PutObject*').map(({ action }) => action)).toHaveLength(9);
    expect(actionsMatching('s3:*')).toHaveLength(180);
    expect(actionsMatching('S3:getobject')).toEqual([
      expect.objectContaining({ action: 's3:GetObject', accessLevel: 'Read' }),
    ]);
  });

  test('only PutObjectAcl of the guides’ destination policy manages permissions', () => {
    const levels = ['PutObject', 'PutObjectAcl', 'ListBucket', 'AbortMultipartUpload'].map(
      (name) => actionsMatching(`s3:${name}`)[0]?.accessLevel,
    );
    expect(levels).toEqual(['Write', 'Permissions management', 'List', 'Write']);
  });
});

describe('S3: what a policy says in vain', () => {
  test.each<[string, object, readonly (readonly [string, string])[]]>([
    ['nothing', { Action: ['s3:GetObject', 's3:PutObject'] }, []],
    [
      'a misspelt action',
      { Action: ['s3:GetObject', 's3:HeadObject'] },
      [['unknown-action', 'Statement[0].Action[1]']],
    ],
    ['a wildcard without actions', { Action: 's3:Fetch*' }, [['unknown-action', 'Statement[0].Action[0]']]],
    [
      'an unknown service',
      { Action: 'ec2:RunInstances', Resource: '*' },
      [['unknown-service', 'Statement[0].Action[0]']],
    ],
    ['a NotAction that names nothing', { NotAction: 's3:Nothing' }, [['unknown-action', 'Statement[0].NotAction[0]']]],
    [
      'an object action on a bucket',
      { Action: 's3:GetObject', Resource: bucket },
      [['resource-mismatch', 'Statement[0].Action[0]']],
    ],
    ['a bucket action on objects', { Action: ['s3:ListBucket'] }, [['resource-mismatch', 'Statement[0].Action[0]']]],
    ['both kinds with both ARNs', { Action: ['s3:ListBucket', 's3:GetObject'], Resource: [bucket, objects] }, []],
    ['a star that stands for either', { Action: ['s3:ListBucket', 's3:GetObject'], Resource: 'arn:aws:s3:::b*' }, []],
    [
      'ListAllMyBuckets on an ARN',
      { Action: 's3:ListAllMyBuckets', Resource: bucket },
      [['resource-mismatch', 'Statement[0].Action[0]']],
    ],
    ['ListAllMyBuckets on *', { Action: 's3:ListAllMyBuckets', Resource: '*' }, []],
    ['kms on a key', { Action: 'kms:Decrypt', Resource: 'arn:aws:kms:eu-west-1:123456789012:key/x' }, []],
    ['kms on a bucket', { Action: 'kms:Decrypt', Resource: bucket }, [['resource-mismatch', 'Statement[0].Action[0]']]],
    [
      'a prefix on the list of uploads',
      {
        Action: 's3:ListBucketMultipartUploads',
        Resource: bucket,
        Condition: { StringLike: { 's3:prefix': 'a/*' } },
      },
      [['unsupported-condition', 'Statement[0].Condition.StringLike.s3:prefix']],
    ],
    [
      'a prefix on a listing',
      { Action: 's3:ListBucket', Resource: bucket, Condition: { StringLike: { 's3:prefix': 'a/*' } } },
      [],
    ],
    [
      'a prefix that may be left out',
      { Action: 's3:ListBucket', Resource: bucket, Condition: { StringEqualsIfExists: { 's3:prefix': 'a/' } } },
      [['open-when-absent', 'Statement[0].Condition.StringEqualsIfExists.s3:prefix']],
    ],
    [
      'for all values of a prefix',
      { Action: 's3:ListBucket', Resource: bucket, Condition: { 'ForAllValues:StringLike': { 's3:prefix': 'a/*' } } },
      [['open-when-absent', 'Statement[0].Condition.ForAllValues:StringLike.s3:prefix']],
    ],
    [
      'a Deny that may be left out',
      {
        Effect: 'Deny',
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { BoolIfExists: { 'aws:SecureTransport': false } },
      },
      [],
    ],
    [
      'if-none-match on a write, a tag by its name',
      {
        Action: 's3:PutObject',
        Condition: { Null: { 's3:if-none-match': false }, StringEquals: { 's3:RequestObjectTag/a': 'b' } },
      },
      [],
    ],
  ])('%s', (_case, statement, expected) => {
    expect(findings(statement)).toEqual(expected);
  });

  test('a trust policy has no resources, and a provider’s claims are its keys', () => {
    const trust = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } },
      },
    };
    expect(policyFindings(JSON.stringify(trust), { kind: 'trust' })).toEqual([]);
  });

  test('what cannot be read at all is an error', () => {
    expect(() => policyFindings('{"Statement":[]}')).toThrow(/Statement/);
  });
});
