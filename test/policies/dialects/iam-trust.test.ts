import { decideAccess } from '../../../policies/evaluator/decide-access.ts';
import { parseIamPolicy } from '../../../policies/evaluator/iam-policy.ts';
import { policyFindings } from '../../../policies/evaluator/policy-findings.ts';
import { iamDialect } from '../../../policies/dialects/iam.ts';
import {
  renderBucketPolicy,
  renderRole,
  renderSessionPolicy,
  renderTrust,
} from '../../../policies/dialects/iam-trust.ts';
import { awsLocation, grantOn } from '../fixtures/grants.ts';

const grant = grantOn(awsLocation, ['list', 'read']);
const roleArn = 'arn:aws:iam::123456789012:role/sluice/copier';
const provider = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';
const github = {
  kind: 'github-oidc',
  accountId: '123456789012',
  partition: 'aws',
  repository: 'acme/backups',
  only: { ref: 'refs/heads/main' },
} as const;

describe('S8: a role for GitHub Actions', () => {
  const { policy, trustPolicy } = renderRole(grant, github);
  const resourcePolicy = { name: 'trust', policy: parseIamPolicy(JSON.stringify(trustPolicy), { kind: 'trust' }) };
  const assume = (sub: string, aud = 'sts.amazonaws.com', arn = provider) =>
    decideAccess({
      request: {
        action: 'sts:AssumeRoleWithWebIdentity',
        resource: roleArn,
        context: { 'token.actions.githubusercontent.com:aud': aud, 'token.actions.githubusercontent.com:sub': sub },
      },
      caller: { accountId: '123456789012', arns: [arn], kind: 'federated' },
      identityPolicies: [],
      resourcePolicy,
    }).verdict;

  test('holds the grant, and its trust policy means what it says', () => {
    expect(policy).toEqual(iamDialect.render(grant));
    expect(policyFindings(JSON.stringify(trustPolicy), { kind: 'trust' })).toEqual([]);
  });

  test('is taken by one branch of one repository', () => {
    expect(assume('repo:acme/backups:ref:refs/heads/main')).toBe('allowed');
    expect(assume('repo:acme/backups:ref:refs/heads/feature')).toBe('implicitly-denied');
    expect(assume('repo:acme/backups:pull_request')).toBe('implicitly-denied');
    expect(assume('repo:evil/backups:ref:refs/heads/main')).toBe('implicitly-denied');
    expect(assume('repo:acme/backups:ref:refs/heads/main', 'https://github.com/acme')).toBe('implicitly-denied');
    expect(assume('repo:acme/backups:ref:refs/heads/main', 'sts.amazonaws.com', `${provider}.example.com`)).toBe(
      'implicitly-denied',
    );
  });

  test.each([
    ['a wildcard for branches', { ...github, only: { ref: 'refs/heads/*' } }],
    ['a wildcard for repositories', { ...github, repository: 'acme/*' }],
    ['no organisation', { ...github, repository: 'backups' }],
    ['a variable', { ...github, only: { environment: '${aws:username}' } }],
  ])('is never opened by %s', (_name, trust) => {
    expect(() => renderTrust(trust)).toThrow(/is not one branch, tag or environment of one repository/);
  });
});

describe('S8: a role for principals', () => {
  test('names them, and an external id for somebody else’s account', () => {
    const trust = renderTrust({ kind: 'principals', principals: ['444455556666'], externalId: 'e-1' });
    expect(trust.Statement[0]).toMatchObject({
      Principal: { AWS: ['444455556666'] },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'e-1' } },
    });
  });

  test('everybody is nobody in particular', () => {
    expect(() => renderTrust({ kind: 'principals', principals: ['*'] })).toThrow(/in particular/);
    expect(() => renderTrust({ kind: 'principals', principals: [] })).toThrow(/in particular/);
  });

  test('a session policy is the grant, unless it is too long for STS', () => {
    expect(renderSessionPolicy(grant)).toEqual(iamDialect.render(grant));
    const long = grantOn({ ...awsLocation, prefix: `${'*'.repeat(500)}/` }, ['list', 'read']);
    expect(() => renderSessionPolicy(long)).toThrow(/STS takes 2048/);
  });
});

describe('S2: a bucket of another account', () => {
  const holder = 'arn:aws:iam::444455556666:user/sluice/sluice-prod-media-source-a';
  const shared = {
    ...grant,
    options: { tlsOnly: true, kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/k' },
  } as const;
  const bucketPolicy = renderBucketPolicy(shared, [holder]);
  const resourcePolicy = { name: 'bucket', policy: parseIamPolicy(JSON.stringify(bucketPolicy), { kind: 'resource' }) };
  const identityPolicies = [{ name: 'user', policy: parseIamPolicy(JSON.stringify(iamDialect.render(shared))) }];
  const read = (arn: string, { mine = true, secure = 'true', key = 'uploads/x' } = {}) =>
    decideAccess({
      request: {
        action: 's3:GetObject',
        resource: `arn:aws:s3:::media-prod/${key}`,
        context: { 'aws:resourceaccount': '123456789012', 'aws:securetransport': secure },
      },
      caller: { accountId: '444455556666', arns: [arn], kind: 'user' },
      resourceAccountId: '123456789012',
      identityPolicies: mine ? identityPolicies : [],
      resourcePolicy,
    }).verdict;

  test('both sides together allow the holder, and nobody else', () => {
    expect(read(holder)).toBe('allowed');
    expect(read(holder, { key: 'other/x' })).toBe('implicitly-denied');
    expect(read('arn:aws:iam::444455556666:user/eve')).toBe('implicitly-denied');
    expect(read(holder, { mine: false })).toBe('implicitly-denied');
  });

  test('plain HTTP is denied to everybody; the key has no place in a bucket’s policy', () => {
    expect(read(holder, { secure: 'false' })).toBe('explicitly-denied');
    expect(bucketPolicy.Statement.map(({ Sid: sid, Principal: principal }) => [sid, principal])).toEqual([
      ['List', { AWS: [holder] }],
      ['Objects', { AWS: [holder] }],
      ['TlsOnly', '*'],
    ]);
  });

  test('a bucket is never shared with everybody', () => {
    expect(() => renderBucketPolicy(grant, ['*'])).toThrow(/in particular/);
  });
});
