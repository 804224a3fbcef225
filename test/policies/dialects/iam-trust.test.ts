import { decideAccess } from '../../../policies/evaluator/decide-access.ts';
import { parseIamPolicy } from '../../../policies/evaluator/iam-policy.ts';
import { policyFindings } from '../../../policies/evaluator/policy-findings.ts';
import { iamDialect } from '../../../policies/dialects/iam.ts';
import { githubProviderArn, renderSessionPolicy, renderTrust } from '../../../policies/dialects/iam-trust.ts';
import type { RoleIdentity } from '../../../policies/role-trust.ts';
import { awsLocation, grantOn } from '../fixtures/grants.ts';

const grant = grantOn(awsLocation, ['list', 'read']);
const account = { accountId: '123456789012', partition: 'aws' } as const;
const roleArn = 'arn:aws:iam::123456789012:role/sluice/sluice-prod-media-source';
const deployer = 'arn:aws:iam::123456789012:role/ci/deploy';
const provider = githubProviderArn(account);
const main = 'repo:acme/backups:ref:refs/heads/main';
const production = 'repo:acme@1234/backups@5678:environment:production';

const role = (principals: readonly string[], githubSubjects: readonly string[]): RoleIdentity => ({
  identity: 'role',
  trust: { principals, githubSubjects },
  ...account,
});

function decide(
  trusting: RoleIdentity,
  action: string,
  caller: { arn: string; accountId?: string; federated?: boolean },
  context: Record<string, string> = {},
): string {
  const policy = parseIamPolicy(JSON.stringify(renderTrust(trusting)), { kind: 'trust' });
  const { arn, accountId = account.accountId, federated = false } = caller;
  return decideAccess({
    request: { action, resource: roleArn, context },
    caller: { accountId, arns: [arn], kind: federated ? 'federated' : 'assumed-role' },
    identityPolicies: [],
    resourcePolicy: { name: 'trust', policy },
    resourceAccountId: account.accountId,
  }).verdict;
}

describe('S8: a role for GitHub Actions', () => {
  const github = role([], [main, production]);
  const take = (sub: string, aud = 'sts.amazonaws.com', arn = provider) =>
    decide(
      github,
      'sts:AssumeRoleWithWebIdentity',
      { arn, federated: true },
      { 'token.actions.githubusercontent.com:aud': aud, 'token.actions.githubusercontent.com:sub': sub },
    );

  test('has a trust policy that means what it says', () => {
    expect(policyFindings(JSON.stringify(renderTrust(github)), { kind: 'trust' })).toEqual([]);
  });

  test('is taken by the jobs that it names', () => {
    expect([take(main), take(production)]).toEqual(['allowed', 'allowed']);
  });

  test.each([
    ['another branch', take('repo:acme/backups:ref:refs/heads/feature')],
    ['a pull request', take('repo:acme/backups:pull_request')],
    ['another repository', take('repo:evil/backups:ref:refs/heads/main')],
    ['a repository that took over the name', take('repo:acme@1234/backups@9999:environment:production')],
    ['a token for another audience', take(main, 'https://github.com/acme')],
    ['a token of another issuer', take(main, 'sts.amazonaws.com', `${provider}.example.com`)],
    ['a principal of the account', decide(github, 'sts:AssumeRole', { arn: deployer })],
  ])('is not taken by %s', (_name, verdict) => {
    expect(verdict).toBe('implicitly-denied');
  });

  test.each([
    ['a wildcard for branches', 'repo:acme/backups:ref:refs/heads/*'],
    ['a wildcard for repositories', 'repo:acme/*:ref:refs/heads/main'],
    ['no organisation', 'repo:backups:ref:refs/heads/main'],
    ['a variable', 'repo:acme/backups:environment:${aws:username}'],
    ['whoever opens a pull request', 'repo:acme/backups:pull_request'],
  ])('is never opened by %s', (_name, subject) => {
    expect(() => renderTrust(role([], [subject]))).toThrow(/lets no other principals and subjects through/);
  });
});

describe('S8: a role for principals', () => {
  test('is taken by those that it names, and by nobody else', () => {
    const verdict = (arn: string) => decide(role([deployer], []), 'sts:AssumeRole', { arn });
    expect(verdict(deployer)).toBe('allowed');
    expect(verdict('arn:aws:iam::123456789012:user/eve')).toBe('implicitly-denied');
  });

  test('can be for GitHub too, each by its own statement', () => {
    const both = role([deployer], [main]);
    expect(renderTrust(both).Statement.map(({ Sid: sid }) => sid)).toEqual(['Principals', 'GitHub']);
    expect(decide(both, 'sts:AssumeRole', { arn: deployer })).toBe('allowed');
    expect(decide(both, 'sts:AssumeRole', { arn: provider, federated: true })).toBe('implicitly-denied');
  });

  test.each([[[]], [['*']], [['arn:aws:iam::123456789012:root']], [['123456789012']]])(
    '%j is nobody in particular',
    (principals) => {
      expect(() => renderTrust(role(principals, []))).toThrow();
    },
  );
});

test('S8: a session policy is the grant; where STS cannot take it, the role’s own policy is', () => {
  expect(renderSessionPolicy(grant)).toEqual(iamDialect.render(grant));
  const long = grantOn({ ...awsLocation, prefix: `${'*'.repeat(500)}/` }, ['list', 'read']);
  expect(renderSessionPolicy(long)).toBeUndefined();
});
