import { accountUnderTest, bucketResource, groups, mint, refusalOf } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';

let under: AccountUnderTest;
beforeAll(async () => {
  under = await accountUnderTest();
});
afterAll(() => under.stop());

describe('a caller without a live token gets', () => {
  const answerTo = async (headers: Record<string, string>, path = `/accounts/${under.account_id}/r2/buckets`) => {
    const response = await fetch(`${under.baseURL}${path}`, { headers });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
  };

  test('1001 where no Authorization header came', async () => {
    const answer = await answerTo({});
    expect(answer).toEqual({
      status: 400,
      type: 'application/json',
      body: {
        success: false,
        errors: [{ code: 1001, message: 'Missing "Authorization" header' }],
        messages: [],
        result: null,
      },
    });
  });

  test('6003 with 6111 in its chain where the header is of another form', async () => {
    for (const authorization of ['Bearer short', `Basic ${'a'.repeat(40)}`, 'nonsense']) {
      expect(await answerTo({ authorization })).toMatchObject({
        status: 400,
        body: { errors: [{ code: 6003, error_chain: [{ code: 6111 }] }] },
      });
    }
  });

  test('403 where nobody holds the value, 401 from verify', async () => {
    const authorization = `Bearer ${'x'.repeat(40)}`;
    expect(await answerTo({ authorization })).toMatchObject({ status: 403 });
    expect(await answerTo({ authorization }, `/accounts/${under.account_id}/tokens/verify`)).toMatchObject({
      status: 401,
      body: { errors: [{ code: 1000 }] },
    });
  });
});

describe('R4: each call needs its own permission group', () => {
  const calls = {
    'read tokens': (api: AccountUnderTest['client'], account_id: string) => api.accounts.tokens.list({ account_id }),
    'read storage': (api: AccountUnderTest['client'], account_id: string) => api.r2.buckets.list({ account_id }),
    'write storage': (api: AccountUnderTest['client'], account_id: string) =>
      api.r2.buckets.create({ account_id, name: `made-${Math.random().toString(36).slice(2)}` }),
    'read applications': (api: AccountUnderTest['client'], account_id: string) =>
      api.zeroTrust.access.applications.list({ account_id }),
    'read service tokens': (api: AccountUnderTest['client'], account_id: string) =>
      api.zeroTrust.access.serviceTokens.list({ account_id }),
  };
  test.each([
    ['Account API Tokens Write', groups.tokensWrite, ['read tokens']],
    ['Account API Tokens Read', groups.tokensRead, ['read tokens']],
    ['Workers R2 Storage Read', groups.storageRead, ['read storage']],
    ['Workers R2 Storage Write', groups.storageWrite, ['read storage', 'write storage']],
    ['Access: Apps and Policies Write', groups.applicationsWrite, ['read applications']],
    ['the zone-scope twin of Access: Apps and Policies Write', groups.applicationsWriteOnZones, []],
    ['Workers R2 Storage Bucket Item Write', groups.itemWrite, []],
  ])('%s', async (_name, group, allowed) => {
    const { value = '' } = await mint(under, group);
    const client = under.clientWith(value);
    for (const [name, call] of Object.entries(calls)) {
      const outcome = await call(client, under.account_id).then(
        () => 'allowed',
        (error: unknown) => error,
      );
      if (allowed.includes(name)) expect([name, outcome]).toEqual([name, 'allowed']);
      else expect([name, outcome]).toEqual([name, expect.objectContaining({ status: 403 })]);
    }
  });

  test('a group on a bucket alone opens nothing of the control API, and verify works with any live token', async () => {
    const { account_id, clientWith } = under;
    const { id, value = '' } = await mint(under, groups.storageRead, bucketResource(account_id, 'media'));
    await expect(refusalOf(clientWith(value).r2.buckets.list({ account_id }))).resolves.toMatchObject({
      status: 403,
      code: 10000,
      message: 'Authentication error',
    });
    await expect(clientWith(value).accounts.tokens.verify({ account_id })).resolves.toMatchObject({
      id,
      status: 'active',
    });
  });

  test('an explicit deny beats every allow', async () => {
    const { account_id, client, clientWith } = under;
    const resources = { [`com.cloudflare.api.account.${account_id}`]: '*' };
    const permission_groups = [{ id: groups.storageRead }];
    const { value = '' } = await client.accounts.tokens.create({
      account_id,
      name: 'allowed and denied',
      policies: [
        { effect: 'allow', permission_groups, resources },
        { effect: 'deny', permission_groups, resources },
      ],
    });
    await expect(refusalOf(clientWith(value).r2.buckets.list({ account_id }))).resolves.toMatchObject({ status: 403 });
  });

  test('another account is refused', async () => {
    await expect(refusalOf(under.client.r2.buckets.list({ account_id: 'f'.repeat(32) }))).resolves.toMatchObject({
      status: 403,
      code: 9109,
    });
  });
});

describe('who may create tokens', () => {
  test('mints tokens for every bucket without holding R2 permissions, as at Cloudflare', async () => {
    const { account_id } = under;
    const { value = '' } = await mint(under, groups.tokensWrite);
    const creator = { ...under, client: under.clientWith(value) };
    const minted = await mint(creator, groups.itemWrite, bucketResource(account_id, 'any-bucket'));
    expect(minted.status).toBe('active');
  });

  test('is refused a single zone whose permission it does not hold, and gets one that it holds', async () => {
    const zone = `com.cloudflare.api.account.zone.${under.account.zones[0]?.id ?? ''}`;
    const { value = '' } = await mint(under, groups.tokensWrite);
    const creator = { ...under, client: under.clientWith(value) };
    await expect(refusalOf(mint(creator, groups.zoneRead, { [zone]: '*' }))).resolves.toMatchObject({
      status: 400,
      code: 1001,
      message: expect.stringContaining('Failed common permission check against resources.') as string,
    });
    await expect(mint(under, groups.zoneRead, { [zone]: '*' })).resolves.toMatchObject({ status: 'active' });
  });
});

describe('an address condition', () => {
  const list = async (condition: object) => {
    const { account_id, clientWith } = under;
    const { value = '' } = await mint(under, groups.storageRead, undefined, { condition });
    return clientWith(value).r2.buckets.list({ account_id });
  };

  test('lets in who is in it', async () => {
    await expect(list({ request_ip: { in: ['127.0.0.0/8'] } })).resolves.toBeDefined();
    await expect(list({ request_ip: { not_in: ['192.0.2.0/24'] } })).resolves.toBeDefined();
  });

  test('keeps out who is not', async () => {
    await expect(refusalOf(list({ request_ip: { in: ['192.0.2.0/24'] } }))).resolves.toMatchObject({ status: 403 });
    await expect(refusalOf(list({ request_ip: { not_in: ['127.0.0.1/32'] } }))).resolves.toMatchObject({ status: 403 });
  });
});

describe('zones', () => {
  test('are read by who may read them, and page 2 is empty', async () => {
    const names: string[] = [];
    for await (const zone of under.client.zones.list({ name: 'example.test' })) names.push(zone.name);
    expect(names).toEqual(['example.test']);
    expect((await under.client.zones.list({ name: 'other.test' })).result).toEqual([]);
    const zone_id = under.account.zones[0]?.id ?? '';
    expect(await under.client.zones.get({ zone_id })).toMatchObject({
      name: 'example.test',
      account: { id: under.account_id },
    });
  });

  test('are not there for who may not', async () => {
    const { value = '' } = await mint(under, groups.zoneRead);
    expect((await under.clientWith(value).zones.list()).result).toEqual([]);
    const zone_id = under.account.zones[0]?.id ?? '';
    await expect(refusalOf(under.clientWith(value).zones.get({ zone_id }))).resolves.toMatchObject({ status: 403 });
  });
});

describe('what the API does not have is refused aloud', () => {
  test('an unknown path', async () => {
    expect(await under.raw('GET', `/accounts/${under.account_id}/queues`)).toMatchObject({
      status: 404,
      body: { success: false, errors: [{ code: 7003 }] },
    });
  });

  test('listing accounts with an account-owned token', async () => {
    expect(await under.raw('GET', '/accounts')).toMatchObject({ status: 400, body: { errors: [{ code: 1001 }] } });
  });

  test('a body that is no JSON', async () => {
    const options = { body: '{', headers: { 'content-type': 'application/json' } };
    expect(await under.raw('POST', `/accounts/${under.account_id}/tokens`, options)).toMatchObject({
      status: 400,
      body: { success: false, errors: [{ code: 6007 }] },
    });
  });
});
