import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { smokeDomain } from '../../proof/domain.ts';
import { withDomainCanary } from '../../proof/domain-canary.ts';
import { watchAnonymous } from '../../proof/prober.ts';
import type { Report } from '../../proof/report.ts';
import { type SandboxUnderTest, sandboxUnderTest } from './sandbox-under-test.ts';

const hostname = 'files.example.test';
const bucket = 'media';

let sandbox: SandboxUnderTest;
let account: { account_id: string };
let token: { name: string; clientId: string; clientSecret: string };

beforeAll(async () => {
  sandbox = await sandboxUnderTest();
  const { cloudflare, status } = sandbox;
  account = { account_id: status.cloudflare.accountId };
  await cloudflare.r2.buckets.create({ ...account, name: bucket });
  const created = await cloudflare.zeroTrust.access.serviceTokens.create({ ...account, name: 'reader' });
  token = { name: 'reader', clientId: created.client_id ?? '', clientSecret: created.client_secret ?? '' };
  const [zone] = status.cloudflare.zones;
  const { policies, applications } = cloudflare.zeroTrust.access;
  const staff = await policies.create({
    ...account,
    name: 'staff',
    decision: 'allow',
    include: [{ email_domain: { domain: 'example.test' } }],
  });
  const machines = await policies.create({
    ...account,
    name: 'machines',
    decision: 'non_identity',
    include: [{ service_token: { token_id: created.id ?? '' } }],
  });
  await applications.create({
    ...account,
    type: 'self_hosted',
    domain: hostname,
    policies: [staff, machines].map(({ id = '' }, index) => ({ id, precedence: index + 1 })),
  });
  await cloudflare.r2.buckets.domains.custom.create(bucket, {
    ...account,
    domain: hostname,
    enabled: true,
    zoneId: zone?.id ?? '',
  });
});

afterAll(() => sandbox.stop());

describe('A5, A4: in the sandbox, a domain behind Access', () => {
  test('passes: strangers log in, the token is served, r2.dev is off; its canary is gone afterwards', async () => {
    const { report, leftBehind } = await smoke();
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report.checks).toHaveLength(6);
    expect(leftBehind).toEqual([]);
    const s3 = new S3Client({ ...sandbox.administratorAt('r2'), forcePathStyle: true });
    expect((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents).toBeUndefined();
    s3.destroy();
  });

  test('fails and names r2.dev when that is switched on, and passes when it is off again', async () => {
    await sandbox.cloudflare.r2.buckets.domains.managed.update(bucket, { ...account, enabled: true });
    const { report } = await smoke();
    expect(report.verdict.outcome).toBe('failed');
    expect(report.verdict.findings['too-much']).toEqual([
      `${hostname} has r2.dev off`,
      `${hostname} is not served by r2.dev`,
    ]);
    await sandbox.cloudflare.r2.buckets.domains.managed.update(bucket, { ...account, enabled: false });
    expect((await smoke()).report.verdict.outcome).toBe('passed');
  });

  test('A1: without its application the object is public: the smoke test and the prober both see it', async () => {
    const { applications } = sandbox.cloudflare.zeroTrust.access;
    const [application] = (await applications.list(account)).result;
    const canary = { name: bucket, administrator: sandbox.administratorAt('r2') };
    const { result: summary } = await withDomainCanary(canary, async ({ key }) => {
      const watch = watchAnonymous({ route: { hostname, edge: sandbox.status.edge }, key, requestsPerSecond: 500 });
      await applications.delete(application?.id ?? '', account);
      const { report } = await smoke();
      expect(report.verdict.findings['too-much']).toEqual([
        `${hostname} refuses anonymous GET`,
        `${hostname} refuses anonymous HEAD`,
        `${hostname} refuses a wrong secret of reader`,
      ]);
      return watch.stop();
    });
    expect(summary.served).toBeGreaterThan(0);
    expect(summary.statuses[200]).toBe(summary.served);
  });
});

async function smoke(): Promise<{ report: Report; leftBehind: readonly string[] }> {
  const managed = await sandbox.cloudflare.r2.buckets.domains.managed.list(bucket, account);
  const { result, leftBehind } = await withDomainCanary(
    { name: bucket, administrator: sandbox.administratorAt('r2') },
    (canary) =>
      smokeDomain({
        hostname,
        edge: sandbox.status.edge,
        canary,
        serviceTokens: [token],
        managedDomain: { enabled: managed.enabled, hostname: managed.domain },
        propagationTimeoutSeconds: 2,
      }),
  );
  return { report: result, leftBehind };
}
