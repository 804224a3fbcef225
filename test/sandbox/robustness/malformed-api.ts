import { brokenEscapes, type Chance, noNumbers } from './chance.ts';
import { type MalformedRequest, wireBytes } from './malformed-request.ts';

export interface ApiDoor {
  readonly host: string;
  readonly accountId: string;
  readonly apiToken: string;
}

type Generator<Where> = (chance: Chance, door: Where) => MalformedRequest;

const base = '/client/v4';

/** No JSON, or none of an object; written down once, since some are long. */
const brokenBodies: readonly (string | Buffer)[] = [
  '{',
  '[',
  '{"name":',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{}}}',
  '[]',
  '"text"',
  '12',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
];

/** Calls that Cloudflare's API must refuse. */
export const malformedApi: readonly Generator<ApiDoor>[] = [
  function noBearer(chance, { host, accountId }) {
    const authorization = chance.pick([
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${chance.text(40)}`,
      'Basic YTpi',
      'x'.repeat(5000),
    ]);
    const [method, place] = chance.pick(places(accountId));
    return api('no bearer', { method, target: base + place, headers: { host, authorization }, body: '' });
  },

  function noRoute(chance, { host, accountId, apiToken }) {
    const path = chance.pick([
      '/',
      '/client',
      '/client/v4/../v4/accounts',
      `/client/v4/accounts/${accountId}/r2/buckets/${chance.pick(brokenEscapes)}`,
      `/client/v4/accounts/${chance.text(8).replace(/[ ?#%]/g, '_')}/r2/buckets`,
      `/client/v4/accounts/${accountId}/${'a/'.repeat(200)}`,
      `/client/v4/accounts/${accountId}/tokens/${'t'.repeat(3000)}`,
      '//client//v4//accounts',
      '/client/v4/accounts/%00/tokens',
    ]);
    const method = chance.pick(['GET', 'PUT', 'POST', 'DELETE', 'PATCH']);
    return api('no route', { method, target: path, headers: bearer(host, apiToken), body: '' });
  },

  function brokenJson(chance, { host, accountId, apiToken }) {
    const [method, place] = chance.pick(places(accountId));
    const body = chance.pick([...brokenBodies, chance.bytes(50)]);
    return api('broken JSON', { method, target: base + place, headers: bearer(host, apiToken), body });
  },

  function impossibleBody(chance, { host, accountId, apiToken }) {
    const [method, place] = chance.pick(places(accountId));
    const value = chance.pick<unknown>([
      null,
      1,
      -1,
      1e308,
      '',
      [],
      {},
      [[]],
      'x'.repeat(5000),
      { a: 1 },
      '\u0000',
      '../..',
    ]);
    const field = chance.pick(['name', 'policies', 'storageClass', 'bogus', 'rules', 'domain', 'include', 'decision']);
    const body = JSON.stringify({ [field]: value, bogus: true });
    return api('impossible body', { method, target: base + place, headers: bearer(host, apiToken), body });
  },

  function otherType(chance, { host, accountId, apiToken }) {
    const type = chance.pick(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/', 'x']);
    const headers = { ...bearer(host, apiToken), 'content-type': type };
    const target = `${base}/accounts/${accountId}/r2/buckets`;
    return api('other type', { method: 'POST', target, headers, body: '{"name":"new-bucket"}' });
  },

  function brokenQuery(chance, { host, accountId, apiToken }) {
    const number = encodeURIComponent(chance.pick(noNumbers.filter((text) => text !== '0x10' && text !== '1e99')));
    const target = `${base}/accounts/${accountId}/tokens?per_page=${number}`;
    return api('broken query', { method: 'GET', target, headers: bearer(host, apiToken), body: '' });
  },

  function tooLong(chance, { host, accountId, apiToken }) {
    const bytes = chance.below(20) === 0 ? 1_100_000 : 3_000;
    const body = `{"name":"${'x'.repeat(bytes)}"}`;
    const target = `${base}/accounts/${accountId}/r2/buckets`;
    return api('too long', { method: 'POST', target, headers: bearer(host, apiToken), body });
  },
];

/** Calls that take a body; a body that is understood by none of them. */
function places(accountId: string): readonly (readonly [method: string, path: string])[] {
  const account = `/accounts/${accountId}`;
  return [
    ['POST', `${account}/tokens`],
    ['PUT', `${account}/tokens/00000000000000000000000000000000`],
    ['POST', `${account}/r2/buckets`],
    ['PUT', `${account}/r2/buckets/kept-bucket/cors`],
    ['PUT', `${account}/r2/buckets/kept-bucket/lifecycle`],
    ['PUT', `${account}/r2/buckets/kept-bucket/lock`],
    ['POST', `${account}/r2/buckets/kept-bucket/domains/custom`],
    ['PUT', `${account}/r2/buckets/kept-bucket/domains/managed`],
    ['POST', `${account}/r2/temp-access-credentials`],
    ['POST', `${account}/access/apps`],
    ['POST', `${account}/access/policies`],
    ['POST', `${account}/access/service_tokens`],
  ];
}

/** Requests that the sandbox's own switchboard must refuse. */
export const malformedControl: readonly Generator<{ readonly host: string }>[] = [
  function noSuchPlace(chance, { host }) {
    const target = chance.pick([
      '/',
      '/healthz',
      '//',
      '/health/',
      '/decisions/1',
      `/${chance.pick(brokenEscapes)}`,
      '/..',
    ]);
    const method = chance.pick(['GET', 'POST', 'PUT', 'DELETE']);
    return api('no such place', { method, target, headers: { host }, body: '' });
  },

  function brokenQuestion(chance, { host }) {
    const number = encodeURIComponent(chance.pick(['-1', 'NaN', '1.5', '٣', '--1', 'true', 'x']));
    const parameter = chance.pick(['after', 'limit', 'bogus']);
    return api('broken question', {
      method: 'GET',
      target: `/decisions?${parameter}=${number}`,
      headers: { host },
      body: '',
    });
  },

  function brokenRules(chance, { host }) {
    const body = chance.pick<string | Buffer>([
      '',
      '{',
      '[]',
      '{"rules":[{}]}',
      '{"rules":[{"fault":{"kind":"dance"}}]}',
      '{"rules":[{"fault":{"kind":"latency","delayMs":-1}}]}',
      '{"rules":[{"fault":{"kind":"clock-skew","skewSeconds":1e99}}]}',
      '{"rules":[{"fault":{"kind":"latency","delayMs":1},"endpoints":["nowhere"]}]}',
      '['.repeat(50_000),
      chance.bytes(64),
    ]);
    return api('broken rules', { method: 'PUT', target: '/misbehaviours', headers: { host }, body });
  },
];

/** Requests for what is not on the edge. */
export const malformedEdge: readonly Generator<{ readonly host: string }>[] = [
  function noSuchPlace(chance, door) {
    const host = chance.pick([
      door.host,
      '',
      'example.test',
      `pub-${chance.below(1e6)}.r2.dev`,
      '..',
      'x'.repeat(300),
      '[::1]:x',
      chance.text(20),
    ]);
    const escape = chance.pick(brokenEscapes);
    const target = chance.pick(['/', `/${escape}`, '//..//', '/%2e%2e/%2e%2e/etc/passwd', `/${'a'.repeat(4000)}`]);
    const method = chance.pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);
    const headers = { host, cookie: `CF_Authorization=${chance.text(30)}`, 'cf-access-jwt-assertion': chance.text(30) };
    return api('no such place', { method, target, headers, body: '' });
  },
];

/** What is no HTTP; any listener may answer 400 or close. */
export const brokenHttp: readonly Generator<{ readonly host: string }>[] = [
  function noHttp(chance, { host }) {
    const bytes = chance.pick<string | Buffer>([
      chance.bytes(200),
      '\r\n\r\n\r\n',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'DANCE / HTTP/1.1\r\n\r\n',
      `GET / HTTP/1.1\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${host}\r\nno colon\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${host}\r\n: empty\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${host}\r\nx: \0\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${host}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${host}\r\n${'a: b\r\n'.repeat(3000)}\r\n`,
      `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
      `PUT /a/b HTTP/1.1\r\nhost: ${host}\r\ncontent-length: -1\r\n\r\n`,
      `PUT /a/b HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`,
      `PUT /a/b HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      `PUT /a/b HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
      `PUT /a/b HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
      `PUT /a/b HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: gzip\r\n\r\n`,
      `PUT /a/b HTTP/1.1\r\nhost: ${host}\r\nexpect: the impossible\r\ncontent-length: 0\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${host}\r\nhost: other\r\n\r\n`,
      `GET http://[::bad/ HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
      `GET * HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
      `CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: ${host}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n`,
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    ]);
    return { kind: 'no HTTP', method: 'GET', bytes: Buffer.from(bytes), alone: true, noHttp: true };
  },
];

function bearer(host: string, apiToken: string): Record<string, string> {
  return { host, authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' };
}

function api(kind: string, parts: Parameters<typeof wireBytes>[0]): MalformedRequest {
  return { kind, method: parts.method, bytes: wireBytes(parts) };
}
