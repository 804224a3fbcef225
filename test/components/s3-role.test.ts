import { parseConfiguration } from '../../policies/configuration.ts';
import { inputsOf, type Recorded, recordResources } from './recorder.ts';

const deployer = 'arn:aws:iam::123456789012:role/deploy';
/** As long as S3 lets a key be. */
const longPrefix = 'deep/'.repeat(190);

async function record(source: object): Promise<readonly Recorded[]> {
  const { Migration } = await import('../../components/migration.ts');
  const { migrations } = parseConfiguration('prod', {
    environment: 'prod',
    providers: { aws: { accountId: '123456789012', region: 'eu-west-1' } },
    migrations: [
      {
        name: 'media',
        operation: 'copy',
        source: { provider: 'aws', bucket: 'media-prod', prefix: 'uploads/', ...source },
        destination: {
          provider: 'aws',
          bucket: 'media-copy',
          prefix: longPrefix,
          credential: { current: { generation: 1, issuedOn: '2026-11-22' } },
        },
      },
    ],
  });
  const [migration] = migrations;
  if (migration === undefined) throw new Error('there is one migration');
  return recordResources(() => Promise.resolve(new Migration('media', { migration })));
}

describe('S8: a side with a role', () => {
  let recorded: readonly Recorded[];
  beforeAll(async () => {
    recorded = await record({ credential: { identity: 'role', trust: { principals: [deployer] } } });
  });

  test('gets a role below /sluice/ that trusts whom the configuration names, and no user or key', () => {
    const [role] = inputsOf(recorded, 'aws:iam/role:Role');
    expect(role).toMatchObject({ name: 'sluice-prod-media-source', path: '/sluice/', forceDetachPolicies: true });
    expect(JSON.parse(String(role?.['assumeRolePolicy']))).toMatchObject({
      Statement: [{ Principal: { AWS: [deployer] }, Action: 'sts:AssumeRole' }],
    });
    expect(inputsOf(recorded, 'aws:iam/user:User')).toMatchObject([{ name: 'sluice-prod-media-destination-a' }]);
  });

  test('S1: holds the grant inline, known before anything is deployed', () => {
    const [policy] = inputsOf(recorded, 'aws:iam/rolePolicy:RolePolicy');
    const document = JSON.parse(String(policy?.['policy'])) as { Statement: { Action: string[] }[] };
    expect(document.Statement.map(({ Action }) => Action)).toEqual([['s3:ListBucket'], ['s3:GetObject']]);
  });

  test('S2: what is too long for a user inline becomes managed policies, which its key waits for', () => {
    expect(inputsOf(recorded, 'aws:iam/userPolicy:UserPolicy')).toEqual([]);
    expect(inputsOf(recorded, 'aws:iam/policy:Policy')).toMatchObject([
      { name: 'sluice-prod-media-destination-a-1', path: '/sluice/' },
    ]);
    expect(inputsOf(recorded, 'aws:iam/userPolicyAttachment:UserPolicyAttachment')).toHaveLength(1);
  });
});
