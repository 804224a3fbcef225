import { parseConfiguration } from '../../../policies/configuration.ts';
import { type Mistakes, testMistakes } from '../fixtures/mistakes.ts';
import { changed, productionValues } from '../fixtures/values.ts';

const credential = 'migrations[0].source.credential';
const deployer = 'arn:aws:iam::123456789012:role/ci/deploy';
const job = 'repo:acme/media:environment:production';

const role = { identity: 'role', trust: { principals: [deployer] } };
const github = { identity: 'github-oidc', trust: { githubSubjects: [job] } };

const mistakes: Mistakes = {
  refused: [
    [
      credential,
      { current: { issuedOn: '2026-11-22' }, trust: { principals: [deployer] } },
      'says who may become a role, and there is none: add identity: role, or remove it',
      `${credential}.trust`,
    ],
    [
      credential,
      { ...role, current: { generation: 2, issuedOn: '2026-11-22' } },
      'has no place beside identity: role: remove it: a role has no keys to rotate, and its sessions end by themselves',
      `${credential}.current`,
    ],
    [
      credential,
      { ...github, ttlDays: 30 },
      'has no place beside identity: github-oidc: remove it: a role has no keys to rotate, and its sessions end by themselves',
      `${credential}.ttlDays`,
    ],
    [
      credential,
      { identity: 'role' },
      'names nobody who may become the role: write trust: { principals: ["arn:aws:iam::123456789012:role/deploy"] }',
      `${credential}.trust`,
    ],
    [
      credential,
      { identity: 'github-oidc', trust: {} },
      'names nobody who may become the role: write trust: { githubSubjects: ["repo:acme/media:environment:production"] }',
      `${credential}.trust`,
    ],
    [
      credential,
      { ...github, trust: { principals: [deployer], githubSubjects: [job] } },
      'has no place beside identity: github-oidc, which only jobs of GitHub Actions take: remove it, or write identity: role',
      `${credential}.trust.principals`,
    ],
    [
      credential,
      { ...role, trust: { principals: ['*'] } },
      '"*" is a whole account, or everybody: write one user or role, such as arn:aws:iam::123456789012:role/deploy, without wildcards',
      `${credential}.trust.principals[0]`,
    ],
    [
      credential,
      { ...role, trust: { principals: ['arn:aws:iam::123456789012:root'] } },
      '"arn:aws:iam::123456789012:root" is a whole account, or everybody: write one user or role, such as arn:aws:iam::123456789012:role/deploy, without wildcards',
      `${credential}.trust.principals[0]`,
    ],
    [
      credential,
      { ...role, trust: { principals: ['arn:aws:iam::123456789012:role/*'] } },
      '"arn:aws:iam::123456789012:role/*" is not the ARN of an IAM user or role: write one user or role, such as arn:aws:iam::123456789012:role/deploy, without wildcards',
      `${credential}.trust.principals[0]`,
    ],
    [
      credential,
      { ...role, trust: { principals: ['arn:aws-cn:iam::123456789012:role/deploy'] } },
      '"arn:aws-cn:iam::123456789012:role/deploy" is not in partition aws: name a user or role whose ARN begins with arn:aws:',
      `${credential}.trust.principals[0]`,
    ],
    [
      credential,
      { ...role, trust: { principals: [deployer, deployer] } },
      `"${deployer}" stands there twice: remove one`,
      `${credential}.trust.principals[1]`,
    ],
    [
      credential,
      { ...github, trust: { githubSubjects: ['repo:acme/media:*'] } },
      '"repo:acme/media:*" is not one branch, tag or environment of one repository: write repo:OWNER/REPOSITORY:environment:NAME, or ..:ref:refs/heads/BRANCH, without wildcards',
      `${credential}.trust.githubSubjects[0]`,
    ],
    [
      credential,
      { ...github, trust: { githubSubjects: ['repo:acme/media:pull_request'] } },
      '"repo:acme/media:pull_request" is not one branch, tag or environment of one repository: write repo:OWNER/REPOSITORY:environment:NAME, or ..:ref:refs/heads/BRANCH, without wildcards',
      `${credential}.trust.githubSubjects[0]`,
    ],
    [
      'migrations[0].destination.credential.identity',
      'role',
      'has no place here: remove it; only a location on aws can have a role',
    ],
    [
      'domains[0].serviceTokens[0].credential.trust',
      { principals: [deployer] },
      'has no place here: remove it; only a location on aws can have a role',
    ],
    ['providers.aws.githubOidcProvider', 'make', '"make" is unknown: write one of existing, create'],
  ],
  notYetSupported: [],
};

describe('S8: a mistake about a role names the path, the value and the fix', () => {
  testMistakes('production', mistakes);
});

describe('S8: a side with a role', () => {
  const sourceWith = (value: unknown) =>
    parseConfiguration('prod', changed(productionValues(), credential, value), { today: '2026-11-22' }).migrations[0]
      ?.source;
  const account = { accountId: '123456789012', partition: 'aws' };

  test('has no generations, and says who may become it', () => {
    const source = sourceWith(role);
    expect(source?.credential).toBeUndefined();
    expect(source?.role).toEqual({
      identity: 'role',
      trust: { principals: [deployer], githubSubjects: [] },
      ...account,
    });
  });

  test('can be for jobs of GitHub alone, by either word', () => {
    const trust = { principals: [], githubSubjects: [job] };
    expect(sourceWith(github)?.role).toEqual({ identity: 'github-oidc', trust, ...account });
    expect(sourceWith({ ...github, identity: 'role' })?.role).toEqual({ identity: 'role', trust, ...account });
  });

  test('is refused where its trust policy is longer than IAM takes', () => {
    const principals = Array.from({ length: 60 }, (_, index) => `${deployer}-${index}`);
    expect(() => sourceWith({ identity: 'role', trust: { principals } })).toThrow(/trust policy of \d+ characters/);
  });
});
