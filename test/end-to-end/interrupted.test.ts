import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import Cloudflare from 'cloudflare';
import { checkout, startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(180_000);

describe('an up that is killed is picked up by the next one', () => {
  let sandbox: TestSandbox;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    await sandbox.must('preview');
  });
  afterAll(() => sandbox.dispose());

  test.each([
    'aws:iam:AccessKey media-source-a creating',
    'cloudflare:index:AccountToken media-destination-a creating',
  ])('killed at "%s": the next up deploys all, and nothing is left over', async (moment) => {
    await killUpAt(moment, sandbox);
    await sandbox.must('up', '--no-post-deploy');
    await sandbox.must('smoke');
    const { aws, cloudflare } = sandbox.status;
    const iam = new IAMClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: aws });
    const keys = await iam.send(new ListAccessKeysCommand({ UserName: 'sluice-dev-media-source-a' }));
    expect(keys.AccessKeyMetadata).toHaveLength(1);
    const api = new Cloudflare({ apiToken: cloudflare.apiToken, baseURL: cloudflare.apiBaseUrl });
    const tokens = await api.accounts.tokens.list({ account_id: cloudflare.accountId });
    expect(tokens.result.filter(({ name }) => name === 'sluice-dev-media-destination-a')).toHaveLength(1);
    await sandbox.must('destroy');
  });
});

/** Starts a deploy in a process group of its own and ends the whole group without warning at the given line. */
function killUpAt(moment: string, { directory }: TestSandbox): Promise<void> {
  return new Promise((resolve, reject) => {
    const environment = {
      ...process.env,
      SLUICE_SANDBOX_DIRECTORY: directory,
      SLUICE_STACK_DIRECTORY: join(directory, 'stacks'),
    };
    const child = spawn(process.execPath, [join(checkout, 'scripts/sluice.ts'), 'up', '--no-post-deploy'], {
      cwd: checkout,
      env: environment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let printed = '';
    child.stderr.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(moment) && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      if (exitCode === null) resolve();
      else reject(new Error(`the deploy ended with ${exitCode} before "${moment}":\n${printed}`));
    });
  });
}
