import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { edgeListener } from '../../../sandbox/edge/listener.ts';
import type { EdgeDecisionRecord } from '../../../sandbox/edge/listener.ts';
import { accountUnderTest } from '../cloudflare/account-under-test.ts';
import type { AccountUnderTest } from '../cloudflare/account-under-test.ts';

let under: AccountUnderTest;
let edge: string;
let zoneId: string;
const agent = new Agent();
const heard: EdgeDecisionRecord[] = [];
const hostname = 'files.example.test';

beforeAll(async () => {
  under = await accountUnderTest();
  edge = await under.serve(edgeListener(under.account, { onDecision: (record) => heard.push(record) }));
  zoneId = under.account.zones[0]?.id ?? '';
  const { client, account_id } = under;
  await client.r2.buckets.create({ account_id, name: 'media' });
  await under.put('default', 'media', 'photos/a b.txt', 'hello world', {
    'content-type': 'text/plain',
    'cache-control': 'max-age=60',
    'x-amz-meta-owner': 'somebody',
  });
  await under.put('default', 'media', 'alpha/secret.txt', 'secret');
  await attach(hostname);
});
afterAll(async () => {
  await agent.close();
  await under.stop();
});

const attach = (domain: string, enabled = true) =>
  under.client.r2.buckets.domains.custom.create('media', { account_id: under.account_id, domain, zoneId, enabled });

const ask = async (
  path: string,
  headers: Record<string, string> = {},
  { host = hostname, method = 'GET' }: { host?: string; method?: Dispatcher.HttpMethod } = {},
) => {
  const response = await request(`${edge}${path}`, { method, headers: { ...headers, host }, dispatcher: agent });
  return { status: response.statusCode, headers: response.headers, body: await response.body.text() };
};

const protectPlace = async (uri: string, policies: object[]): Promise<{ aud: string; remove: () => Promise<void> }> => {
  const { client, account_id } = under;
  const { body } = await under.raw('POST', `/accounts/${account_id}/access/apps`, {
    body: JSON.stringify({ type: 'self_hosted', destinations: [{ type: 'public', uri }], policies }),
    headers: { 'content-type': 'application/json' },
  });
  const { id, aud } = (body as { result: { id: string; aud: string } }).result;
  return {
    aud,
    remove: async () => {
      await client.zeroTrust.access.applications.delete(id, { account_id });
    },
  };
};
const allowStaff = { name: 'staff', decision: 'allow', include: [{ email_domain: { domain: 'example.test' } }] };
const serviceToken = async (name: string) => {
  const {
    id = '',
    client_id = '',
    client_secret = '',
  } = await under.client.zeroTrust.access.serviceTokens.create({
    account_id: under.account_id,
    name,
  });
  return { id, headers: { 'CF-Access-Client-Id': client_id, 'CF-Access-Client-Secret': client_secret } };
};
const machines = (id: string) => ({
  name: 'machines',
  decision: 'non_identity',
  include: [{ service_token: { token_id: id } }],
});

const object = '/photos/a%20b.txt';

describe('a page of another origin', () => {
  const origin = 'https://app.example.test';
  const preflight = { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'range' };
  const options = { method: 'OPTIONS' } as const;

  test("is told what the bucket's CORS rules allow it", async () => {
    const { client, account_id } = under;
    const allowed = { methods: ['GET' as const], origins: [origin], headers: ['range'] };
    await client.r2.buckets.cors.update('media', { account_id, rules: [{ allowed, exposeHeaders: ['etag'] }] });
    const told = { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'etag' };
    expect(await ask(object, { origin })).toMatchObject({ status: 200, body: 'hello world', headers: told });
    expect(await ask('/missing', { origin })).toMatchObject({ status: 404, headers: told });
    expect(await ask(object, preflight, options)).toMatchObject({
      status: 204,
      body: '',
      headers: { 'access-control-allow-headers': 'range', 'access-control-allow-methods': 'GET' },
    });
    const other = await ask(object, { origin: 'https://other.test' });
    expect(other.status).toBe(200);
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
    expect((await ask(object, { ...preflight, origin: 'https://other.test' }, options)).status).toBe(405);
    await client.r2.buckets.cors.delete('media', { account_id });
  });

  test('is told nothing where the bucket has none', async () => {
    expect((await ask(object, { origin })).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await ask(object, preflight, options)).status).toBe(405);
  });
});

test('what goes wrong inside is told to the log, not to the client', async () => {
  const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const broken = new Error('a path on this machine');
  const failing = await under.serve(
    edgeListener({
      ...under.account,
      get state(): never {
        throw broken;
      },
    }),
  );
  const { statusCode, body } = await request(failing, { dispatcher: agent });
  expect(statusCode).toBe(500);
  expect(await body.text()).not.toContain(broken.message);
  expect(logged).toHaveBeenCalledWith(broken);
  logged.mockRestore();
});

describe('a custom domain without an Access application is public, as in reality', () => {
  test('serves an object by its exact key, with its content headers only', async () => {
    const answer = await ask(object);
    expect(answer).toMatchObject({
      status: 200,
      body: 'hello world',
      headers: {
        'content-type': 'text/plain',
        'cache-control': 'max-age=60',
        'content-length': '11',
        'accept-ranges': 'bytes',
      },
    });
    expect(answer.headers).not.toHaveProperty('x-amz-meta-owner');
    expect((await ask(`${object}?download=1`)).body).toBe('hello world');
    expect((await ask(object, {}, { host: `${hostname.toUpperCase()}:4784` })).body).toBe('hello world');
  });

  test('answers HEAD, ranges and conditions', async () => {
    const head = await ask(object, {}, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '11' } });
    const cases: [string, number, string][] = [
      ['bytes=0-4', 206, 'hello'],
      ['bytes=6-', 206, 'world'],
      ['bytes=-5', 206, 'world'],
      ['bytes=6-999', 206, 'world'],
      ['bytes=0-1,3-4', 200, 'hello world'],
      ['bytes=4-1', 200, 'hello world'],
    ];
    for (const [range, status, body] of cases) expect(await ask(object, { range })).toMatchObject({ status, body });
    expect(await ask(object, { range: 'bytes=6-' })).toMatchObject({ headers: { 'content-range': 'bytes 6-10/11' } });
    expect(await ask(object, { range: 'bytes=11-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */11' },
    });
    expect(await ask(object, { 'if-none-match': String(head.headers['etag']) })).toMatchObject({
      status: 304,
      body: '',
    });
    expect(await ask(object, { 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
  });

  test.each(['/', '/photos/', '/photos', '/nothing.txt', '/?list-type=2', '//photos/a%20b.txt'])(
    '%s is a 404 page: nothing is listed or guessed',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, headers: { 'content-type': 'text/html; charset=utf-8' } });
    },
  );

  test('refuses to write, delete and misread', async () => {
    for (const method of ['PUT', 'POST', 'DELETE'] as const)
      expect(await ask(object, {}, { method })).toMatchObject({ status: 405 });
    expect(await ask('/%ff')).toMatchObject({ status: 400 });
    expect(await ask(object)).toMatchObject({ status: 200 });
  });

  test('a hostname that is not attached, or attached and off, serves nothing', async () => {
    expect(await ask(object, {}, { host: 'unknown.example.test' })).toMatchObject({ status: 404 });
    await attach('off.example.test', false);
    expect(await ask(object, {}, { host: 'off.example.test' })).toMatchObject({ status: 404 });
    const inBucket = { account_id: under.account_id, bucket_name: 'media' };
    await under.client.r2.buckets.domains.custom.update('off.example.test', { ...inBucket, enabled: true });
    expect(await ask(object, {}, { host: 'off.example.test' })).toMatchObject({ status: 200 });
    await under.client.r2.buckets.domains.custom.delete('off.example.test', inBucket);
    expect(await ask(object, {}, { host: 'off.example.test' })).toMatchObject({ status: 404 });
  });
});

describe('A1, A5: an Access application in front', () => {
  test("sends anonymous to the team's login, and scripts a 401", async () => {
    const application = await protectPlace(hostname, [allowStaff]);
    const answer = await ask(object);
    expect(answer).toMatchObject({ status: 302 });
    expect(answer.body).not.toContain('hello');
    const location = new URL(String(answer.headers['location']));
    expect(`${location.origin}${location.pathname}`).toBe(
      `https://${under.account.state.organization.authDomain}/cdn-cgi/access/login/${hostname}`,
    );
    expect(location.searchParams.get('kid')).toBe(application.aud);
    expect(location.searchParams.get('redirect_url')).toBe(object);
    expect(decodeJwt(location.searchParams.get('meta') ?? '')).toMatchObject({
      type: 'meta',
      aud: application.aud,
      hostname,
      auth_status: 'NONE',
      service_token_status: false,
    });
    const challenge = `Cloudflare-Access resource_metadata="https://${hostname}/.well-known/cloudflare-access-protected-resource${object}"`;
    expect(answer.headers['www-authenticate']).toBe(challenge);
    expect(String(answer.headers['set-cookie'])).toContain('CF_AppSession=');
    expect(await ask(object, { 'X-Requested-With': 'XMLHttpRequest' })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': challenge, 'content-type': 'text/html; charset=utf-8' },
    });
    expect(await ask(object, { accept: 'application/json' })).toMatchObject({ status: 302 });
    expect(await ask('/nothing.txt')).toMatchObject({ status: 302 });
    expect(await ask(object, {}, { method: 'PUT' })).toMatchObject({ status: 302 });
    await application.remove();
    expect(await ask(object)).toMatchObject({ status: 200 });
  });

  test('refuses anonymous where only service tokens come in, and serves the token it names', async () => {
    const [reader, other] = [await serviceToken('reader'), await serviceToken('other')];
    const application = await protectPlace(hostname, [machines(reader.id)]);
    expect(await ask(object)).toMatchObject({
      status: 403,
      headers: {
        'cf-access-aud': application.aud,
        'cf-access-domain': hostname,
        'content-type': 'text/html; charset=utf-8',
      },
    });
    expect(await ask(object, { accept: 'application/json' })).toMatchObject({
      status: 403,
      headers: { 'content-type': 'application/json' },
    });
    const served = await ask(object, reader.headers);
    expect(served).toMatchObject({ status: 200, body: 'hello world' });
    expect(await ask(object, other.headers)).toMatchObject({ status: 403 });
    expect(await ask(object, { ...reader.headers, 'CF-Access-Client-Secret': 'wrong' })).toMatchObject({ status: 403 });
    const { 'CF-Access-Client-Id': id } = reader.headers;
    expect(await ask(object, { 'CF-Access-Client-Id': id })).toMatchObject({ status: 403 });
    await application.remove();
  });

  test("begins a session that the team domain's certificates verify, for its own application only", async () => {
    const reader = await serviceToken('session');
    const [one, two] = [
      await protectPlace(hostname, [machines(reader.id)]),
      await protectPlace(`${hostname}/alpha`, [machines(reader.id)]),
    ];
    const served = await ask(object, reader.headers);
    const [, session = ''] = /CF_Authorization=([^;]+)/.exec(String(served.headers['set-cookie'])) ?? [];
    const { authDomain } = under.account.state.organization;
    const keys = JSON.parse((await ask('/cdn-cgi/access/certs', {}, { host: authDomain })).body) as { keys: object[] };
    const certificates = await under.serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys)),
    );
    const { payload } = await jwtVerify(session, createRemoteJWKSet(new URL(certificates)), {
      audience: one.aud,
      issuer: `https://${authDomain}`,
      currentDate: under.clock.now,
    });
    expect(payload).toMatchObject({ type: 'app', sub: '', common_name: reader.headers['CF-Access-Client-Id'] });
    const cookie = `CF_Authorization=${session}`;
    expect(await ask(object, { cookie })).toMatchObject({ status: 200 });
    expect(await ask('/alpha/secret.txt', { cookie })).toMatchObject({ status: 403 });
    expect(await ask(object, { cookie: `${cookie}x` })).toMatchObject({ status: 403 });
    await one.remove();
    await two.remove();
  });

  test('takes service tokens from one JSON header where the application says so', async () => {
    const reader = await serviceToken('json');
    const { client, account_id } = under;
    const { body } = await under.raw('POST', `/accounts/${account_id}/access/apps`, {
      body: JSON.stringify({
        type: 'self_hosted',
        domain: hostname,
        policies: [machines(reader.id)],
        read_service_tokens_from_header: 'Authorization',
        service_auth_401_redirect: true,
      }),
      headers: { 'content-type': 'application/json' },
    });
    const authorization = JSON.stringify(
      Object.fromEntries(Object.entries(reader.headers).map(([name, value]) => [name.toLowerCase(), value])),
    );
    expect(await ask(object, { authorization })).toMatchObject({ status: 200 });
    expect(await ask(object, { authorization: '{}' })).toMatchObject({ status: 401 });
    expect(await ask(object)).toMatchObject({ status: 401 });
    const { id } = (body as { result: { id: string } }).result;
    await client.zeroTrust.access.applications.delete(id, { account_id });
  });

  test('A3: the more specific path decides, however the path is spelled', async () => {
    const application = await protectPlace(`${hostname}/alpha`, [allowStaff]);
    expect(await ask(object)).toMatchObject({ status: 200 });
    for (const path of ['/alpha/secret.txt', '/%61lpha/secret.txt', '/alpha%2Fsecret.txt', '/alpha']) {
      expect(await ask(path)).toMatchObject({ status: 302 });
    }
    await application.remove();
  });
});

describe("R8: a service token's rotation", () => {
  test("both secrets are served until the old one's end, then only the new one; a disabled token is not", async () => {
    const { client, account_id, clock } = under;
    const reader = await serviceToken('rotating');
    const application = await protectPlace(hostname, [machines(reader.id)]);
    const update = (fields: object) =>
      client.zeroTrust.access.serviceTokens.update(reader.id, { account_id, ...fields });
    const rotated = await update({
      client_secret_version: 2,
      previous_client_secret_expires_at: '2026-11-22T11:00:00Z',
    });
    const renewed = {
      ...reader.headers,
      'CF-Access-Client-Secret': (rotated as { client_secret: string }).client_secret,
    };
    expect(await ask(object, reader.headers)).toMatchObject({ status: 200 });
    expect(await ask(object, renewed)).toMatchObject({ status: 200 });
    clock.now = new Date('2026-11-22T11:00:00Z');
    expect(await ask(object, reader.headers)).toMatchObject({ status: 403 });
    expect(await ask(object, renewed)).toMatchObject({ status: 200 });
    await update({ client_secret_version: 2, previous_client_secret_expires_at: '2026-11-22T12:00:00Z' });
    expect(await ask(object, reader.headers)).toMatchObject({ status: 200 });
    await update({ enabled: false });
    expect(await ask(object, reader.headers)).toMatchObject({ status: 403 });
    expect(await ask(object, renewed)).toMatchObject({ status: 403 });
    clock.now = new Date('2026-11-22T10:00:00Z');
    await application.remove();
  });

  test('rotate without an end kills the old secret at once', async () => {
    const { client, account_id } = under;
    const reader = await serviceToken('cut');
    const application = await protectPlace(hostname, [machines(reader.id)]);
    await client.zeroTrust.access.serviceTokens.rotate(reader.id, { account_id });
    expect(await ask(object, reader.headers)).toMatchObject({ status: 403 });
    await application.remove();
  });
});

describe('A5: strict service token authentication', () => {
  test('answers an invalid token with 401 and begins no session', async () => {
    const { client, account_id } = under;
    const [reader, other] = [await serviceToken('strict'), await serviceToken('stranger')];
    const application = await protectPlace(hostname, [allowStaff, machines(reader.id)]);
    await client.zeroTrust.organizations.update({ account_id, strict_service_token_auth: true });
    const served = await ask(object, reader.headers);
    expect(served.status).toBe(200);
    expect(served.headers).not.toHaveProperty('set-cookie');
    expect(await ask(object, { ...reader.headers, 'CF-Access-Client-Secret': 'wrong' })).toMatchObject({ status: 401 });
    expect(await ask(object, other.headers)).toMatchObject({ status: 403 });
    await client.zeroTrust.organizations.update({ account_id, strict_service_token_auth: false });
    expect(await ask(object, other.headers)).toMatchObject({ status: 302 });
    await application.remove();
  });
});

describe('A4: r2.dev', () => {
  test('serves while it is on, past every Access application; a page of 401 while it is off', async () => {
    const { client, account_id } = under;
    const { managed } = client.r2.buckets.domains;
    const { domain } = await managed.list('media', { account_id });
    const application = await protectPlace(hostname, [allowStaff]);
    const off = { status: 401, headers: { 'content-type': 'text/html; charset=utf-8' } };
    expect(await ask(object, {}, { host: domain })).toMatchObject(off);
    await managed.update('media', { account_id, enabled: true });
    expect(await ask(object, {}, { host: domain })).toMatchObject({ status: 200, body: 'hello world' });
    expect(await ask('/nothing.txt', {}, { host: domain })).toMatchObject({ status: 404 });
    await managed.update('media', { account_id, enabled: false });
    expect(await ask(object, {}, { host: domain })).toMatchObject(off);
    await application.remove();
  });

  test('a hostname of no bucket is a 404', async () => {
    expect(await ask('/a', {}, { host: `pub-${'0'.repeat(32)}.r2.dev` })).toMatchObject({ status: 404 });
  });
});

describe('A5, X5: the decision log hears what the edge decides', () => {
  /** What was decided about one request. */
  const decisionOn = async (...words: Parameters<typeof ask>) => {
    heard.length = 0;
    await ask(...words);
    expect(heard.length).toBeLessThan(2);
    const [record] = heard;
    return record && { ...record, at: record.at.toISOString() };
  };
  const place = { at: '2026-11-22T10:00:00.000Z', action: 'GET', resource: `${hostname}/photos/a b.txt` };

  test('who asked for which place, the verdict, and the policy of which application decided', async () => {
    const [reader, other] = [await serviceToken('heard'), await serviceToken('unheard')];
    const blockOther = { name: 'blocked', decision: 'deny', include: [{ service_token: { token_id: other.id } }] };
    const application = await protectPlace(hostname, [blockOther, machines(reader.id), allowStaff]);
    const of = `application ${hostname}`;
    expect(await decisionOn(object, reader.headers)).toEqual({
      ...place,
      principal: `service token heard (${reader.id})`,
      decision: { verdict: 'allowed', because: `policy "machines" (non_identity), ${of}` },
    });
    expect(await decisionOn(object, other.headers)).toEqual({
      ...place,
      principal: `service token unheard (${other.id})`,
      decision: { verdict: 'explicitly-denied', because: `policy "blocked" (deny), ${of}` },
    });
    const login = 'policy "staff" (allow) asks for a login';
    expect(await decisionOn(`${object}?secret=1`)).toEqual({
      ...place,
      decision: { verdict: 'implicitly-denied', because: `${login}, ${of}` },
    });
    expect(await decisionOn(object, { ...reader.headers, 'CF-Access-Client-Secret': 'wrong' })).toEqual({
      ...place,
      decision: { verdict: 'implicitly-denied', because: `${login}; the service token is not valid, ${of}` },
    });
    await application.remove();
    const closed = await protectPlace(hostname, [machines(reader.id)]);
    const none = { verdict: 'implicitly-denied', because: `no policy lets the request in, ${of}` };
    expect((await decisionOn(object))?.decision).toEqual(none);
    await closed.remove();
  });

  test('what is public, and that it is', async () => {
    const { client, account_id } = under;
    const because = 'no Access application covers the place: the custom domain is public';
    expect(await decisionOn(object)).toEqual({ ...place, decision: { verdict: 'allowed', because } });
    const { managed } = client.r2.buckets.domains;
    const { domain } = await managed.update('media', { account_id, enabled: false });
    const off = { verdict: 'implicitly-denied', because: 'r2.dev is off for the bucket media' };
    expect((await decisionOn(object, {}, { host: domain }))?.decision).toEqual(off);
    await managed.update('media', { account_id, enabled: true });
    const on = { verdict: 'allowed', because: 'r2.dev is on for the bucket media' };
    expect((await decisionOn(object, {}, { host: domain }))?.decision).toEqual(on);
  });

  test('nothing about hostnames that no bucket stands behind', async () => {
    expect(await decisionOn(object, {}, { host: 'unknown.example.test' })).toBeUndefined();
    const { authDomain } = under.account.state.organization;
    expect(await decisionOn('/cdn-cgi/access/certs', {}, { host: authDomain })).toBeUndefined();
  });
});
