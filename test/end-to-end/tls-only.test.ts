import { z } from 'zod';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(180_000);

const reportsSchema = z.array(
  z.object({ subject: z.string(), checks: z.array(z.object({ id: z.string(), outcome: z.string() })) }),
);

/** One stack whose S3 is reached over HTTPS and whose credentials on it must be refused over HTTP. */
describe('S2, O6: a migration over TLS only', () => {
  let sandbox: TestSandbox;
  beforeAll(async () => {
    sandbox = await startTestSandbox();
    await sandbox.editStackFile((text) =>
      text
        .replace(/^( {4}aws: \{.* s3: )'http:\/\/127\.0\.0\.1:4780'/m, "$1'https://127.0.0.1:4788'")
        .replace(/^( {6}operation: copy\n)/m, '$1      options: { tlsOnly: true }\n'),
    );
    await sandbox.must('up', '--no-post-deploy');
  });
  afterAll(() => sandbox.dispose());

  test('its credentials name the https address', async () => {
    const { migrations } = await sandbox.credentials();
    expect(migrations['media']?.source?.current.endpoint).toBe(sandbox.status.aws.httpsEndpoint);
  });

  test('copies over HTTPS, and its credential is refused over HTTP', async () => {
    await sandbox.must('copy', 'media');
    const { stdout } = await sandbox.must('smoke', 'media', '--json');
    const reports = reportsSchema.parse(JSON.parse(stdout));
    const source = reports.find(({ subject }) => subject === 'media/source');
    const overHttp = source?.checks.filter(({ id }) => id.endsWith('over plain HTTP'));
    expect(overHttp).toEqual([
      { id: 'media/source list inside ListObjectsV2 over plain HTTP', outcome: 'passed' },
      { id: 'media/source read inside GetObject over plain HTTP', outcome: 'passed' },
    ]);
    const { stdout: log } = await sandbox.must('sandbox', 'log', '--refused');
    expect(log).toMatch(/explicitly-denied.*GetObject media-prod\/uploads\/\.sluice-canary\/.*"TlsOnly"/);
  });

  test('says so in the access table', async () => {
    const { stdout } = await sandbox.must('access');
    expect(stdout).toContain('over TLS only');
  });
});
