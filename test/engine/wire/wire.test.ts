import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { retrying, type Attempt } from '../../../engine/retry.ts';
import { tuningDefault } from '../../../engine/tuning.ts';
import { issueCertificate, makeAuthority } from '../../../sandbox/tls/certificates.ts';
import { createWire, type Wire, type WireRequest } from '../../../engine/wire/wire.ts';
import { testServers } from './servers.ts';

const servers = testServers();
const { wireOf } = servers;
afterEach(() => servers.close());

const policy = { ...tuningDefault, attemptsMax: 1, idleTimeoutMs: 5000 };
const get: WireRequest = { method: 'GET', path: '/b/k', headers: {} };

function ask(wire: Wire, origin: string, request: WireRequest = get, signal?: AbortSignal) {
  return retrying(
    policy,
    (attempt: Attempt) => wire.request(origin, request, { attempt, bytesMax: () => 1e7 }),
    signal,
  );
}

test('what is sent arrives as it was sent, and what is answered comes back', async () => {
  const { origin } = await servers.http((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      response.setHeader('x-seen', [method, url, headers['x-amz-meta-a'], headers.host].join(' '));
      response.end(Buffer.concat(chunks));
    });
  });
  const wire = wireOf();
  for (const size of [0, 1, 4096, 65_536, 65_537, 1_000_000]) {
    const body = Buffer.alloc(size, 'sluice');
    const headers = { 'x-amz-meta-a': 'caf\xe9', 'content-length': `${size}` };
    const answer = await ask(wire, origin, { method: 'PUT', path: '/b/a/../c%20d?x=1', headers, body });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-seen']).toBe(`PUT /b/a/../c%20d?x=1 caf\xe9 ${new URL(origin).host}`);
    expect(answer.body.equals(body)).toBe(true);
  }
});

test('requests that follow one another share a connection, those at once do not', async () => {
  const { origin, connections } = await servers.http((_, response) => response.end('ok'));
  const wire = wireOf();
  for (let index = 0; index < 5; index += 1) await ask(wire, origin);
  expect(connections()).toBe(1);
  await Promise.all([ask(wire, origin), ask(wire, origin), ask(wire, origin)]);
  expect(connections()).toBe(3);
});

test('a connection that the server closes after its answer, or says it will soon, is not used again', async () => {
  const { origin, connections } = await servers.http((request, response) => {
    if (request.url === '/close') response.setHeader('connection', 'close');
    else response.setHeader('keep-alive', 'timeout=1');
    response.end('ok');
  });
  const wire = wireOf();
  await ask(wire, origin, { ...get, path: '/close' });
  await ask(wire, origin, { ...get, path: '/soon' });
  await ask(wire, origin);
  expect(connections()).toBe(3);
});

test('an answer that ends early is a failure that may pass', async () => {
  const origin = await servers.raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
  await expect(ask(wireOf(), origin)).rejects.toMatchObject({ kind: 'transient', code: 'ConnectionClosed' });
});

test('a connection that is reset is a failure that may pass', async () => {
  const origin = await servers.raw((socket) => socket.resetAndDestroy());
  await expect(ask(wireOf(), origin)).rejects.toMatchObject({ kind: 'transient' });
});

test('an origin that answers in another form is left to the complete client from then on', async () => {
  const origin = await servers.raw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
  const wire = wireOf();
  expect(wire.serves(origin)).toBe(true);
  await expect(ask(wire, origin)).rejects.toMatchObject({ kind: 'transient', code: 'UnexpectedAnswer' });
  expect(wire.serves(origin)).toBe(false);
  expect(wire.serves('http://127.0.0.1:1')).toBe(true);
});

test('whoever gives a request up hears of it at once, and its connection is closed', async () => {
  const stop = new AbortController();
  let ended: Promise<unknown> | undefined;
  const origin = await servers.raw((socket) => {
    ended = once(socket, 'close');
    stop.abort(new Error('enough'));
  });
  await expect(ask(wireOf(), origin, get, stop.signal)).rejects.toThrow('enough');
  await ended;
});

test('a header that would become a line of its own is refused before anything is sent', async () => {
  const { origin, connections } = await servers.http((_, response) => response.end());
  const wire = wireOf();
  for (const headers of [{ a: 'b\r\nc: d' }, { 'a: b\r\nc': 'd' }, { a: 'b\0' }, { 'a b': 'c' }, { a: '€' }])
    await expect(ask(wire, origin, { ...get, headers })).rejects.toMatchObject({ code: 'InvalidHeader' });
  await expect(ask(wire, origin, { ...get, path: '/a b' })).rejects.toMatchObject({ code: 'InvalidHeader' });
  expect(connections()).toBe(0);
});

test('nothing is left open when it is destroyed, and what was under way is told', async () => {
  let ended: Promise<unknown> | undefined;
  const wire = createWire();
  const origin = await servers.raw((socket) => {
    ended = once(socket, 'close');
    wire.destroy();
  });
  await expect(ask(wire, origin)).rejects.toMatchObject({ code: 'ConnectionClosed' });
  await ended;
});

test('over TLS, a server is asked whose certificate is trusted, and no other', async () => {
  const now = new Date();
  const authority = await makeAuthority({ domains: ['localhost'], now });
  const { certificate, privateKey } = await issueCertificate(authority, { names: ['127.0.0.1'], now });
  const server = createHttps({ cert: certificate, key: privateKey }, (request, response) => {
    request.pipe(response);
  });
  const origin = (await servers.listening(server)).replace('http:', 'https:');
  const trusting = wireOf({ tls: { ca: authority.certificate } });
  const body = Buffer.alloc(100_000, 'sluice');
  const headers = { 'content-length': `${body.length}` };
  for (let times = 0; times < 2; times += 1) {
    const answer = await ask(trusting, origin, { method: 'PUT', path: '/b/k', headers, body });
    expect(answer.body.equals(body)).toBe(true);
  }
  await expect(ask(wireOf(), origin)).rejects.toMatchObject({ kind: 'invalid' });
});
