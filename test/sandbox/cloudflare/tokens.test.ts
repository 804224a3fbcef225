import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { accountUnderTest, bucketResource, groups, mint, refusalOf } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';

let under: AccountUnderTest;
beforeAll(async () => {
  under = await accountUnderTest();
});
afterAll(() => under.stop());

describe('R1: account tokens', () => {
  test('are made, read back, listed, replaced and deleted by the cloudflare client', async () => {
    const { client, account_id } = under;
    const made = await mint(under, groups.itemRead, bucketResource(account_id, 'media'), {
      expires_on: '2027-02-20T00:00:00Z',
    });
    expect(made).toMatchObject({ name: 'a token', status: 'active', expires_on: '2027-02-20T00:00:00Z' });
    expect(made.value).toMatch(/^[0-9A-Za-z\-_]{40,80}$/);
    expect(made.id).toMatch(/^[0-9a-f]{32}$/);
    const id = made.id ?? '';

    const read = await client.accounts.tokens.get(id, { account_id });
    expect(read).toMatchObject({ id, name: 'a token', issued_on: '2026-11-22T10:00:00Z' });
    expect(read).not.toHaveProperty('value');
    expect(read.policies?.[0]?.permission_groups[0]).toEqual({
      id: groups.itemRead,
      name: 'Workers R2 Storage Bucket Item Read',
    });

    const listed: (string | undefined)[] = [];
    for await (const token of client.accounts.tokens.list({ account_id })) listed.push(token.id);
    expect(listed).toContain(id);

    const replaced = await client.accounts.tokens.update(id, {
      account_id,
      name: 'renamed',
      policies: [
        {
          effect: 'allow',
          permission_groups: [{ id: groups.itemWrite }],
          resources: bucketResource(account_id, 'media'),
        },
      ],
    });
    expect(replaced).toMatchObject({ id, name: 'renamed' });
    expect(replaced).not.toHaveProperty('expires_on');
    expect((await client.accounts.tokens.verify({ account_id })).status).toBe('active');

    await expect(client.accounts.tokens.delete(id, { account_id })).resolves.toEqual({ id });
    await expect(refusalOf(client.accounts.tokens.get(id, { account_id }))).resolves.toMatchObject({ status: 404 });
    await expect(refusalOf(client.accounts.tokens.delete(id, { account_id }))).resolves.toMatchObject({ status: 404 });
  });

  test('return resources byte for byte, keys in the order received', async () => {
    const { account_id } = under;
    const keys = ['zz', 'aa', 'mm'].map((bucket) => `"com.cloudflare.edge.r2.bucket.${account_id}_default_${bucket}"`);
    const resources = `{${keys.map((key) => `${key}:"*"`).join(',')}}`;
    const body = `{"name":"n","policies":[{"effect":"allow","permission_groups":[{"id":"${groups.itemRead}"}],"resources":${resources}}]}`;
    const response = await fetch(`${under.baseURL}/accounts/${account_id}/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${under.account.administratorToken()}`, 'content-type': 'application/json' },
      body,
    });
    const text = await response.text();
    expect(text).toContain(`"resources":${resources}`);
  });

  test('a roll swaps the value at once and keeps the id', async () => {
    const { client, account_id, clientWith } = under;
    const { id = '', value = '' } = await mint(under, groups.storageRead);
    await clientWith(value).r2.buckets.list({ account_id });
    const next = await client.accounts.tokens.value.update(id, { account_id });
    expect(next).not.toBe(value);
    await expect(refusalOf(clientWith(value).r2.buckets.list({ account_id }))).resolves.toMatchObject({ status: 403 });
    await clientWith(next).r2.buckets.list({ account_id });
    expect(under.account.tokenById(id)?.valueSha256).toBe(createHash('sha256').update(next).digest('hex'));
  });

  test('a token knows when it was last used', async () => {
    const { client, account_id, clientWith } = under;
    const { id = '', value = '' } = await mint(under, groups.storageRead);
    expect(await client.accounts.tokens.get(id, { account_id })).not.toHaveProperty('last_used_on');
    await clientWith(value).r2.buckets.list({ account_id });
    expect((await client.accounts.tokens.get(id, { account_id })).last_used_on).toBe('2026-11-22T10:00:00Z');
  });

  test('list pages end with an empty one', async () => {
    const { account_id } = under;
    const second = await under.raw('GET', `/accounts/${account_id}/tokens?page=2&per_page=100`);
    expect(second).toMatchObject({
      status: 200,
      body: { success: true, result: [], result_info: { page: 2, count: 0 } },
    });
    const first = await under.raw('GET', `/accounts/${account_id}/tokens?page=1&per_page=1`);
    expect((first.body as { result: unknown[] }).result).toHaveLength(1);
  });
});

describe('R3: expiry', () => {
  test('an expired token opens nothing, reads as expired, and can be left out of the list', async () => {
    const { client, account_id, clientWith, clock } = under;
    const { id = '', value = '' } = await mint(under, groups.storageRead, undefined, {
      expires_on: '2026-11-22T11:00:00Z',
    });
    await clientWith(value).r2.buckets.list({ account_id });
    clock.now = new Date('2026-11-22T11:00:00Z');
    await expect(refusalOf(clientWith(value).r2.buckets.list({ account_id }))).resolves.toMatchObject({ status: 403 });
    await expect(refusalOf(clientWith(value).accounts.tokens.verify({ account_id }))).resolves.toMatchObject({
      status: 401,
      code: 1000,
    });
    expect((await client.accounts.tokens.get(id, { account_id })).status).toBe('expired');
    const live = await client.accounts.tokens.list({ account_id, include_expired: false, per_page: 1000 });
    expect(live.result.map((token) => token.id)).not.toContain(id);
    clock.now = new Date('2026-11-22T10:00:00Z');
  });

  test('a token does not open anything before not_before', async () => {
    const { account_id, clientWith } = under;
    const { value = '' } = await mint(under, groups.storageRead, undefined, { not_before: '2026-11-22T10:30:00Z' });
    await expect(refusalOf(clientWith(value).r2.buckets.list({ account_id }))).resolves.toMatchObject({ status: 403 });
  });

  test('a disabled token opens nothing until it is active again', async () => {
    const { client, account_id, clientWith } = under;
    const { id = '', value = '' } = await mint(under, groups.storageRead);
    const policies = [
      {
        effect: 'allow' as const,
        permission_groups: [{ id: groups.storageRead }],
        resources: { [`com.cloudflare.api.account.${account_id}`]: '*' },
      },
    ];
    await client.accounts.tokens.update(id, { account_id, name: 'n', policies, status: 'disabled' });
    await expect(refusalOf(clientWith(value).r2.buckets.list({ account_id }))).resolves.toMatchObject({ status: 403 });
    await client.accounts.tokens.update(id, { account_id, name: 'n', policies, status: 'active' });
    await clientWith(value).r2.buckets.list({ account_id });
  });
});

describe('a token is refused when', () => {
  const make = (policy: object) => {
    const { account_id } = under;
    const body = JSON.stringify({ name: 'n', policies: [policy] });
    return under.raw('POST', `/accounts/${account_id}/tokens`, {
      body,
      headers: { 'content-type': 'application/json' },
    });
  };
  const group = { id: groups.itemRead };

  test('its body has a field that the API does not know', async () => {
    const { account_id } = under;
    const resources = bucketResource(account_id, 'media');
    const answer = await make({ effect: 'allow', permission_groups: [group], resources, ttl: 5 });
    expect(answer).toMatchObject({ status: 400, body: { success: false, result: null, errors: [{ code: 1001 }] } });
    expect(JSON.stringify(answer.body)).toContain('ttl');
  });

  test('a bucket wildcard stands at the top of its resources', async () => {
    const answer = await make({
      effect: 'allow',
      permission_groups: [group],
      resources: { 'com.cloudflare.edge.r2.bucket.*': '*' },
    });
    expect(answer).toMatchObject({ status: 403, body: { errors: [{ code: 9109 }] } });
  });

  test('a resource is of another account', async () => {
    const resources = bucketResource('f'.repeat(32), 'media');
    expect(await make({ effect: 'allow', permission_groups: [group], resources })).toMatchObject({ status: 403 });
  });

  test('a permission group does not exist', async () => {
    const resources = bucketResource(under.account_id, 'media');
    const answer = await make({ effect: 'allow', permission_groups: [{ id: 'f'.repeat(32) }], resources });
    expect(answer.status).toBe(400);
  });

  test('it names no resource', async () => {
    expect(await make({ effect: 'allow', permission_groups: [group], resources: {} })).toMatchObject({ status: 400 });
  });
});

test('a bucket wildcard inside its account is accepted', async () => {
  const { account_id, client } = under;
  const resources = { [`com.cloudflare.api.account.${account_id}`]: { 'com.cloudflare.edge.r2.bucket.*': '*' } };
  const made = await client.accounts.tokens.create({
    account_id,
    name: 'every bucket',
    policies: [{ effect: 'allow', permission_groups: [{ id: groups.itemRead }], resources }],
  });
  expect(made.policies?.[0]?.resources).toEqual(resources);
});

describe('permission groups', () => {
  test('are found by name and scope, once or twice encoded', async () => {
    const { account_id, client } = under;
    const name = 'Access: Apps and Policies Write';
    for (const spelled of [name, encodeURIComponent(name)]) {
      const both = await client.accounts.tokens.permissionGroups.list({ account_id, name: spelled });
      expect(both.result).toHaveLength(2);
      const scope = 'com.cloudflare.api.account';
      const one = await client.accounts.tokens.permissionGroups.list({ account_id, name: spelled, scope });
      expect(one.result).toEqual([expect.objectContaining({ id: groups.applicationsWrite, scopes: [scope] })]);
    }
    const none = await client.accounts.tokens.permissionGroups.list({ account_id, name: 'No such group' });
    expect(none.result).toEqual([]);
  });
});

describe('R2: secrets', () => {
  test("no token value but the administrator's is on disk, and its file is for the owner only", async () => {
    const { value = '' } = await mint(under, groups.storageRead);
    const folder = join(under.directory, 'account');
    const files = await readdir(folder);
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    expect(texts.join()).not.toContain(value);
    expect(texts.filter((text) => text.includes(under.account.administratorToken()))).toHaveLength(1);
    for (const file of files) expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  });

  test('the administrator and all tokens survive a restart', async () => {
    const { value = '' } = await mint(under, groups.storageRead);
    const again = await under.reopened();
    expect(again.administratorToken()).toBe(under.account.administratorToken());
    expect(again.tokenByValue(value)?.name).toBe('a token');
    expect(again.tokenByValue(again.administratorToken())).toBeDefined();
  });
});
