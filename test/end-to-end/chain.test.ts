import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListUsersCommand, IAMClient } from '@aws-sdk/client-iam';
import Cloudflare from 'cloudflare';
import { awsAdministrator, r2Administrator } from '../support/administrator-clients.ts';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(180_000);

/** Name, content type, metadata and size of what the source holds; the sizes stand on both sides of the multipart border. */
const objects = [
  { key: 'uploads/report.pdf', type: 'application/pdf', metadata: { owner: 'ann' }, sizeBytes: 4096 },
  { key: 'uploads/empty', type: 'application/octet-stream', metadata: {}, sizeBytes: 0 },
  { key: 'uploads/deep/er/one byte', type: 'text/plain; charset=utf-8', metadata: {}, sizeBytes: 1 },
  { key: 'uploads/a/../b', type: 'text/css', metadata: {}, sizeBytes: 10 },
  { key: 'uploads//double', type: 'text/css', metadata: {}, sizeBytes: 11 },
  { key: 'uploads/emoji-😀', type: 'image/png', metadata: {}, sizeBytes: 12 },
  { key: 'uploads/control-\u0001', type: 'image/png', metadata: {}, sizeBytes: 13 },
  { key: 'uploads/large.bin', type: 'video/mp4', metadata: { take: '7' }, sizeBytes: 70 * 1024 * 1024 },
];

describe('the whole chain on the real Pulumi engine', () => {
  let sandbox: TestSandbox;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
  });
  afterAll(() => sandbox.dispose());

  test('X1, X5: pulumi up provisions the stack on this machine with no account', async () => {
    const { stderr, stdout } = await sandbox.must('up', '--no-post-deploy');
    expect(stdout + stderr).toMatch(/created/);
    const credentials = await sandbox.credentials();
    expect(Object.keys(credentials.migrations)).toEqual(['media']);
    expect(credentials.migrations['media']?.source?.current).toMatchObject({
      provider: 'aws',
      slot: 'a',
      generation: 1,
    });
    expect(credentials.migrations['media']?.destination?.current.expiresOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  test('X2, O6: post-deploy smokes, copies, verifies and smokes again, and every object arrives as it was', async () => {
    const source = awsAdministrator(sandbox.status);
    for (const { key, type, metadata, sizeBytes } of objects) {
      await source.send(
        new PutObjectCommand({
          Bucket: 'media-prod',
          Key: key,
          Body: Buffer.alloc(sizeBytes, key),
          ContentType: type,
          Metadata: metadata,
        }),
      );
    }
    await source.send(new PutObjectCommand({ Bucket: 'media-prod', Key: 'uploads-private/secret', Body: 'not yours' }));

    const { stdout } = await sandbox.must('post-deploy', '--json');

    const report = JSON.parse(stdout) as { migrations: { operation: { objectsCopied: number } }[] };
    expect(report.migrations[0]?.operation.objectsCopied).toBe(objects.length);
    const destination = r2Administrator(sandbox.status);
    const { Contents: arrived = [] } = await destination.send(new ListObjectsV2Command({ Bucket: 'media' }));
    expect(arrived).toHaveLength(objects.length);
    for (const { key, type, metadata, sizeBytes } of objects) {
      const copy = await destination.send(new GetObjectCommand({ Bucket: 'media', Key: key }));
      const body = Buffer.from((await copy.Body?.transformToByteArray()) ?? []);
      expect({ key, sha256: sha256(body), type: copy.ContentType, metadata: copy.Metadata }).toEqual({
        key,
        sha256: sha256(Buffer.alloc(sizeBytes, key)),
        type,
        metadata,
      });
    }
  });

  test('a second copy finds everything there', async () => {
    const { stdout } = await sandbox.must('copy', 'media', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ summary: { objectsCopied: 0, objectsSkipped: objects.length } }]);
  });

  test('a second up changes nothing', async () => {
    await sandbox.must('pulumi', 'up', '--yes', '--skip-preview', '--expect-no-changes', '--stack', 'dev');
  });

  test('destroy leaves no user, key, token, application, domain or bucket', async () => {
    await sandbox.must('destroy');
    const { aws, cloudflare } = sandbox.status;
    const iam = new IAMClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: aws });
    const { Users: users = [] } = await iam.send(new ListUsersCommand({ PathPrefix: '/sluice/' }));
    expect(users).toEqual([]);
    const api = new Cloudflare({ apiToken: cloudflare.apiToken, baseURL: cloudflare.apiBaseUrl });
    const account = { account_id: cloudflare.accountId };
    expect((await api.accounts.tokens.list(account)).result.map(({ name }) => name)).toHaveLength(1);
    expect((await api.zeroTrust.access.applications.list(account)).result).toEqual([]);
    expect((await api.zeroTrust.access.policies.list(account)).result).toEqual([]);
    expect((await api.zeroTrust.access.serviceTokens.list(account)).result).toEqual([]);
    expect((await api.r2.buckets.list(account)).buckets).toEqual([]);
  });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
