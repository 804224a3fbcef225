import {
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AccessTable } from '../../policies/access-table.ts';
import type { Report } from '../../proof/report.ts';
import { type Finished, startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(240_000);

const environmentSubject = 'repo:acme/media:environment:production';
/** So long that the grant no longer fits into a user's inline policy. */
const longPrefix = 'deep/'.repeat(180);

const migrations = (deployer: string): string => `
  sluice:migrations:
    - name: media
      operation: copy
      source:
        provider: aws
        bucket: media-prod
        prefix: uploads/
        credential: { identity: role, trust: { principals: ["${deployer}"] } }
      destination: { provider: r2, bucket: media, prefix: uploads/ }
    - name: archive
      operation: copy
      source:
        provider: aws
        bucket: media-prod
        prefix: archive/
        credential: { identity: github-oidc, trust: { githubSubjects: ["${environmentSubject}"] } }
      destination: { provider: aws, bucket: media-prod, prefix: "${longPrefix}" }
`;

describe('S8: a stack whose sides are roles, on the real Pulumi engine', () => {
  let sandbox: TestSandbox;
  let iam: IAMClient;
  let s3: S3Client;
  let deployer: string;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    const { endpoint, region, accessKeyId, secretAccessKey } = sandbox.status.aws;
    const connection = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
    iam = new IAMClient({ ...connection, region: 'us-east-1' });
    s3 = new S3Client({ ...connection, forcePathStyle: true });
    deployer = (await new STSClient(connection).send(new GetCallerIdentityCommand({}))).Arn ?? '';
    await sandbox.editStackFile((text) =>
      text
        .replace(/^ {2}sluice:migrations:\n(?: {4}.*\n)+/m, migrations(deployer).slice(1))
        .replace(/(aws: \{ accountId: '0+', region: eu-west-1) \}/, '$1, githubOidcProvider: create }'),
    );
  });
  afterAll(() => sandbox.dispose());

  test('is deployed with roles in place of users, and no key of theirs anywhere', async () => {
    await sandbox.must('up', '--no-post-deploy');
    const { Roles: roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/sluice/' }));
    expect(roles.map(({ RoleName }) => RoleName)).toEqual(['sluice-dev-archive-source', 'sluice-dev-media-source']);
    const { Users: users = [] } = await iam.send(new ListUsersCommand({ PathPrefix: '/sluice/' }));
    expect(users.map(({ UserName }) => UserName)).toEqual(['sluice-dev-archive-destination-a']);

    const credentials = await sandbox.credentials();
    expect(credentials.migrations['media']?.source).toBeUndefined();
    const role = deployer.replace(/:user\/.*/, ':role/sluice/sluice-dev');
    expect(credentials.roles).toMatchObject({
      'media/source': { identity: 'role', roleArn: `${role}-media-source` },
      'archive/source': { identity: 'github-oidc', roleArn: `${role}-archive-source`, bucket: 'media-prod' },
    });
  });

  test('S2: a user whose grant is too long for an inline policy holds it in managed ones', async () => {
    const { Policies: policies = [] } = await iam.send(new ListPoliciesCommand({ PathPrefix: '/sluice/' }));
    expect(policies).toMatchObject([{ PolicyName: 'sluice-dev-archive-destination-a-1', AttachmentCount: 1 }]);
  });

  test('the smoke test takes the roles, and shows that nobody else can', async () => {
    const { stdout } = await sandbox.must('smoke', '--json');
    const reports = JSON.parse(stdout) as Report[];
    const strangers = (subject: string): string[] =>
      reports
        .filter((report) => report.subject === subject)
        .flatMap(({ checks }) => checks)
        .filter(({ operation, outcome }) => operation.startsWith('AssumeRole') && outcome === 'passed')
        .map(({ id }) => id.slice(subject.length + 1));
    expect(strangers('media/source')).toEqual([
      'AssumeRole a session of the role itself',
      'AssumeRole the user of archive/destination',
    ]);
    expect(strangers('archive/source')).toEqual([
      'AssumeRole a session of the role itself',
      'AssumeRole the user of archive/destination',
      'AssumeRoleWithWebIdentity a job of another repository',
      'AssumeRoleWithWebIdentity a job of another branch',
    ]);
  });

  test('X2: what it must copy arrives', async () => {
    await s3.send(new PutObjectCommand({ Bucket: 'media-prod', Key: 'uploads/a', Body: 'a' }));
    await s3.send(new PutObjectCommand({ Bucket: 'media-prod', Key: 'archive/b', Body: 'b' }));
    const { stdout } = await sandbox.must('copy', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ summary: { objectsCopied: 1 } }, { summary: { objectsCopied: 1 } }]);
    const { Contents: arrived = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: 'media-prod', Prefix: longPrefix }),
    );
    expect(arrived.map(({ Key }) => Key)).toEqual([`${longPrefix}b`]);
  });

  test('X4: the access table says who may become each role', async () => {
    const { stdout } = await sandbox.must('access', '--json');
    const { credentials } = JSON.parse(stdout) as AccessTable;
    expect(credentials.find(({ access }) => access === 'media/source')?.role).toEqual({
      identity: 'role',
      principals: [deployer],
      githubSubjects: [],
    });
    const table = await sandbox.must('access');
    expect(table.stdout).toContain(`github-oidc for ${environmentSubject}`);
  });

  test('a role that trusts more than was deployed is found by the smoke test', async () => {
    const user = (await sandbox.credentials()).migrations['archive']?.destination?.current;
    expect(user).toBeDefined();
    const stranger = deployer.replace(/:user\/.*/, ':user/sluice/sluice-dev-archive-destination-a');
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: [deployer, stranger] }, Action: 'sts:AssumeRole' }],
    };
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: 'sluice-dev-media-source',
        PolicyDocument: JSON.stringify(trust),
      }),
    );
    const { exitCode, stdout } = await sandbox.sluice('smoke', 'media');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('too much: the user of archive/destination can become the role of media/source');
  });

  test('a deploying identity that the role does not trust is told what to change', async () => {
    const other = deployer.replace(/:user\/.*/, ':user/sluice/sluice-dev-archive-destination-a');
    await sandbox.editStackFile((text) => text.replace(deployer, other));
    await sandbox.must('up', '--no-post-deploy');
    const refused: Finished = await sandbox.sluice('copy', 'media');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(/media\/source: its role is not for .*trust\.principals/s);
  });

  test('destroy leaves no role, policy, user or provider', async () => {
    await sandbox.must('destroy');
    expect((await iam.send(new ListRolesCommand({ PathPrefix: '/sluice/' }))).Roles).toEqual([]);
    expect((await iam.send(new ListUsersCommand({ PathPrefix: '/sluice/' }))).Users).toEqual([]);
    expect((await iam.send(new ListPoliciesCommand({ PathPrefix: '/sluice/' }))).Policies).toEqual([]);
    expect((await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList).toEqual([]);
  });
});
