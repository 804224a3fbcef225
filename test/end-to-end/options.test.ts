import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { parseDocument } from 'yaml';
import { awsAdministrator } from '../support/administrator-clients.ts';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(240_000);

/** A migration with each option, and one to R2 whose token is audited. */
const migrations = [
  {
    name: 'kept',
    operation: 'copy',
    source: { provider: 'aws', bucket: 'media-prod', prefix: 'uploads/' },
    destination: { provider: 'aws', bucket: 'archive', prefix: 'kept/' },
    options: { tags: true, appendOnly: true },
  },
  {
    name: 'moved',
    operation: 'copy',
    source: { provider: 'aws', bucket: 'media-prod', prefix: 'uploads/' },
    destination: { provider: 'aws', bucket: 'archive', prefix: 'moved/' },
    options: { serverSide: true },
  },
  {
    name: 'media',
    operation: 'copy',
    source: { provider: 'aws', bucket: 'media-prod', prefix: 'uploads/' },
    destination: { provider: 'r2', bucket: 'media', prefix: 'uploads/' },
    afterDeploy: 'nothing',
  },
];

interface ShownReport {
  readonly migrations: readonly { readonly name: string; readonly operation?: { readonly objectsCopied: number } }[];
}

describe('options, from the stack file to the object, on the real Pulumi engine', () => {
  let sandbox: TestSandbox;
  let s3: S3Client;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    s3 = awsAdministrator(sandbox.status);
    await sandbox.editStackFile(withOptions);
    await sandbox.must('up', '--no-post-deploy');
    for (const key of ['a', 'b']) {
      const object = { Bucket: 'media-prod', Key: `uploads/${key}`, Body: `source ${key}`, Tagging: `kind=${key}` };
      await s3.send(new PutObjectCommand(object));
    }
  });

  afterAll(async () => {
    s3.destroy();
    await sandbox.dispose();
  });

  test('S2, O6: the policies pass their grids live, an overwrite is refused, and objects arrive with their tags', async () => {
    const { stdout } = await sandbox.must('post-deploy', '--json');
    const report = JSON.parse(stdout) as ShownReport;
    expect(report.migrations.map(({ name, operation }) => [name, operation?.objectsCopied])).toEqual(
      expect.arrayContaining([
        ['kept', 2],
        ['moved', 2],
      ]),
    );
    expect(stdout).toContain('kept/destination write inside PutObject overwriting');
    const tagging = await s3.send(new GetObjectTaggingCommand({ Bucket: 'archive', Key: 'kept/a' }));
    expect(tagging.TagSet).toEqual([{ Key: 'kind', Value: 'a' }]);
    const copied = await s3.send(new ListObjectsV2Command({ Bucket: 'archive', Prefix: 'moved/' }));
    expect(copied.Contents?.map(({ Key }) => Key)).toEqual(['moved/a', 'moved/b']);
  });

  test('S2: the credential itself cannot overwrite: S3 refuses it, not the engine', async () => {
    const { migrations: issued } = await sandbox.credentials();
    const { destination } = issued['kept'] ?? {};
    const { endpoint, region } = sandbox.status.aws;
    const writer = new S3Client({ endpoint, region, credentials: keysOf(destination), forcePathStyle: true });
    const put = (more: object) =>
      writer.send(new PutObjectCommand({ Bucket: 'archive', Key: 'kept/a', Body: 'overwritten', ...more }));
    await expect(put({})).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(put({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    writer.destroy();
    const kept = await s3.send(new GetObjectCommand({ Bucket: 'archive', Key: 'kept/a' }));
    expect(await kept.Body?.transformToString()).toBe('source a');
  });

  test('S2: both sides of a server-side copy name one credential', async () => {
    const { migrations: issued } = await sandbox.credentials();
    const { source, destination } = issued['moved'] ?? {};
    expect(source?.current).toMatchObject({ bucket: 'media-prod', prefix: 'uploads/' });
    expect(keysOf(source)).toEqual(keysOf(destination));
  });

  test('S3: the audit of a deployed user says that it serves its side and has nothing too much', async () => {
    const { stdout } = await sandbox.must('access', 'audit', '--user', 'sluice-dev-media-source-a', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ missing: [], tooMuch: [], findings: [] });
    const refused = await sandbox.sluice('access', 'audit', '--user', 'nobody');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('IAM user nobody: the provider refuses: NoSuchEntity');
  });

  test('R3, R4: the audit of a deployed token says what it serves and what R2 cannot withhold', async () => {
    const { migrations: issued } = await sandbox.credentials();
    const { accessKeyId } = keysOf(issued['media']?.destination);
    const { stdout } = await sandbox.must('access', 'audit', '--token', accessKeyId, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ missing: [], findings: [] });
    const refused = await sandbox.sluice('access', 'audit', '--token', '0'.repeat(32));
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`token ${'0'.repeat(32)}: the provider refuses`);
  });

  test('a second up changes nothing, and destroy leaves nothing', async () => {
    await sandbox.must('pulumi', 'up', '--yes', '--skip-preview', '--expect-no-changes', '--stack', 'dev');
    await sandbox.must('destroy');
  });
});

function withOptions(text: string): string {
  const document = parseDocument(text);
  document.setIn(['config', 'sluice:migrations'], migrations);
  document.deleteIn(['config', 'sluice:domains']);
  document.addIn(['config', 'sluice:buckets'], {
    provider: 'aws',
    name: 'archive',
    protect: false,
    emptyOnDestroy: true,
  });
  return document.toString();
}

/** What requests are signed with, of a credential with keys. */
function keysOf(side: { readonly current: object } | undefined): { accessKeyId: string; secretAccessKey: string } {
  const { current } = side ?? {};
  if (!current || !('accessKeyId' in current) || !('secretAccessKey' in current)) throw new Error('it has keys');
  return { accessKeyId: String(current.accessKeyId), secretAccessKey: String(current.secretAccessKey) };
}
