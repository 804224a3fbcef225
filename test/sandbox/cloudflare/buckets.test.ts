import { accountUnderTest, refusalOf } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';

let under: AccountUnderTest;
beforeAll(async () => {
  under = await accountUnderTest();
});
afterAll(() => under.stop());

describe('R2 buckets', () => {
  test('are made, read, changed and deleted by the cloudflare client', async () => {
    const { client, account_id } = under;
    const made = await client.r2.buckets.create({ account_id, name: 'media', locationHint: 'eeur' });
    expect(made).toMatchObject({ name: 'media', location: 'eeur', jurisdiction: 'default', storage_class: 'Standard' });
    expect(await client.r2.buckets.get('media', { account_id })).toEqual(made);
    const changed = await client.r2.buckets.edit('media', { account_id, storage_class: 'InfrequentAccess' });
    expect(changed).toEqual({ ...made, storage_class: 'InfrequentAccess' });
    expect(await client.r2.buckets.get('media', { account_id })).toEqual(changed);
    expect(await client.r2.buckets.delete('media', { account_id })).toEqual({});
    await expect(refusalOf(client.r2.buckets.get('media', { account_id }))).resolves.toEqual({
      status: 404,
      code: 10006,
      message: 'The specified bucket does not exist.',
    });
  });

  test('a new bucket of the same name inherits nothing, whichever way the old one went', async () => {
    const { client, account_id, worlds } = under;
    await client.r2.buckets.create({ account_id, name: 'again' });
    await client.r2.buckets.edit('again', { account_id, storage_class: 'InfrequentAccess' });
    const before = await client.r2.buckets.domains.managed.update('again', { account_id, enabled: true });
    await worlds.default.deleteBucket('again');
    await client.r2.buckets.create({ account_id, name: 'again' });
    expect(await client.r2.buckets.get('again', { account_id })).toMatchObject({ storage_class: 'Standard' });
    const after = await client.r2.buckets.domains.managed.list('again', { account_id });
    expect(after.enabled).toBe(false);
    expect(after.domain).not.toBe(before.domain);
  });

  test('each jurisdiction is a world of its own', async () => {
    const { client, account_id } = under;
    const eu = { account_id, 'cf-r2-jurisdiction': 'eu' as const };
    const made = await client.r2.buckets.create({ name: 'ledger', ...eu });
    expect(made.jurisdiction).toBe('eu');
    expect(await client.r2.buckets.get('ledger', eu)).toEqual(made);
    await expect(refusalOf(client.r2.buckets.get('ledger', { account_id }))).resolves.toMatchObject({ code: 10006 });
    await expect(
      refusalOf(
        client.r2.buckets.edit('ledger', { account_id, storage_class: 'Standard', 'cf-r2-jurisdiction': 'us' }),
      ),
    ).resolves.toMatchObject({ status: 404, code: 10006 });
    await client.r2.buckets.create({ account_id, name: 'ledger' });
    await client.r2.buckets.delete('ledger', eu);
    expect((await client.r2.buckets.get('ledger', { account_id })).jurisdiction).toBe('default');
  });

  test('conflicts are answered once: clients are told not to repeat them', async () => {
    const { client, account_id } = under;
    await client.r2.buckets.create({ account_id, name: 'full' });
    await under.put('default', 'full', 'a.txt', 'a');
    const path = `/accounts/${account_id}/r2/buckets`;
    const notEmpty = await under.raw('DELETE', `${path}/full`);
    expect(notEmpty).toMatchObject({ status: 409, body: { errors: [{ code: 10008 }] } });
    expect(notEmpty.headers.get('x-should-retry')).toBe('false');
    expect(notEmpty.headers.get('content-type')).toBe('application/json');
    const taken = await under.raw('POST', path, {
      body: '{"name":"full"}',
      headers: { 'content-type': 'application/json' },
    });
    expect(taken).toMatchObject({ status: 409, body: { errors: [{ code: 10073 }] } });
    expect(taken.headers.get('x-should-retry')).toBe('false');
    expect((await client.r2.buckets.get('full', { account_id })).name).toBe('full');
  });

  test('a delete is answered in JSON, with or without a content type on the empty request', async () => {
    const { client, account_id } = under;
    await client.r2.buckets.create({ account_id, name: 'short-lived' });
    const headers = { 'content-type': 'application/json' };
    const deleted = await under.raw('DELETE', `/accounts/${account_id}/r2/buckets/short-lived`, { headers });
    expect(deleted).toMatchObject({ status: 200, body: { success: true, result: {} } });
    expect(deleted.headers.get('content-type')).toBe('application/json');
  });

  test.each([
    ['a snake_case field', { name: 'media', storage_class: 'Standard' }],
    ['an unknown location', { name: 'media', locationHint: 'mars' }],
    ['a name with upper-case letters', { name: 'Media' }],
    ['a name of two letters', { name: 'me' }],
    ['no name', {}],
  ])('%s is refused', async (_name, body) => {
    const options = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await under.raw('POST', `/accounts/${under.account_id}/r2/buckets`, options);
    expect(answer).toMatchObject({ status: 400, body: { success: false } });
  });

  test('are listed by page, order and name', async () => {
    const { client, account_id } = under;
    const us = { account_id, 'cf-r2-jurisdiction': 'us' as const };
    for (const name of ['list-a', 'list-b', 'list-c', 'other']) await client.r2.buckets.create({ name, ...us });
    const names = async (query: object) =>
      (await client.r2.buckets.list({ ...us, ...query })).buckets?.map(({ name }) => name);
    expect(await names({})).toEqual(['list-a', 'list-b', 'list-c', 'other']);
    expect(await names({ name_contains: 'list', direction: 'desc' })).toEqual(['list-c', 'list-b', 'list-a']);
    expect(await names({ start_after: 'list-b' })).toEqual(['list-c', 'other']);
    const headers = { 'cf-r2-jurisdiction': 'us' };
    const first = await under.raw('GET', `/accounts/${account_id}/r2/buckets?per_page=3`, { headers });
    const { cursor } = (first.body as { result_info: { cursor: string } }).result_info;
    expect(await names({ cursor })).toEqual(['other']);
  });

  test('every bucket has the default lifecycle rule; what the sandbox does not do is refused aloud', async () => {
    const { client, account_id } = under;
    await client.r2.buckets.create({ account_id, name: 'ruled' });
    const { rules } = await client.r2.buckets.lifecycle.get('ruled', { account_id });
    expect(rules).toEqual([
      expect.objectContaining({
        enabled: true,
        abortMultipartUploadsTransition: { condition: { type: 'Age', maxAge: 604800 } },
      }),
    ]);
    const refused = await refusalOf(client.r2.buckets.sippy.get('ruled', { account_id }));
    expect(refused).toMatchObject({ status: 501, message: expect.stringContaining('sippy') as string });
  });
});
