import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type AnonymousWatch, watchAnonymous } from '../../proof/prober.ts';
import { r2Administrator } from '../support/administrator-clients.ts';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(180_000);

const object = { bucket: 'media', key: 'uploads/secret.txt' };

describe('A1: a bucket on a hostname is never public, in whatever order the engine works', () => {
  let sandbox: TestSandbox;
  let watches: AnonymousWatch[];

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    // The bucket first, with something to steal in it; the domain comes while strangers ask for it.
    await sandbox.must('preview');
    await sandbox.editStackFile((text) => text.replace('hostname: files.example.test', 'hostname: first.example.test'));
    await sandbox.must('up', '--no-post-deploy');
    const client = r2Administrator(sandbox.status);
    await client.send(new PutObjectCommand({ Bucket: object.bucket, Key: object.key, Body: 'nobody may read this' }));
    client.destroy();
  });
  beforeEach(() => {
    watches = ['first', 'second', 'third'].map((name) =>
      watchAnonymous({
        route: { hostname: `${name}.example.test`, edge: { http: sandbox.status.edge.http } },
        key: object.key,
      }),
    );
  });
  afterAll(() => sandbox.dispose());

  async function expectNothingServed(): Promise<void> {
    for (const { requests, served, statuses } of await Promise.all(watches.map((watch) => watch.stop()))) {
      expect({ served, statuses }).toMatchObject({ served: 0 });
      expect(requests).toBeGreaterThan(10);
    }
  }

  test('while its hostname is changed', async () => {
    await sandbox.editStackFile((text) =>
      text.replace('hostname: first.example.test', 'hostname: second.example.test'),
    );
    await sandbox.must('up', '--no-post-deploy');
    await expectNothingServed();
  });

  test('while its hostname is changed back in the same zone', async () => {
    await sandbox.editStackFile((text) =>
      text.replace('hostname: second.example.test', 'hostname: third.example.test'),
    );
    await sandbox.must('up', '--no-post-deploy');
    await expectNothingServed();
  });

  test('while it is removed from the stack, and created again', async () => {
    let domains = '';
    await sandbox.editStackFile((text) => {
      domains = /^ {2}sluice:domains:\n(?: {4}.*\n)+/m.exec(text)?.[0] ?? '';
      expect(domains).toContain('third.example.test');
      return text.replace(domains, '');
    });
    await sandbox.must('pulumi', 'up', '--yes', '--skip-preview', '--stack', 'dev');
    await sandbox.must('up', '--no-post-deploy');
    await expectNothingServed();
  });

  test('while the stack is destroyed', async () => {
    await sandbox.must('destroy');
    await expectNothingServed();
  });
});
