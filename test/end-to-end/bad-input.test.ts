import { runNode, startTestSandbox, type TestSandbox } from '../support/command-line.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../support/command-line.ts';

jest.setTimeout(180_000);

describe('bad input ends with 2, one clear error and nothing changed', () => {
  let sandbox: TestSandbox;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    await sandbox.must('preview');
  });
  afterAll(() => sandbox.dispose());

  async function refused(...words: string[]): Promise<string> {
    const { exitCode, stderr } = await sandbox.sluice(...words);
    expect({ exitCode, trace: /\n\s+at /.test(stderr) }).toEqual({ exitCode: 2, trace: false });
    return stderr;
  }

  test('a stack file with a mistake, before the engine starts', async () => {
    await sandbox.editStackFile((text) =>
      text.replace('bucket: media-prod, prefix: uploads/', 'bucket: media-prod, prefix: uploads'),
    );
    expect(await refused('up')).toMatch(/migrations\[0\]\.source\.prefix.*"uploads" must end in "\/".*"uploads-/);
    await sandbox.editStackFile((text) => text.replace('prefix: uploads }', 'prefix: uploads/ }'));
  });

  test('an unquoted account id', async () => {
    await sandbox.editStackFile((text) =>
      text.replace("aws: { accountId: '000000000000'", 'aws: { accountId: 000000000000'),
    );
    expect(await refused('up')).toMatch(/providers\.aws\.accountId.*quotes/);
    await sandbox.editStackFile((text) =>
      text.replace('aws: { accountId: 000000000000', "aws: { accountId: '000000000000'"),
    );
  });

  test('a stack that has no file', async () => {
    expect(await refused('up', '--stack', 'nowhere')).toMatch(/there is no Pulumi\.nowhere\.yaml.*stack init nowhere/);
  });

  test('a migration that is not there', async () => {
    expect(await refused('smoke', 'nothing')).toMatch(/nothing called "nothing".*media/);
  });

  test('a stack that is not deployed yet', async () => {
    expect(await refused('smoke', 'media')).toMatch(/not .*deployed.*up --stack dev/);
  });

  test('an unknown command or flag', async () => {
    expect(await refused('frobnicate')).toMatch(/unknown command/);
    expect(await refused('up', '--frobnicate')).toMatch(/unknown option/);
  });

  test('an operation that the credentials were not made for', async () => {
    expect(await refused('sync', 'media')).toMatch(/declares copy.*operation: sync/);
  });

  test('the sandbox is down', async () => {
    const directory = await mkdtemp(join(checkout, '.sandbox', 'test-'));
    const environment = { ...process.env, SLUICE_SANDBOX_DIRECTORY: directory };
    const up = await runNode([join(checkout, 'scripts/sluice.ts'), 'up'], environment);
    expect(up).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/not running.*sandbox start/) as string });
    await rm(directory, { recursive: true });
  });

  test('a port that is taken', async () => {
    const directory = await mkdtemp(join(checkout, '.sandbox', 'test-'));
    const environment = { ...process.env, SLUICE_SANDBOX_DIRECTORY: directory };
    const taken = new URL(sandbox.status.aws.endpoint).port;
    const start = await runNode(
      [join(checkout, 'scripts/sluice.ts'), 'sandbox', 'start', '--port', taken],
      environment,
    );
    expect(start).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(taken) as string });
    await rm(directory, { recursive: true });
  });

  test('a wrong AWS account', async () => {
    await sandbox.editStackFile((text) => text.replaceAll("accountId: '000000000000'", "accountId: '000000000009'"));
    expect(await refused('up')).toMatch(/providers\.aws\.accountId.*000000000009.*000000000000/);
    await sandbox.editStackFile((text) => text.replaceAll("accountId: '000000000009'", "accountId: '000000000000'"));
  });
});

describe('a stack of real accounts', () => {
  let stacks: string;

  beforeAll(async () => {
    stacks = await mkdtemp(join(checkout, '.sandbox', 'test-'));
    await writeFile(join(stacks, 'Pulumi.prod.yaml'), prodStack);
  });
  afterAll(() => rm(stacks, { recursive: true }));

  async function refusal(environment: Record<string, string>, ...words: string[]): Promise<string> {
    const finished = await runNode([join(checkout, 'scripts/sluice.ts'), ...words, '--stack', 'prod'], {
      ...process.env,
      SLUICE_STACK_DIRECTORY: stacks,
      ...environment,
    });
    expect(finished.exitCode).toBe(2);
    return finished.stderr;
  }

  test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'CLOUDFLARE_BASE_URL', 'PULUMI_DEBUG_PROVIDERS'])(
    'is refused while %s, a setting for the sandbox, is in the environment',
    async (variable) => {
      expect(await refusal({ [variable]: 'http://127.0.0.1:1' }, 'preview')).toMatch(new RegExp(`${variable}.*unset`));
    },
  );

  test('is refused without a passphrase where its secrets need one', async () => {
    expect(await refusal({}, 'preview')).toMatch(/stack prod.*passphrase.*PULUMI_CONFIG_PASSPHRASE/);
  });

  test('without a date of issue, up names the line and what to write; nobody is there to be asked', async () => {
    await writeFile(join(stacks, 'Pulumi.prod.yaml'), prodStack.replaceAll(/, credential: .*(?= })/g, ''));
    expect(await refusal({}, 'up')).toMatch(
      /migrations\[0\]\.source\.credential\.current\.issuedOn.*issuedOn: "\d{4}-\d{2}-\d{2}"/,
    );
  });
});

const prodStack = `encryptionsalt: v1:none
config:
  sluice:environment: prod
  sluice:providers:
    aws: { accountId: "123456789012", region: eu-west-1 }
  sluice:migrations:
    - name: media
      operation: copy
      source: { provider: aws, bucket: media-prod, prefix: uploads/, credential: { current: { generation: 1, issuedOn: "2026-11-22" } } }
      destination: { provider: file, path: ./backup }
`;
