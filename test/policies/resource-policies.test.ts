import type { StorageRequest } from '../../policies/storage-request.ts';
import { decideEveryAccess } from '../../policies/evaluator/decide-access.ts';
import { parseIamPolicy } from '../../policies/evaluator/iam-policy.ts';
import { iamRequestsOf } from '../../policies/evaluator/iam-requests.ts';
import { policyFindings } from '../../policies/evaluator/policy-findings.ts';
import { iamDialect } from '../../policies/dialects/iam.ts';
import { grantsOf } from '../../policies/migration-grants.ts';
import { resourcePoliciesOf } from '../../policies/resource-policies.ts';
import { otherAccount, ownAccount, s3Stack, serverSide, sourceKey } from './fixtures/s3-stack.ts';

const foreignSource = { 'migrations[0].source.accountId': otherAccount };
const foreignKey = sourceKey.replace(ownAccount, otherAccount);
const users = ['a', 'b'].map((slot) => `arn:aws:iam::${ownAccount}:user/sluice/sluice-prod-media-source-${slot}`);

describe('S1, S2: the policies that a stack needs in other accounts', () => {
  test('none where everything is in its own', () => {
    expect(resourcePoliciesOf(s3Stack())).toEqual([]);
    expect(resourcePoliciesOf(s3Stack({ 'migrations[0].source.kmsKeyArn': sourceKey }))).toEqual([]);
  });

  test('a source in another account: what the credential may do, for its two users and nobody else', () => {
    expect(resourcePoliciesOf(s3Stack(foreignSource))).toEqual([
      {
        resource: 'arn:aws:s3:::media-prod',
        accountId: otherAccount,
        policy: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'mediaXsourceList',
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${ownAccount}:root` },
              Action: ['s3:ListBucket'],
              Resource: 'arn:aws:s3:::media-prod',
              Condition: {
                StringLike: { 's3:prefix': ['uploads/*'] },
                ArnEquals: { 'aws:PrincipalArn': users },
              },
            },
            {
              Sid: 'mediaXsourceObjects',
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${ownAccount}:root` },
              Action: ['s3:GetObject'],
              Resource: 'arn:aws:s3:::media-prod/uploads/*',
              Condition: { ArnEquals: { 'aws:PrincipalArn': users } },
            },
          ],
        },
      },
    ]);
  });

  test('a key in another account is let in by its own policy', () => {
    const [policy] = resourcePoliciesOf(s3Stack({ 'migrations[0].source.kmsKeyArn': foreignKey }));
    expect(policy).toMatchObject({ resource: foreignKey, accountId: otherAccount });
    expect(policy?.policy.Statement).toMatchObject([
      { Sid: 'mediaXsourceKey', Action: ['kms:Decrypt'], Resource: '*' },
    ]);
  });

  test('a server-side copy asks for the destination’s principal on both sides', () => {
    const policies = resourcePoliciesOf(s3Stack({ ...serverSide, ...foreignSource }));
    expect(policies.map(({ resource }) => resource)).toEqual(['arn:aws:s3:::media-prod']);
    expect(JSON.stringify(policies)).toContain('user/sluice/sluice-prod-media-destination-a');
    expect(JSON.stringify(policies)).not.toContain('media-source');
  });

  test('S8: a role is let in in place of the users, whoever takes it', () => {
    const trust = { principals: [`arn:aws:iam::${ownAccount}:role/deploy`] };
    const policies = resourcePoliciesOf(
      s3Stack({ ...foreignSource, 'migrations[0].source.credential': { identity: 'role', trust } }),
    );
    expect(policies[0]?.policy.Statement.map(({ Condition: { ArnEquals: named } }) => named)).toEqual(
      Array.from({ length: 2 }, () => ({
        'aws:PrincipalArn': [`arn:aws:iam::${ownAccount}:role/sluice/sluice-prod-media-source`],
      })),
    );
  });

  test('credentials that share a bucket share its policy, each statement with a name of its own', () => {
    const written = {
      name: 'media',
      operation: 'copy',
      source: { provider: 'aws', bucket: 'media-prod', prefix: 'uploads/', accountId: otherAccount },
      destination: { provider: 'file', path: './a' },
    };
    const credential = { current: { issuedOn: '2026-11-22' } };
    const configuration = s3Stack({
      migrations: ['media', 'media-1', 'media1'].map((name, index) => ({
        ...written,
        name,
        source: { ...written.source, prefix: `${index}/`, credential },
      })),
    });
    const [policy, ...others] = resourcePoliciesOf(configuration);
    expect(others).toEqual([]);
    const ids = policy?.policy.Statement.map(({ Sid: sid }) => sid) ?? [];
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
    expect(ids.every((sid) => /^[A-Za-z0-9]+$/.test(sid))).toBe(true);
  });
});

describe('S1: across accounts, both policies must allow', () => {
  const configuration = s3Stack(foreignSource);
  const [grant] = grantsOf(configuration);
  const [policy] = resourcePoliciesOf(configuration);
  if (!grant || !policy) throw new Error('the source has a grant and a policy');
  const own = { name: 'sluice', policy: parseIamPolicy(JSON.stringify(iamDialect.render(grant))) };
  const theirs = {
    name: 'bucket policy',
    policy: parseIamPolicy(JSON.stringify(policy.policy), { kind: 'resource' }),
  };
  const [user = ''] = users;

  const verdict = (
    request: Partial<StorageRequest>,
    { as = user, withBucketPolicy = true }: { as?: string; withBucketPolicy?: boolean } = {},
  ) =>
    decideEveryAccess(
      iamRequestsOf(
        { operation: 'GetObject', bucket: 'media-prod', key: 'uploads/x', secure: true, ...request },
        { partition: 'aws', accountId: otherAccount, principalArn: as, userName: 'u' },
      ),
      {
        caller: { accountId: ownAccount, arns: [as], kind: 'user' },
        resourceAccountId: otherAccount,
        identityPolicies: [own],
        ...(withBucketPolicy && { resourcePolicy: theirs }),
      },
    ).verdict;

  test('the credential’s user reads and lists under the prefix, in both slots', () => {
    expect(verdict({})).toBe('allowed');
    expect(verdict({}, { as: users[1] ?? '' })).toBe('allowed');
    expect(verdict({ operation: 'ListObjectsV2', prefix: 'uploads/' })).toBe('allowed');
  });

  test.each([
    ['without the bucket policy', {}, { withBucketPolicy: false }],
    ['another user of the same account', {}, { as: `arn:aws:iam::${ownAccount}:user/else` }],
    ['outside the prefix', { key: 'private/x' }, {}],
    ['a write', { operation: 'PutObject' as const }, {}],
    ['a listing of everything', { operation: 'ListObjectsV2' as const }, {}],
  ])('nothing else: %s', (_name, request, as) => {
    expect(verdict(request, as)).not.toBe('allowed');
  });

  test('no statement has an element that S3 or the evaluator does not know', () => {
    const text = JSON.stringify(policy.policy, (key, value: unknown) => (key === 'Principal' ? undefined : value));
    expect(policyFindings(text)).toEqual([]);
  });
});
