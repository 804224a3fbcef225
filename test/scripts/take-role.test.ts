import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { parseConfiguration } from '../../policies/configuration.ts';
import { renderTrust } from '../../policies/dialects/iam-trust.ts';
import { iamDialect } from '../../policies/dialects/iam.ts';
import { sideGrant } from '../../policies/migration-grants.ts';
import type { RunningSandbox } from '../../sandbox/sandbox.ts';
import { checkLiveAccounts } from '../../scripts/live-accounts.ts';
import { type DeployedRole, takeRole } from '../../scripts/role-session.ts';
import type { Stack } from '../../scripts/stack.ts';
import { startPrivateSandbox } from '../support/private-sandbox.ts';

const job = 'repo:acme/media:environment:production';

let running: RunningSandbox;
let iam: IAM;
let deployer: string;

beforeAll(async () => {
  running = await startPrivateSandbox();
  const { endpoint, region, accessKeyId, secretAccessKey } = running.status.aws;
  const credentials = { accessKeyId, secretAccessKey };
  iam = new IAM({ endpoint, region: 'us-east-1', credentials });
  deployer = (await iam.getUser({})).User?.Arn ?? '';
  const s3 = new S3({ endpoint, region, credentials, forcePathStyle: true });
  await s3.createBucket({ Bucket: 'media-prod' });
  for (const Key of ['uploads/a', 'private/a']) await s3.putObject({ Bucket: 'media-prod', Key, Body: 'content' });
});
afterAll(() => running.stop());

/** A stack with one side that `trust` may take. */
function stackWith(trust: object): Stack {
  const { aws } = running.status;
  const url = aws.endpoint;
  const configuration = parseConfiguration('dev', {
    environment: 'sandbox',
    providers: { aws: { accountId: aws.accountId, region: aws.region } },
    endpoints: { aws: { s3: url, iam: url, sts: url } },
    migrations: [
      {
        name: 'media',
        operation: 'copy',
        source: { provider: 'aws', bucket: 'media-prod', prefix: 'uploads/', credential: { identity: 'role', trust } },
        destination: { provider: 'file', path: './copies' },
      },
    ],
  });
  const nowhere = { projectDirectory: '/nowhere', stackFile: '/nowhere/Pulumi.dev.yaml' };
  return { name: 'dev', configuration, sandbox: running.status, ...nowhere };
}

/** Its role, made as the component makes it, with one more policy that somebody attached by hand. */
async function deployed({ configuration }: Stack, RoleName: string): Promise<DeployedRole> {
  const [migration] = configuration.migrations;
  const grant = migration && sideGrant(migration, 'source');
  const identity = migration?.source.role;
  if (grant === undefined || identity === undefined) throw new Error('the source has a role');
  const AssumeRolePolicyDocument = JSON.stringify(renderTrust(identity));
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument });
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
  for (const [PolicyName, document] of Object.entries({ sluice: iamDialect.render(grant), byHand: everything })) {
    await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) });
  }
  return { grant, identity, roleArn: Role?.Arn ?? '' };
}

async function reads(stack: Stack, role: DeployedRole, Key: string): Promise<string | undefined> {
  const { endpoint, region } = running.status.aws;
  const credentials = await takeRole(stack, role);
  const s3 = new S3({ endpoint, region, credentials, forcePathStyle: true });
  const answer = await s3.getObject({ Bucket: 'media-prod', Key });
  return answer.Body?.transformToString();
}

describe('S8: a session of a role', () => {
  test('is taken by the deploying identity, and can do no more than the grant whatever the role can', async () => {
    const stack = stackWith({ principals: [deployer] });
    const role = await deployed(stack, 'by-deployer');
    expect(await reads(stack, role, 'uploads/a')).toBe('content');
    await expect(reads(stack, role, 'private/a')).rejects.toThrow(/no session policy allows|not authorized/);
  });

  test('is refused to a deploying identity that the role does not name, without asking STS', async () => {
    const other = deployer.replace(/[^/]+$/, 'somebody');
    await iam.createUser({ UserName: 'somebody' });
    const stack = stackWith({ principals: [other] });
    const role = await deployed(stack, 'for-somebody');
    await expect(takeRole(stack, role)).rejects.toThrow(/media\/source: its role is not for .*trust\.principals/s);
  });

  test('needs the provider of GitHub’s tokens, which up looks for first', async () => {
    const stack = stackWith({ githubSubjects: [job] });
    await expect(checkLiveAccounts(stack)).rejects.toThrow(/no OpenID Connect provider.*githubOidcProvider: create/s);
    const Url = 'https://token.actions.githubusercontent.com';
    const made = await iam.createOpenIDConnectProvider({ Url, ClientIDList: ['another'] });
    await expect(checkLiveAccounts(stack)).rejects.toThrow(/takes no tokens .* made for sts\.amazonaws\.com/);
    const OpenIDConnectProviderArn = made.OpenIDConnectProviderArn;
    await iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID: 'sts.amazonaws.com' });
    await expect(checkLiveAccounts(stack)).resolves.toBeUndefined();
  });

  test('is taken by a job of GitHub, alone or where the deploying identity is not trusted', async () => {
    const alone = stackWith({ githubSubjects: [job] });
    expect(await reads(alone, await deployed(alone, 'by-job'), 'uploads/a')).toBe('content');
    const beside = stackWith({ principals: [deployer.replace(/[^/]+$/, 'somebody')], githubSubjects: [job] });
    expect(await reads(beside, await deployed(beside, 'by-job-too'), 'uploads/a')).toBe('content');
  });
});
