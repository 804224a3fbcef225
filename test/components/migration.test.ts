import { parseConfiguration } from '../../policies/configuration.ts';
import type { SideCredentials } from '../../policies/stack-outputs.ts';
import { s3Stack, serverSide } from '../policies/fixtures/s3-stack.ts';
import { inputsOf, type Recorded, recordResources } from './recorder.ts';

const account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

describe('a migration from S3 to R2 in the middle of a rotation', () => {
  let recorded: readonly Recorded[];

  beforeAll(async () => {
    const { Migration } = await import('../../components/migration.ts');
    const configuration = parseConfiguration('prod', {
      environment: 'prod',
      providers: { aws: { accountId: '123456789012', region: 'eu-west-1' }, r2: { accountId: account } },
      migrations: [
        {
          name: 'media',
          operation: 'copy',
          source: {
            provider: 'aws',
            bucket: 'media-prod',
            prefix: 'uploads/',
            credential: { current: { generation: 1, issuedOn: '2026-11-22' } },
          },
          destination: {
            provider: 'r2',
            bucket: 'media',
            prefix: 'uploads/',
            jurisdiction: 'eu',
            credential: {
              current: { generation: 2, issuedOn: '2026-11-22' },
              previous: { generation: 1, issuedOn: '2026-09-01' },
            },
          },
        },
      ],
    });
    const [migration] = configuration.migrations;
    if (migration === undefined) throw new Error('there is one migration');
    recorded = await recordResources(() => Promise.resolve(new Migration('media', { migration })));
  });

  test('S4, O3: the source gets an IAM user of its own below /sluice/, with the policy inline', () => {
    expect(inputsOf(recorded, 'aws:iam/user:User')).toMatchObject([
      { name: 'sluice-prod-media-source-a', path: '/sluice/' },
    ]);
    expect(inputsOf(recorded, 'aws:iam/accessKey:AccessKey')).toHaveLength(1);
  });

  test('S1: its policy is known text before anything is deployed', () => {
    const [policy] = inputsOf(recorded, 'aws:iam/userPolicy:UserPolicy');
    const document = JSON.parse(String(policy?.['policy'])) as { Statement: { Action: string[]; Resource: string }[] };
    expect(document.Statement.map(({ Action, Resource }) => ({ Action, Resource }))).toEqual([
      { Action: ['s3:ListBucket'], Resource: 'arn:aws:s3:::media-prod' },
      { Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::media-prod/uploads/*' },
    ]);
  });

  test('R1, R3: the destination gets a token per slot, bound to its bucket in its jurisdiction, each with its own expiry', () => {
    const tokens = inputsOf(recorded, 'cloudflare:index/accountToken:AccountToken');
    expect(tokens).toMatchObject([
      { name: 'sluice-prod-media-destination-a', expiresOn: '2026-11-30T00:00:00Z' },
      { name: 'sluice-prod-media-destination-b', expiresOn: '2027-02-20T00:00:00Z' },
    ]);
    for (const { policies } of tokens) {
      const [policy] = policies as { resources: string }[];
      expect(JSON.parse(policy?.resources ?? '')).toEqual({
        [`com.cloudflare.edge.r2.bucket.${account}_eu_media`]: '*',
      });
    }
  });
});

describe('S2: a server-side copy from bucket to bucket on S3', () => {
  test('makes one user, whose policy reads the source, and hands out its key for both sides', async () => {
    const { Migration } = await import('../../components/migration.ts');
    const pulumi = await import('@pulumi/pulumi');
    const [migration] = s3Stack(serverSide).migrations;
    if (migration === undefined) throw new Error('there is one migration');
    const issued: SideCredentials[] = [];
    const recorded = await recordResources(async () => {
      const { credentials } = new Migration('media', { migration });
      const both = pulumi.all([credentials.source, credentials.destination]);
      await new Promise<void>((resolve) => {
        both.apply((sides) => {
          issued.push(...(sides.filter((side) => side !== undefined) as SideCredentials[]));
          resolve();
        });
      });
    });
    expect(inputsOf(recorded, 'aws:iam/user:User')).toMatchObject([{ name: 'sluice-prod-media-destination-a' }]);
    const [policy] = inputsOf(recorded, 'aws:iam/userPolicy:UserPolicy');
    expect(policy?.['policy']).toContain('SourceObjects');
    expect(issued.map(({ current }) => [current.bucket, current.prefix])).toEqual([
      ['media-prod', 'uploads/'],
      ['archive', 'media/'],
    ]);
    const [source, destination] = issued.map(({ current }) => 'accessKeyId' in current && current.accessKeyId);
    expect(source).toBe(destination);
  });
});
