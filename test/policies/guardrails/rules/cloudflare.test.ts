import { r2TokenDialect } from '../../../../policies/dialects/r2-token.ts';
import { r2PermissionGroups } from '../../../../policies/evaluator/r2-token.ts';
import { publicR2Address } from '../../../../policies/guardrails/rules/public-r2-address.ts';
import { r2AdminPermissions } from '../../../../policies/guardrails/rules/r2-admin-permissions.ts';
import { r2NamedBuckets } from '../../../../policies/guardrails/rules/r2-named-buckets.ts';
import { tokenExpiry } from '../../../../policies/guardrails/rules/token-expiry.ts';
import { sideGrant } from '../../../../policies/migration-grants.ts';
import { changed, productionValues } from '../../fixtures/values.ts';
import { aResource, declaring, saysOf } from '../fixtures/resources.ts';

const accountToken = 'cloudflare:index/accountToken:AccountToken';
const apiToken = 'cloudflare:index/apiToken:ApiToken';
const account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const bucket = `com.cloudflare.edge.r2.bucket.${account}_default_media`;

const token = (groupId: string, resources: unknown, effect = 'allow') =>
  aResource(accountToken, {
    policies: [
      {
        effect,
        permissionGroups: [{ id: groupId }],
        resources: typeof resources === 'string' ? resources : JSON.stringify(resources),
      },
    ],
  });

describe('R4: a token with an admin or account-wide permission is refused', () => {
  test.each([
    [r2PermissionGroups.storageRead.id, 'Admin Read only'],
    [r2PermissionGroups.storageWrite.id, 'Admin Read & Write'],
    ['d229766a2f7f4d299f20eaa8c9b1fde9', 'Data Catalog Write'],
    ['5bc3f8b21c554832afc660159ab75fa4', 'Account API Tokens Write'],
  ])('%s, %s', (id, name) => {
    expect(saysOf(r2AdminPermissions, token(id, { [bucket]: '*' }))).toEqual([expect.stringContaining(name)]);
  });

  test.each([r2PermissionGroups.bucketItemRead, r2PermissionGroups.bucketItemWrite])('but not $name', ({ id }) => {
    expect(saysOf(r2AdminPermissions, token(id, { [bucket]: '*' }))).toEqual([]);
  });

  test('nor one that is denied', () => {
    expect(saysOf(r2AdminPermissions, token(r2PermissionGroups.storageWrite.id, { [bucket]: '*' }, 'deny'))).toEqual(
      [],
    );
  });
});

describe('R1, R4: a token that does not name its buckets is refused', () => {
  const { id } = r2PermissionGroups.bucketItemWrite;
  const whole = `com.cloudflare.api.account.${account}`;
  test.each([
    ['the account', { [whole]: '*' }, 'the whole account'],
    ['every bucket', { [whole]: { 'com.cloudflare.edge.r2.bucket.*': '*' } }, 'every bucket of the account'],
    ['every account', { 'com.cloudflare.api.account.*': '*' }, 'the whole account'],
    ['nothing that can be read', 'bucket media', 'no JSON object'],
  ])('%s', (_case, resources, what) => {
    expect(saysOf(r2NamedBuckets, token(id, resources))).toEqual([expect.stringContaining(what)]);
  });

  test('also as an object, as older programs give it', () => {
    const resource = aResource(apiToken, { policies: [{ permissionGroups: [{ id }], resources: { [whole]: '*' } }] });
    expect(saysOf(r2NamedBuckets, resource)).toHaveLength(1);
  });

  test.each([
    ['a bucket', { [bucket]: '*' }],
    ['a zone', { 'com.cloudflare.api.account.zone.0000000000000000000000000000000a': '*' }],
  ])('but not one for %s', (_case, resources) => {
    expect(saysOf(r2NamedBuckets, token(id, resources))).toEqual([]);
  });

  test('what sluice itself renders is good', () => {
    const grants = declaring().migrations.flatMap((migration) => sideGrant(migration, 'destination') ?? []);
    const onR2 = grants.filter(({ location }) => location.provider === 'r2');
    expect(onR2.length).toBeGreaterThan(0);
    for (const grant of onR2) {
      const [policy] = r2TokenDialect.render(grant);
      const resource = token(policy?.permissionGroups[0]?.id ?? '', policy?.resources);
      expect([...saysOf(r2AdminPermissions, resource), ...saysOf(r2NamedBuckets, resource)]).toEqual([]);
    }
  });
});

describe('R3: a token without an end, or with one too far away, is refused', () => {
  const expiring = (expiresOn?: string, name?: string) =>
    aResource(accountToken, { ...(expiresOn && { expiresOn }), ...(name && { name }) });
  const service = (duration?: string) =>
    aResource('cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken', {
      ...(duration && { duration }),
    });

  test.each([
    ['no end', expiring(), 'the token never expires'],
    ['an end in two years', expiring('2028-11-22T00:00:00Z'), 'lives until 2028-11-22T00:00:00Z, longer than 365 days'],
    ['no date', expiring('soon'), 'expiresOn is no date'],
    ['a service token for ever', service('forever'), 'the service token never expires'],
    ['a service token of two years', service('17520h'), 'lives for 17520h, longer than 365 days'],
    ['a service token of no known time', service('long'), 'is no time'],
  ])('%s', (_case, resource, what) => {
    expect(saysOf(tokenExpiry, resource)).toEqual([expect.stringContaining(what)]);
  });

  test.each([
    ['90 days', expiring('2027-02-20T00:00:00Z')],
    ['a year', expiring('2027-11-22T00:00:00Z')],
    ['a service token of 90 days', service('2160h')],
    ['a service token of the hour more that a rotation adds', service('8761h')],
    ['a service token that leaves it to Cloudflare: a year', service()],
    ['another resource', aResource('aws:iam/user:User')],
  ])('but not %s', (_case, resource) => {
    expect(saysOf(tokenExpiry, resource)).toEqual([]);
  });

  test('the limit can be set', () => {
    expect(saysOf(tokenExpiry, expiring('2027-02-20T00:00:00Z'), { settings: { daysMax: 30 } })).toHaveLength(1);
  });

  test('a reason in the stack configuration counts, for that token alone', () => {
    const values = changed(productionValues(), 'migrations', [
      {
        name: 'media',
        operation: 'copy',
        source: { provider: 'file', path: './exports' },
        destination: {
          provider: 'r2',
          bucket: 'media',
          prefix: 'uploads/',
          credential: { current: { issuedOn: '2026-11-22' }, neverExpires: 'a NAS that nobody can reach' },
        },
      },
    ]);
    const declared = declaring({ migrations: values['migrations'] });
    expect(saysOf(tokenExpiry, expiring(undefined, 'sluice-prod-media-destination-a'), { declared })).toEqual([]);
    expect(saysOf(tokenExpiry, expiring(undefined, 'sluice-prod-media-destination-b'), { declared })).toHaveLength(1);
  });
});

describe('A4: a public r2.dev address is refused', () => {
  const managed = 'cloudflare:index/r2ManagedDomain:R2ManagedDomain';
  test.each([[{ enabled: true }], [{}], [{ enabled: 'false' }]])('%j', (properties) => {
    expect(saysOf(publicR2Address, aResource(managed, properties))).toEqual(['the r2.dev address is switched on']);
  });
  test('but not one that is off', () => {
    expect(saysOf(publicR2Address, aResource(managed, { enabled: false }))).toEqual([]);
  });
});
