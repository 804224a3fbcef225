import { accountUnderTest, groups, mint, refusalOf } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';

let under: AccountUnderTest;
beforeAll(async () => {
  under = await accountUnderTest();
});
afterAll(() => under.stop());

const staff = [{ email_domain: { domain: 'example.test' } }];
const newPolicy = (name = 'staff') =>
  under.client.zeroTrust.access.policies.create({
    account_id: under.account_id,
    name,
    decision: 'allow',
    include: staff,
  });

/** The client's type for applications is one union for all kinds; these are the fields of a self-hosted one. */
interface SelfHosted {
  id: string;
  aud: string;
  name: string;
  domain: string;
  destinations: { type: string; uri: string }[];
  self_hosted_domains: string[];
  policies: { id: string; name: string; precedence: number; include: unknown[]; reusable: boolean }[];
}
const postApplication = (body: object) =>
  under.raw('POST', `/accounts/${under.account_id}/access/apps`, {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const newApplication = async (body: object): Promise<SelfHosted> => {
  const answer = await postApplication({ type: 'self_hosted', ...body });
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { result: SelfHosted }).result;
};
const get = async (id: string): Promise<unknown> =>
  under.client.zeroTrust.access.applications.get(id, { account_id: under.account_id });

describe('A1: Access applications', () => {
  test('answer with audience, domain, destinations and expanded policies by precedence', async () => {
    const [first, second] = [await newPolicy('first'), await newPolicy('second')];
    const application = await newApplication({
      name: 'files',
      destinations: [{ type: 'public', uri: 'one.example.test' }],
      policies: [
        { id: second.id, precedence: 2 },
        { id: first.id, precedence: 1 },
      ],
    });
    expect(application).toMatchObject({
      name: 'files',
      domain: 'one.example.test',
      self_hosted_domains: ['one.example.test'],
      destinations: [{ type: 'public', uri: 'one.example.test' }],
      policies: [
        { id: first.id, name: 'first', precedence: 1, include: staff, reusable: true, app_count: 1 },
        { id: second.id, name: 'second', precedence: 2 },
      ],
    });
    expect(application.aud).toMatch(/^[0-9a-f]{64}$/);
    expect(await get(application.id)).toEqual(application);
  });

  test('are filled in from the domain, or from self_hosted_domains', async () => {
    expect(await newApplication({ domain: 'two.example.test/alpha' })).toMatchObject({
      name: 'two.example.test/alpha',
      destinations: [{ type: 'public', uri: 'two.example.test/alpha' }],
      policies: [],
    });
    expect(await newApplication({ self_hosted_domains: ['three.example.test', 'four.example.test'] })).toMatchObject({
      domain: 'three.example.test',
      destinations: [{ uri: 'three.example.test' }, { uri: 'four.example.test' }],
    });
  });

  test('are replaced: policies left out stay, an empty list removes them, nulls mean absent', async () => {
    const policy = await newPolicy();
    const { id, aud } = await newApplication({
      domain: 'five.example.test',
      policies: [policy.id],
      session_duration: '24h',
    });
    const put = async (body: object) =>
      under.raw('PUT', `/accounts/${under.account_id}/access/apps/${id}`, {
        body: JSON.stringify({ type: 'self_hosted', domain: 'five.example.test', ...body }),
        headers: { 'content-type': 'application/json' },
      });
    expect(await put({ session_duration: null, name: 'renamed' })).toMatchObject({
      body: { result: { id, aud, name: 'renamed', policies: [{ id: policy.id, precedence: 1 }] } },
    });
    expect(await get(id)).not.toHaveProperty('session_duration');
    const inline = { name: 'inline', decision: 'non_identity', include: [{ any_valid_service_token: {} }], id: null };
    expect(await put({ policies: [inline] })).toMatchObject({
      body: { result: { policies: [{ name: 'inline', decision: 'non_identity', precedence: 1, reusable: false }] } },
    });
    expect(await put({ policies: [] })).toMatchObject({ body: { result: { policies: [] } } });
  });

  test('are listed and deleted', async () => {
    const { client, account_id } = under;
    const { id } = await newApplication({ domain: 'six.example.test' });
    const listed: unknown[] = [];
    for await (const application of client.zeroTrust.access.applications.list({ account_id }))
      listed.push(application.id);
    expect(listed).toContain(id);
    expect(await client.zeroTrust.access.applications.delete(id, { account_id })).toEqual({ id });
    await expect(refusalOf(client.zeroTrust.access.applications.get(id, { account_id }))).resolves.toMatchObject({
      status: 404,
    });
    await newApplication({ domain: 'six.example.test' });
  });

  test('two on one place are refused', async () => {
    await newApplication({ domain: 'seven.example.test' });
    expect(await postApplication({ type: 'self_hosted', domain: 'seven.example.test' })).toMatchObject({
      status: 409,
      body: { errors: [{ code: 12136 }] },
    });
  });

  test.each([
    ['a hostname outside every zone (A6)', { domain: 'files.other.test' }],
    ['a port', { domain: 'x.example.test:8080' }],
    ['a query', { domain: 'x.example.test/a?b' }],
    ['no place', { name: 'nowhere' }],
    [
      'a domain that is none of the destinations',
      { domain: 'x.example.test', destinations: [{ type: 'public', uri: 'y.example.test' }] },
    ],
    ['an unknown field', { domain: 'x.example.test', sessionDuration: '24h' }],
    ['what the edge does not do', { domain: 'x.example.test', options_preflight_bypass: true }],
    ['another kind of application', { type: 'saas', domain: 'x.example.test' }],
    ['a policy that does not exist', { domain: 'x.example.test', policies: ['no-such-policy'] }],
    [
      'a policy that is both reference and inline',
      {
        domain: 'x.example.test',
        policies: [{ id: 'x', name: 'n', decision: 'allow', include: staff }],
      },
    ],
  ])('%s is refused', async (_name, body) => {
    const answer = await postApplication({ type: 'self_hosted', ...body });
    expect(answer).toMatchObject({ status: 400, body: { success: false, errors: [{ code: 12130 }] } });
  });

  test('equal precedences are refused', async () => {
    const [one, two] = [await newPolicy('one'), await newPolicy('two')];
    const policies = [
      { id: one.id, precedence: 1 },
      { id: two.id, precedence: 1 },
    ];
    expect(await postApplication({ type: 'self_hosted', domain: 'x.example.test', policies })).toMatchObject({
      status: 400,
      body: {
        errors: [{ code: 12130, message: 'access.api.error.invalid_request: policy precedences must be unique' }],
      },
    });
  });
});

describe('reusable policies', () => {
  test('are made, read, listed, replaced and deleted by the cloudflare client', async () => {
    const { policies } = under.client.zeroTrust.access;
    const { account_id } = under;
    const made = await newPolicy('lifecycle');
    expect(made).toMatchObject({ name: 'lifecycle', decision: 'allow', include: staff, reusable: true, app_count: 0 });
    const id = made.id ?? '';
    expect(await policies.get(id, { account_id })).toEqual(made);
    const replaced = await policies.update(id, {
      account_id,
      name: 'lifecycle',
      decision: 'deny',
      include: [{ everyone: {} }],
      exclude: [{ ip: { ip: '192.0.2.0/24' } }],
    });
    expect(replaced).toMatchObject({ id, decision: 'deny', exclude: [{ ip: { ip: '192.0.2.0/24' } }] });
    expect((await policies.list({ account_id, per_page: 1000 })).result.map((policy) => policy.id)).toContain(id);
    expect(await policies.delete(id, { account_id })).toEqual({ id });
    await expect(refusalOf(policies.get(id, { account_id }))).resolves.toMatchObject({ status: 404 });
  });

  test('one that an application uses cannot be deleted before the application', async () => {
    const { client, account_id } = under;
    const { id = '' } = await newPolicy('in use');
    const application = await newApplication({ domain: 'eight.example.test', policies: [id] });
    await expect(refusalOf(client.zeroTrust.access.policies.delete(id, { account_id }))).resolves.toMatchObject({
      status: 409,
    });
    await client.zeroTrust.access.applications.delete(application.id, { account_id });
    await client.zeroTrust.access.policies.delete(id, { account_id });
  });

  test.each([
    ['two selectors in one rule', [{ email: { email: 'a@example.test' }, everyone: {} }]],
    ['an unknown selector', [{ emailDomain: { domain: 'example.test' } }]],
    ['a service token that does not exist', [{ service_token: { token_id: 'nobody' } }]],
    ['a group that does not exist', [{ group: { id: 'nobody' } }]],
    ['no rule', []],
  ])('%s is refused', async (_name, include) => {
    const body = JSON.stringify({ name: 'n', decision: 'allow', include });
    const headers = { 'content-type': 'application/json' };
    expect(await under.raw('POST', `/accounts/${under.account_id}/access/policies`, { body, headers })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 12130 }] },
    });
  });
});

describe('service tokens', () => {
  test('show their secret once, and end after their duration', async () => {
    const { serviceTokens } = under.client.zeroTrust.access;
    const { account_id } = under;
    const made = await serviceTokens.create({ account_id, name: 'reader' });
    expect(made).toEqual({
      id: expect.any(String) as string,
      name: 'reader',
      client_id: expect.stringMatching(/^[0-9a-f]{32}\.access$/) as string,
      client_secret: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      duration: '8760h',
      enabled: true,
    });
    const id = made.id ?? '';
    const read = await serviceTokens.get(id, { account_id });
    expect(read).toMatchObject({ id, client_id: made.client_id, expires_at: '2027-11-22T10:00:00Z' });
    expect(read).not.toHaveProperty('client_secret');
    expect(JSON.stringify(under.account.state)).not.toContain(made.client_secret);
    const changed = await serviceTokens.update(id, { account_id, name: 'reader 2', duration: '24h' });
    expect(changed).toMatchObject({ name: 'reader 2', expires_at: '2026-11-23T10:00:00Z' });
    expect(await serviceTokens.update(id, { account_id, duration: 'forever' })).toMatchObject({ expires_at: null });
    const names: unknown[] = [];
    for await (const token of serviceTokens.list({ account_id })) names.push(token.name);
    expect(names).toEqual(['reader 2']);
    await serviceTokens.delete(id, { account_id });
    await expect(refusalOf(serviceTokens.get(id, { account_id }))).resolves.toMatchObject({ status: 404 });
  });

  test('rotate by a raised version and an end of the old secret, both or neither', async () => {
    const { serviceTokens } = under.client.zeroTrust.access;
    const { account_id } = under;
    const { id = '', client_id, client_secret } = await serviceTokens.create({ account_id, name: 'rotating' });
    const update = (fields: object) => serviceTokens.update(id, { account_id, ...fields });
    const end = '2026-11-22T11:00:00Z';
    await expect(refusalOf(update({ client_secret_version: 2 }))).resolves.toMatchObject({ status: 400 });
    await expect(refusalOf(update({ previous_client_secret_expires_at: end }))).resolves.toMatchObject({ status: 400 });
    const rotated = await update({ client_secret_version: 2, previous_client_secret_expires_at: end });
    expect(rotated).toMatchObject({ client_id, client_secret: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(rotated).not.toMatchObject({ client_secret });
    const same = await update({ client_secret_version: 2, previous_client_secret_expires_at: end, name: 'renamed' });
    expect(same).not.toHaveProperty('client_secret');
    await expect(refusalOf(update({ client_secret_version: 1 }))).resolves.toMatchObject({ status: 400 });
  });

  test('a duration that is none is refused', async () => {
    const { serviceTokens } = under.client.zeroTrust.access;
    const made = serviceTokens.create({ account_id: under.account_id, name: 'n', duration: 'a year' });
    await expect(refusalOf(made)).resolves.toMatchObject({ status: 400 });
  });

  test('need their own permission group', async () => {
    const { value = '' } = await mint(under, groups.applicationsWrite);
    const { serviceTokens } = under.clientWith(value).zeroTrust.access;
    await expect(refusalOf(serviceTokens.create({ account_id: under.account_id, name: 'n' }))).resolves.toMatchObject({
      status: 403,
    });
  });
});

test('all of it survives a restart', async () => {
  expect((await under.reopened()).state).toEqual(under.account.state);
});

test('the organization tells its team domain', async () => {
  const { client, account_id } = under;
  const organization = await client.zeroTrust.organizations.list({ account_id });
  expect(organization.auth_domain).toMatch(/\.cloudflareaccess\.com$/);
});
