import { createHash } from 'node:crypto';
import { GetObjectCommand, paginateListObjectsV2, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(300_000);

interface Fingerprint {
  readonly sha256: string;
  readonly contentType: string | undefined;
  readonly metadata: Record<string, string> | undefined;
}

describe('the demo', () => {
  let sandbox: TestSandbox;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
  });
  afterAll(() => sandbox.dispose());

  test('X5, X2, R8: deploys, proves, copies, verifies and rotates, and ends with 0', async () => {
    // It goes on from the sandbox of this test, whose ports are free ones; a reset would take the default ports.
    const { stdout } = await sandbox.must('demo', '--keep', '--json');
    const report = JSON.parse(stdout) as { exitCode: number; generations: { report: { proven: boolean } }[] };
    expect(report.exitCode).toBe(0);
    expect(report.generations.length).toBeGreaterThan(6);
    expect(report.generations.every((proof) => proof.report.proven)).toBe(true);
  });

  test('every one of its 3,000 real files arrives with its bytes, content type and metadata', async () => {
    const { aws, r2 } = sandbox.status;
    const [source, destination] = await Promise.all([
      fingerprints({ endpoint: aws.endpoint, region: aws.region, credentials: aws }, 'media-prod'),
      fingerprints({ endpoint: r2.endpoints.default, region: 'auto', credentials: r2 }, 'media'),
    ]);
    expect(source.size).toBe(3000);
    expect([...destination.keys()]).toEqual([...source.keys()]);
    for (const [key, expected] of source) expect({ key, ...destination.get(key) }).toEqual({ key, ...expected });
  });

  test('a second demo goes on from there', async () => {
    const { stderr } = await sandbox.must('demo', '--keep');
    expect(stderr).toMatch(/3,000 there already/);
  });
});

async function fingerprints(endpoint: S3ClientConfig, bucket: string): Promise<Map<string, Fingerprint>> {
  const client = new S3Client({ ...endpoint, forcePathStyle: true });
  const found = new Map<string, Fingerprint>();
  for await (const { Contents: objects = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key: key = '' } of objects) {
      const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const hash = createHash('sha256');
      for await (const chunk of object.Body as AsyncIterable<Uint8Array>) hash.update(chunk);
      found.set(key, { sha256: hash.digest('hex'), contentType: object.ContentType, metadata: object.Metadata });
    }
  }
  client.destroy();
  return found;
}
