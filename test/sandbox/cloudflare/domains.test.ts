import { accountUnderTest, refusalOf } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';

const domainActivationMs = 60_000;
let under: AccountUnderTest;
let zoneId: string;
beforeAll(async () => {
  under = await accountUnderTest({ domainActivationMs });
  zoneId = under.account.zones[0]?.id ?? '';
  for (const name of ['media', 'other']) await under.client.r2.buckets.create({ account_id: under.account_id, name });
});
afterAll(() => under.stop());

const attach = (domain: string, bucket = 'media', zone = zoneId) =>
  under.client.r2.buckets.domains.custom.create(bucket, {
    account_id: under.account_id,
    domain,
    zoneId: zone,
    enabled: true,
  });

describe('A5: custom domains', () => {
  test('go from initializing to active, are changed and removed', async () => {
    const { client, account_id, clock } = under;
    const { custom } = client.r2.buckets.domains;
    const at = { account_id, bucket_name: 'media' };
    expect(await attach('files.example.test')).toEqual({
      domain: 'files.example.test',
      enabled: true,
      zoneId,
      minTLS: '1.0',
      ciphers: [],
    });
    const attached = clock.now.getTime();
    const statusAfter = async (ms: number) => {
      clock.now = new Date(attached + ms);
      return (await custom.get('files.example.test', at)).status;
    };
    expect(await statusAfter(0)).toEqual({ ownership: 'pending', ssl: 'initializing' });
    expect(await statusAfter(domainActivationMs / 2)).toEqual({ ownership: 'pending', ssl: 'pending' });
    expect(await statusAfter(domainActivationMs)).toEqual({ ownership: 'active', ssl: 'active' });

    expect(await custom.update('files.example.test', { ...at, enabled: false, minTLS: '1.2' })).toMatchObject({
      domain: 'files.example.test',
      enabled: false,
      minTLS: '1.2',
    });
    expect((await custom.list('media', { account_id })).domains).toEqual([
      expect.objectContaining({ domain: 'files.example.test', enabled: false, zoneName: 'example.test' }),
    ]);
    expect(await custom.delete('files.example.test', at)).toEqual({ domain: 'files.example.test' });
    await expect(refusalOf(custom.get('files.example.test', at))).resolves.toMatchObject({ status: 404 });
  });

  test('one hostname belongs to one bucket until it is removed there', async () => {
    const { client, account_id, worlds } = under;
    await attach('one.example.test');
    await expect(refusalOf(attach('one.example.test', 'other'))).resolves.toMatchObject({ status: 409 });
    await client.r2.buckets.domains.custom.delete('one.example.test', { account_id, bucket_name: 'media' });
    await attach('one.example.test', 'other');
    await worlds.default.deleteBucket('other');
    await attach('one.example.test');
  });

  test('a bucket of another jurisdiction does not have the domain', async () => {
    const { client, account_id } = under;
    await client.r2.buckets.create({ account_id, name: 'media', 'cf-r2-jurisdiction': 'eu' });
    await attach('world.example.test');
    const asked = { account_id, bucket_name: 'media', 'cf-r2-jurisdiction': 'eu' as const };
    await expect(refusalOf(client.r2.buckets.domains.custom.get('world.example.test', asked))).resolves.toMatchObject({
      status: 404,
    });
  });
});

describe('A6: the zone must hold the hostname', () => {
  test.each(['files.other.test', 'example.test.evil.test', 'notexample.test'])('%s is refused', async (domain) => {
    await expect(refusalOf(attach(domain))).resolves.toMatchObject({ status: 400 });
  });

  test('the zone itself and what lies below it are accepted', async () => {
    await expect(attach('example.test')).resolves.toMatchObject({ domain: 'example.test' });
    await expect(attach('a.b.example.test')).resolves.toMatchObject({ domain: 'a.b.example.test' });
  });

  test('a zone of another account is refused', async () => {
    await expect(refusalOf(attach('x.example.test', 'media', 'f'.repeat(32)))).resolves.toMatchObject({ status: 403 });
  });

  test('a bucket that does not exist is refused', async () => {
    await expect(refusalOf(attach('x.example.test', 'nowhere'))).resolves.toMatchObject({ status: 404, code: 10006 });
  });
});

describe('A4: r2.dev', () => {
  test('is off on a new bucket, and switched by hand', async () => {
    const { client, account_id } = under;
    const { managed } = client.r2.buckets.domains;
    const off = await managed.list('media', { account_id });
    expect(off).toMatchObject({ enabled: false, domain: `pub-${off.bucketId}.r2.dev` });
    expect(off.bucketId).toMatch(/^[0-9a-f]{32}$/);
    expect(await managed.update('media', { account_id, enabled: true })).toEqual({ ...off, enabled: true });
    expect(await managed.list('media', { account_id })).toEqual({ ...off, enabled: true });
    expect(await managed.update('media', { account_id, enabled: false })).toEqual(off);
  });
});
