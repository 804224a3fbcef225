import { parseConfiguration } from '../../policies/configuration.ts';
import { inputsOf, type Recorded, recordResources } from './recorder.ts';

const accountId = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

function domainWith(credential: object) {
  const configuration = parseConfiguration('prod', {
    environment: 'prod',
    providers: { r2: { accountId } },
    domains: [
      {
        hostname: 'files.acme.com',
        zone: { id: '0a1b2c3d4e5f60718293a4b5c6d7e8f0', name: 'acme.com' },
        bucket: { name: 'media' },
        policies: [
          { name: 'machines', decision: 'service-auth', include: [{ serviceToken: 'reader' }] },
          { name: 'staff', decision: 'allow', include: [{ emailDomain: 'acme.com' }, { email: 'ann@example.com' }] },
        ],
        serviceTokens: [{ name: 'reader', credential }],
      },
    ],
  });
  const [domain] = configuration.domains;
  if (domain === undefined) throw new Error('there is one domain');
  return domain;
}

async function record(credential: object): Promise<readonly Recorded[]> {
  const { ProtectedDomain } = await import('../../components/protected-domain.ts');
  return recordResources(() =>
    Promise.resolve(new ProtectedDomain('files.acme.com', { domain: domainWith(credential), accountId })),
  );
}

describe('A1, A2: a protected domain', () => {
  test('has its policies in the order of the configuration, and closes r2.dev', async () => {
    const recorded = await record({ current: { generation: 1, issuedOn: '2026-11-22' } });
    const [application] = inputsOf(recorded, 'cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication');
    expect(application).toMatchObject({
      destinations: [{ type: 'public', uri: 'files.acme.com' }],
      policies: [
        { id: 'files.acme.com-machines-id', precedence: 1 },
        { id: 'files.acme.com-staff-id', precedence: 2 },
      ],
    });
    expect(inputsOf(recorded, 'cloudflare:index/r2ManagedDomain:R2ManagedDomain')).toMatchObject([{ enabled: false }]);
    expect(inputsOf(recorded, 'cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy')).toMatchObject([
      { decision: 'non_identity', includes: [{ serviceToken: { tokenId: 'files.acme.com-reader-id' } }] },
      {
        decision: 'allow',
        includes: [{ emailDomain: { domain: 'acme.com' } }, { email: { email: 'ann@example.com' } }],
      },
    ]);
  });

  test('every resource is called by the hostname, so a new hostname never renames a living one', async () => {
    const recorded = await record({ current: { generation: 1, issuedOn: '2026-11-22' } });
    expect(recorded.every(({ name }) => name.startsWith('files.acme.com'))).toBe(true);
  });
});

describe("R8: a service token's secret version and its predecessor's end of grace go together", () => {
  const token = 'cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken';

  test('the first generation leaves both to Access', async () => {
    const [inputs] = inputsOf(await record({ current: { generation: 1, issuedOn: '2026-11-22' } }), token);
    expect(inputs).toMatchObject({ duration: '2160h' });
    expect(inputs).not.toHaveProperty('clientSecretVersion');
    expect(inputs).not.toHaveProperty('previousClientSecretExpiresAt');
  });

  test('a second beside the first lets the first live to its own expiry, and moves the end of the token', async () => {
    const [inputs] = inputsOf(
      await record({
        current: { generation: 2, issuedOn: '2026-11-22' },
        previous: { generation: 1, issuedOn: '2026-09-01' },
      }),
      token,
    );
    expect(inputs).toMatchObject({
      clientSecretVersion: 2,
      previousClientSecretExpiresAt: '2026-11-30T00:00:00Z',
      duration: '2161h',
    });
  });

  test('a second alone ended the first on the day that it was issued', async () => {
    const [inputs] = inputsOf(await record({ current: { generation: 2, issuedOn: '2026-11-22' } }), token);
    expect(inputs).toMatchObject({ clientSecretVersion: 2, previousClientSecretExpiresAt: '2026-11-22T00:00:00Z' });
  });
});
