import { type Properties, Secret } from '../../../../sandbox/stand-ins/provider/property-value.ts';
import { type Clouds, startClouds } from '../clouds-under-test.ts';
import { matching, plain, type Resource } from '../stand-in-under-test.ts';
import {
  accountToken,
  application,
  customDomain,
  managedDomain,
  policy,
  r2Bucket,
  serviceToken,
} from './resource-types.ts';

let clouds: Clouds;
let accountId: string;
let zoneId: string;
beforeAll(async () => {
  clouds = await startClouds('cloudflare');
  accountId = clouds.status.cloudflare.accountId;
  zoneId = clouds.status.cloudflare.zones[0]?.id ?? '';
});
afterAll(() => clouds.dispose());

/** What somebody else does by hand. */
async function api(method: string, path: string, body?: object): Promise<Properties> {
  const { apiBaseUrl, apiToken } = clouds.status.cloudflare;
  const answer = await fetch(`${apiBaseUrl}/accounts/${accountId}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { result } = (await answer.json()) as { result: Properties | null };
  return result ?? {};
}

/** A refresh changes nothing, and the next deployment has nothing to do. */
async function expectSteady(token: string, resource: Resource): Promise<void> {
  const refreshed = await clouds.standIn.refresh(token, resource);
  expect(plain(refreshed?.inputs ?? {})).toEqual(plain(resource.inputs));
  expect(plain(refreshed?.outputs ?? {})).toMatchObject(plain(resource.outputs));
  const change = { before: refreshed?.inputs ?? {}, after: resource.inputs, state: refreshed?.outputs ?? {} };
  expect(await clouds.standIn.decision(token, change)).toBe('nothing');
}

describe('R1: cloudflare.AccountToken in the sandbox', () => {
  const groups = { read: '6a018a9f2fc74eb6b293b0c548f38b39', write: '2efd5506f9c8494dacb1fa10a3e7d5b6' };
  const grant = (group: keyof typeof groups, bucket: string): Properties => ({
    effect: 'allow',
    permissionGroups: [{ id: groups[group] }],
    resources: JSON.stringify({ [`com.cloudflare.edge.r2.bucket.${accountId}_default_${bucket}`]: '*' }),
  });
  const program = (more: Properties = {}): Properties => ({
    accountId,
    name: 'media-a',
    policies: [grant('write', 'media'), grant('read', 'media')],
    expiresOn: '2099-01-01T00:00:00Z',
    ...more,
  });

  test('has a secret value, which a rename keeps and a refresh never loses', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(accountToken, program());
    expect(made.id).toMatch(/^[0-9a-f]{32}$/);
    expect(made.outputs['value']).toBeInstanceOf(Secret);
    expect(made.outputs).toMatchObject({ status: 'active', policies: program()['policies'] });
    await expectSteady(accountToken, made);

    const renamed = await standIn.change(accountToken, made, program({ name: 'media-b' }));
    expect(renamed.id).toBe(made.id);
    expect(plain(renamed.outputs)['value']).toBe(plain(made.outputs)['value']);
    expect(await api('GET', `/tokens/${made.id}`)).toMatchObject({ name: 'media-b' });

    await standIn.delete(accountToken, renamed);
    expect(await standIn.refresh(accountToken, renamed)).toBeUndefined();
    await expect(standIn.delete(accountToken, renamed)).rejects.toThrow(/404/); // as in the real provider
  });

  test('is found with its policies in the order of the state, and changed ones where they are', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(accountToken, program());
    const stored = await api('GET', `/tokens/${made.id}`);
    const policies = stored['policies'] as Properties[];
    await api('PUT', `/tokens/${made.id}`, { ...pick(stored), policies: policies.toReversed() });
    // It was written a moment later, which may be another second.
    const outputs = Object.fromEntries(Object.entries(made.outputs).filter(([name]) => name !== 'modifiedOn'));
    await expectSteady(accountToken, { ...made, outputs });

    const wider = { ...policies[0], resources: { [`com.cloudflare.api.account.${accountId}`]: '*' } };
    await api('PUT', `/tokens/${made.id}`, {
      ...pick(stored),
      policies: [{ ...wider, permission_groups: [{ id: 'bf7481a1826f439697cb59a20b22293e' }] }, policies[1]],
    });
    const refreshed = await standIn.refresh(accountToken, made);
    const drift = { before: refreshed?.inputs ?? {}, after: made.inputs };
    expect(await standIn.decision(accountToken, drift)).toBe('update');
    await standIn.delete(accountToken, made);
  });

  test('R3: one that expired is dropped, so that the next update makes another', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(accountToken, program({ expiresOn: '2020-01-01T00:00:00Z' }));
    expect(await standIn.refresh(accountToken, made)).toBeUndefined();
    await standIn.delete(accountToken, made);
  });

  test('is imported without its value', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(accountToken, program());
    const imported = await standIn.refresh(accountToken, { id: `${accountId}/${made.id}`, inputs: {}, outputs: {} });
    expect(imported).toMatchObject({ id: made.id, inputs: program() });
    expect(imported?.outputs['value']).toBeUndefined();
    await standIn.delete(accountToken, made);
  });

  /** What a PUT takes of what a GET gives. */
  function pick({ name, expires_on }: Properties): Properties {
    return { name: name ?? null, expires_on: expires_on ?? null };
  }
});

describe('X1: cloudflare.R2Bucket and its domains in the sandbox', () => {
  test('a bucket is made, changed in class, and gone after its deletion', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(r2Bucket, { accountId, name: 'classes' });
    expect(made).toMatchObject({ id: 'classes', outputs: { jurisdiction: 'default', storageClass: 'Standard' } });
    await expectSteady(r2Bucket, made);
    const program = { accountId, name: 'classes', storageClass: 'InfrequentAccess' };
    const changed = await standIn.change(r2Bucket, made, program);
    expect(await api('GET', '/r2/buckets/classes')).toMatchObject({ storage_class: 'InfrequentAccess' });
    await standIn.delete(r2Bucket, changed);
    expect(await standIn.refresh(r2Bucket, changed)).toBeUndefined();
  });

  test('a bucket lives in its jurisdiction, and a change of it fails as in reality', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(r2Bucket, { accountId, name: 'european', jurisdiction: 'eu' });
    await expectSteady(r2Bucket, made);
    const moved = standIn.change(r2Bucket, made, { accountId, name: 'european', jurisdiction: 'default' });
    await expect(moved).rejects.toThrow(/404.*10006/);
    const imported = { id: `${accountId}/european/eu`, inputs: {}, outputs: {} };
    expect(await standIn.refresh(r2Bucket, imported)).toMatchObject({
      id: 'european',
      outputs: { jurisdiction: 'eu' },
    });
    await standIn.delete(r2Bucket, made);
  });

  test('A4: r2.dev is switched; a switch by hand is no drift; its deletion leaves it', async () => {
    const { standIn } = clouds;
    const bucket = await standIn.make(r2Bucket, { accountId, name: 'managed' });
    const program = { accountId, bucketName: 'managed', enabled: false };
    const made = await standIn.make(managedDomain, program);
    expect(made).toMatchObject({
      id: accountId,
      outputs: { enabled: false, domain: matching(/r2\.dev/) },
    });

    await api('PUT', '/r2/buckets/managed/domains/managed', { enabled: true });
    await expectSteady(managedDomain, made);
    await standIn.delete(managedDomain, made);
    expect(await api('GET', '/r2/buckets/managed/domains/managed')).toMatchObject({ enabled: true });
    await standIn.delete(r2Bucket, bucket);
  });

  test('A1: a custom domain is attached, changed and removed', async () => {
    const { standIn } = clouds;
    const bucket = await standIn.make(r2Bucket, { accountId, name: 'domains' });
    const program = { accountId, bucketName: 'domains', domain: 'domains.example.test', zoneId, enabled: true };
    const made = await standIn.make(customDomain, program);
    expect(made).toMatchObject({
      id: `${accountId}__${zoneId}`,
      outputs: { zoneName: 'example.test', status: { ownership: matching(/./), ssl: matching(/./) } },
    });
    await expectSteady(customDomain, made);
    const changed = await standIn.change(customDomain, made, { ...program, minTls: '1.2', enabled: false });
    expect(await api('GET', '/r2/buckets/domains/domains/custom/domains.example.test')).toMatchObject({
      enabled: false,
      minTLS: '1.2',
    });
    await standIn.delete(customDomain, changed);
    expect(await standIn.refresh(customDomain, changed)).toBeUndefined();
    await standIn.delete(r2Bucket, bucket);
  });
});

describe('A2: cloudflare.ZeroTrustAccess in the sandbox', () => {
  test('a policy is made, opened by hand, seen and set right', async () => {
    const { standIn } = clouds;
    const includes = [{ emailDomain: { domain: 'example.test' } }, { email: { email: 'guest@example.org' } }];
    const program = { accountId, name: 'staff', decision: 'allow', includes };
    const made = await standIn.make(policy, program);
    expect(made.outputs).toMatchObject({ sessionDuration: '24h', includes });
    await expectSteady(policy, made);

    await api('PUT', `/access/policies/${made.id}`, { name: 'staff', decision: 'allow', include: [{ everyone: {} }] });
    const refreshed = await standIn.refresh(policy, made);
    expect(refreshed?.inputs['includes']).toEqual([{ everyone: {} }]);
    expect(await standIn.decision(policy, { before: refreshed?.inputs ?? {}, after: made.inputs })).toBe('update');

    const changed = await standIn.change(policy, made, { ...program, includes: includes.slice(0, 1) });
    expect((await api('GET', `/access/policies/${made.id}`))['include']).toEqual([
      { email_domain: { domain: 'example.test' } },
    ]);
    await standIn.delete(policy, changed);
    expect(await standIn.refresh(policy, changed)).toBeUndefined();
  });

  test('an application refers to its policies, and stays the same application under another hostname', async () => {
    const { standIn } = clouds;
    const everyone = { accountId, name: 'staff', decision: 'allow', includes: [{ everyone: {} }] };
    const staff = await standIn.make(policy, everyone);
    const program = (host: string): Properties => ({
      accountId,
      name: host,
      type: 'self_hosted',
      domain: host,
      destinations: [{ uri: host }],
      sessionDuration: '12h',
      policies: [{ id: staff.id }],
    });
    const made = await standIn.make(application, program('files.example.test'));
    expect(made.outputs).toMatchObject({
      aud: matching(/^[0-9a-f]{64}$/),
      policies: [{ id: staff.id, precedence: 1 }],
      destinations: [{ type: 'public', uri: 'files.example.test' }],
    });
    await expectSteady(application, {
      ...made,
      inputs: { ...made.inputs, destinations: made.outputs['destinations'] ?? null },
    });

    const moved = await standIn.change(application, made, program('other.example.test'));
    expect(moved.outputs).toMatchObject({ aud: made.outputs['aud'], domain: 'other.example.test' });

    const bare = await standIn.change(application, moved, { ...program('other.example.test'), policies: null });
    expect((await api('GET', `/access/apps/${made.id}`))['policies']).toEqual([]);
    await standIn.delete(application, bare);
    expect(await standIn.refresh(application, bare)).toBeUndefined();
    await standIn.delete(policy, staff);
  });

  test('A2: a service token keeps its secret until its version is raised', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(serviceToken, { accountId, name: 'reader' });
    expect(made.outputs['clientSecret']).toBeInstanceOf(Secret);
    expect(made.outputs).toMatchObject({
      clientId: matching(/^[0-9a-f]{32}\.access$/),
      clientSecretVersion: 1,
      duration: '8760h',
    });
    await expectSteady(serviceToken, made);
    expect((await standIn.refresh(serviceToken, made))?.outputs).toMatchObject({ expiresAt: matching(/./) });

    const renamed = await standIn.change(serviceToken, made, { accountId, name: 'robot' });
    const secretOf = ({ outputs }: Resource): unknown => plain(outputs)['clientSecret'];
    expect(secretOf(renamed)).toBe(secretOf(made));

    const rotation = { clientSecretVersion: 2, previousClientSecretExpiresAt: '2099-01-01T00:00:00Z' };
    const rotated = await standIn.change(serviceToken, renamed, { accountId, name: 'robot', ...rotation });
    expect(rotated.outputs['clientSecret']).toBeInstanceOf(Secret);
    expect(secretOf(rotated)).not.toBe(secretOf(made));
    expect(rotated.outputs['clientId']).toBe(made.outputs['clientId']);
    await standIn.delete(serviceToken, rotated);
  });
});

test('an error of the API comes with its status and code, and without the token', async () => {
  const { standIn } = clouds;
  const { inputs } = await standIn.check(managedDomain, { accountId, bucketName: 'absent', enabled: true });
  const failed = standIn.create(managedDomain, inputs);
  await expect(failed).rejects.toThrow(/404.*10006/);
  await expect(failed).rejects.not.toThrow(clouds.status.cloudflare.apiToken);
});
