import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPulumiCli, userCacheDirectory } from '../../toolchain/pulumi-cli.ts';
import { sandboxPulumiEnvironment } from '../../toolchain/pulumi-environment.ts';
import { askPulumi, type PulumiWorkspace, runPulumi } from '../../toolchain/run-pulumi.ts';
import { stackExportSchema } from '../../toolchain/stack.ts';
import { checkout, startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(240_000);

const guardrails = join(checkout, 'policies', 'guardrails');
/** What Pulumi ends with, whatever the reason. */
const failed = 1;

let sandbox: TestSandbox;
beforeAll(async () => {
  sandbox = await startTestSandbox();
});
afterAll(() => sandbox.dispose());

describe("S4, R4, A1: any Pulumi program's resources are held to the guardrails by the real engine", () => {
  let workspace: PulumiWorkspace;
  let directory: string;

  beforeAll(async () => {
    directory = join(sandbox.directory, 'other-program');
    await mkdir(directory);
    workspace = await workspaceIn(directory);
    await askPulumi(workspace, 'stack', 'init', 'dev', '--secrets-provider', 'passphrase');
  });

  async function run(program: string, ...words: string[]): Promise<{ exitCode: number; said: string }> {
    await writeFile(
      join(directory, 'index.js'),
      `import * as aws from '@pulumi/aws';\nimport * as cloudflare from '@pulumi/cloudflare';\nimport * as pulumi from '@pulumi/pulumi';\n${program}`,
    );
    const { exitCode, stdout, stderr } = await runPulumi({
      ...workspace,
      arguments: [...words, '--stack', 'dev', '--non-interactive', '--color', 'never', '--policy-pack', guardrails],
    });
    return { exitCode, said: `${stdout}${stderr}` };
  }

  async function deployedTypes(): Promise<string[]> {
    const { deployment } = stackExportSchema.parse(
      JSON.parse(await askPulumi(workspace, 'stack', 'export', '--stack', 'dev')),
    );
    return (deployment.resources ?? []).map(({ type }) => type).filter((type) => !type.startsWith('pulumi:'));
  }

  const account = '00000000000000000000000000000001';
  const bad = `
    const user = new aws.iam.User('operator', { name: 'operator' });
    new aws.iam.UserPolicy('operator', {
      user: 'operator',
      policy: JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } }),
    }, { dependsOn: [user] });
    new cloudflare.AccountToken('everything', {
      accountId: '${account}',
      name: 'everything',
      policies: [{
        effect: 'allow',
        permissionGroups: [{ id: 'bf7481a1826f439697cb59a20b22293e' }],
        resources: JSON.stringify({ 'com.cloudflare.api.account.${account}': '*' }),
      }],
    }, { dependsOn: [user] });
    new cloudflare.R2CustomDomain('open', {
      accountId: '${account}', bucketName: 'media', domain: 'open.example.test',
      zoneId: '0000000000000000000000000000000a', enabled: true,
    }, { dependsOn: [user] });
  `;

  test('R3, R4, A1: the preview of a bad stack fails, names every finding, and creates nothing', async () => {
    const { exitCode, said } = await run(bad, 'preview');
    expect({ exitCode, said }).toMatchObject({ exitCode: failed });
    for (const finding of [
      /wildcard-access.*\(aws:iam:UserPolicy: operator\)\s+policy, statement 1 allows s3:\*: actions by wildcard/,
      /permission-management.*\(aws:iam:UserPolicy: operator\)/,
      /r2-admin-permissions.*\(cloudflare:index:AccountToken: everything\)\s+policies\[0\] holds Workers R2 Storage Write/,
      /r2-named-buckets.*\(cloudflare:index:AccountToken: everything\)/,
      /token-expiry.*\(cloudflare:index:AccountToken: everything\)\s+the token never expires/,
      /domain-behind-access.*\(cloudflare:index:R2CustomDomain: open\)\s+open\.example\.test would be public/,
    ]) {
      expect(said).toMatch(finding);
    }
    expect(await deployedTypes()).toEqual([]);
  });

  test('without a preview too, nothing that is refused is made', async () => {
    const { exitCode } = await run(bad, 'up', '--yes', '--skip-preview');
    expect(exitCode).toBe(failed);
    const made = await deployedTypes();
    expect(made.filter((type) => type !== 'aws:iam/user:User')).toEqual([]);
  });

  test('S4: what only the whole stack shows fails the preview too', async () => {
    const { exitCode, said } = await run(`new aws.s3.Bucket('open', { bucket: 'open-bucket' });`, 'preview');
    expect({ exitCode, said }).toMatchObject({ exitCode: failed });
    expect(said).toMatch(/public-access-block.*\(aws:s3:Bucket: open\)\s+bucket open has no public access block/);
  });

  test('a policy that is not known yet passes the preview, is said to be unknown, and is refused by the deployment', async () => {
    const later = `
      const user = new aws.iam.User('later', { name: 'later' });
      new aws.iam.UserPolicy('later', {
        user: user.name,
        policy: user.arn.apply((arn) => JSON.stringify({
          Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: arn },
        })),
      });
    `;
    const preview = await run(later, 'preview');
    expect(preview).toMatchObject({ exitCode: 0, said: expect.stringMatching(/not known yet: policy/) as string });
    const up = await run(later, 'up', '--yes', '--skip-preview');
    expect(up).toMatchObject({ exitCode: failed });
    expect(await deployedTypes()).not.toContain('aws:iam/userPolicy:UserPolicy');
  });
});

describe('sluice preview and sluice up keep every stack to the guardrails', () => {
  const settings = () => join(sandbox.directory, 'stacks', 'guardrails.dev.json');

  test('R3: a limit that the stack sets refuses its tokens: exit code 2, one clear line, nothing made', async () => {
    await writeFile(settings(), JSON.stringify({ 'token-expiry': { daysMax: 30 } }));
    for (const words of [['preview'], ['up', '--no-post-deploy']]) {
      const { exitCode, stdout, stderr } = await sandbox.sluice(...words);
      expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 2 });
      expect(`${stdout}${stderr}`).toMatch(/longer than 30 days/);
      expect(stderr).toMatch(
        /sluice: pulumi (preview|up): the guardrails refused it: token-expiry \(.*docs\/guardrails\.md/,
      );
    }
  });

  test('a level or a setting that no rule knows is refused', async () => {
    await writeFile(settings(), JSON.stringify({ 'token-expiry': { exceptions: [{ resource: 'a', because: 'x' }] } }));
    const { exitCode } = await sandbox.sluice('preview');
    expect(exitCode).not.toBe(0);
  });

  test('the dev stack passes', async () => {
    await rm(settings());
    const { stdout, stderr } = await sandbox.must('preview');
    expect(`${stdout}${stderr}`).toMatch(/✅ sluice-guardrails@/);
    expect(`${stdout}${stderr}`).not.toMatch(/not known yet/);
  });
});

/** A project of somebody else's, deployed with the stand-ins into the sandbox. */
async function workspaceIn(directory: string): Promise<PulumiWorkspace> {
  const { status } = sandbox;
  const standIn = (name: string) => ({ name, path: join(checkout, 'sandbox', 'stand-ins', name) });
  await writeFile(
    join(directory, 'Pulumi.yaml'),
    JSON.stringify({
      name: 'other',
      runtime: { name: 'nodejs', options: { typescript: false } },
      plugins: { providers: [standIn('aws'), standIn('cloudflare')] },
    }),
  );
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'other', type: 'module', main: 'index.js' }));
  const { endpoint } = status.aws;
  await writeFile(
    join(directory, 'Pulumi.dev.yaml'),
    JSON.stringify({
      config: {
        'aws:region': status.aws.region,
        'aws:endpoints': [{ iam: endpoint, sts: endpoint, s3: endpoint }],
        'aws:s3UsePathStyle': 'true',
        'aws:skipCredentialsValidation': 'true',
        'aws:skipMetadataApiCheck': 'true',
        'cloudflare:baseUrl': status.cloudflare.apiBaseUrl,
      },
    }),
  );
  const environment = process.env;
  const cli = await findPulumiCli({
    cacheDirectory: userCacheDirectory(environment),
    environment,
    report: () => undefined,
  });
  const passphraseFile = join(directory, 'passphrase');
  await writeFile(passphraseFile, 'only for this test');
  return {
    cli,
    workingDirectory: directory,
    environment: await sandboxPulumiEnvironment({
      cli,
      checkout,
      node: process.execPath,
      environment,
      sandboxDirectory: directory,
      passphraseFile,
      administrator: status,
    }),
  };
}
