import { GetUserPolicyCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import Cloudflare from 'cloudflare';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(180_000);

const user = 'sluice-dev-media-source-a';

interface Statement {
  Sid: string;
  Action: string[];
}

describe('the smoke test finds what was changed by hand', () => {
  let sandbox: TestSandbox;
  let original: string;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    await sandbox.must('up', '--no-post-deploy');
    original = await sourcePolicy(sandbox);
  });
  afterAll(() => sandbox.dispose());

  test('O6: everything as deployed passes', async () => {
    await sandbox.must('smoke');
  });

  test('S1: a source that may write ends with 3 and names write', async () => {
    await putSourcePolicy(sandbox, original, ({ Sid, Action }) =>
      Sid === 'Objects' ? [...Action, 's3:PutObject'] : Action,
    );
    const smoke = await sandbox.sluice('smoke', 'media');
    expect(smoke.exitCode).toBe(3);
    expect(smoke.stdout).toMatch(/media\/source.*write|write.*media\/source/);
  });

  test('S1: a source that may not list ends with 3 and names list', async () => {
    await putSourcePolicy(sandbox, original, ({ Action }) =>
      Action.map((action) => (action === 's3:ListBucket' ? 's3:GetBucketTagging' : action)),
    );
    const smoke = await sandbox.sluice('smoke', 'media', '--json');
    expect(smoke.exitCode).toBe(3);
    expect(smoke.stdout).toMatch(/media\/source list/);
    await putSourcePolicy(sandbox, original, ({ Action }) => Action);
  });

  test('A4: r2.dev switched on ends with 3 and names it', async () => {
    const { cloudflare } = sandbox.status;
    const api = new Cloudflare({ apiToken: cloudflare.apiToken, baseURL: cloudflare.apiBaseUrl });
    const account = { account_id: cloudflare.accountId };
    await api.r2.buckets.domains.managed.update('media', { ...account, enabled: true });
    const smoke = await sandbox.sluice('smoke', 'files.example.test');
    expect(smoke.exitCode).toBe(3);
    expect(smoke.stdout).toMatch(/r2\.dev/);
    await api.r2.buckets.domains.managed.update('media', { ...account, enabled: false });
    await sandbox.must('smoke', 'files.example.test');
  });
});

function iamOf({ status: { aws } }: TestSandbox): IAMClient {
  return new IAMClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: aws });
}

async function sourcePolicy(sandbox: TestSandbox): Promise<string> {
  const answer = await iamOf(sandbox).send(new GetUserPolicyCommand({ UserName: user, PolicyName: 'sluice' }));
  return decodeURIComponent(answer.PolicyDocument ?? '');
}

/** Puts the policy with each statement's actions changed, as somebody would in the console. */
async function putSourcePolicy(
  sandbox: TestSandbox,
  original: string,
  change: (statement: Statement) => string[],
): Promise<void> {
  const policy = JSON.parse(original) as { Statement: Statement[] };
  const changed = {
    ...policy,
    Statement: policy.Statement.map((statement) => ({ ...statement, Action: change(statement) })),
  };
  await iamOf(sandbox).send(
    new PutUserPolicyCommand({ UserName: user, PolicyName: 'sluice', PolicyDocument: JSON.stringify(changed) }),
  );
}
