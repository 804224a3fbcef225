import { runNode, startTestSandbox, type TestSandbox } from '../support/command-line.ts';
import { mkdtemp, rm } from 'node:fs/promises';
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
});
