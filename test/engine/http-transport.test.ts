import { connectionPool, httpTransport } from '../../engine/http-transport.ts';
import { retrying } from '../../engine/retry.ts';
import type { S3Request } from '../../engine/s3-request.ts';
import { tuningDefault } from '../../engine/tuning.ts';
import { testServers } from './wire/servers.ts';

const servers = testServers();
const pool = connectionPool();
afterEach(() => servers.close());
afterAll(() => pool.close());

const policy = { ...tuningDefault, attemptsMax: 1, idleTimeoutMs: 5000 };
const get: S3Request = { method: 'GET', path: '/b/a/../c', headers: {}, body: undefined };
const bytesMax = () => 1000;
const onEnd = () => undefined;

/** A server that answers who asked, and for what: undici says that a connection is kept, the wire does not. */
async function startServer() {
  const { origin } = await servers.http(({ method, url, headers }, response) => {
    const sender = headers.connection === 'keep-alive' ? 'pool' : 'wire';
    // A length, for that is how object stores answer.
    const body = `${method} ${url} by ${sender}`;
    response.writeHead(200, { 'content-length': body.length }).end(method === 'HEAD' ? '' : body);
  });
  return httpTransport(origin, { pool, wire: servers.wireOf() });
}

describe('a request goes over the wire where that serves it, else through the pool', () => {
  test.each<[string, S3Request, string]>([
    ['an object is read', get, 'GET /b/a/../c by wire'],
    ['bytes are written', { ...get, method: 'PUT', body: Buffer.from('x') }, 'PUT /b/a/../c by wire'],
    ['a text is written', { ...get, method: 'PUT', body: 'x' }, 'PUT /b/a/../c by pool'],
    ['something is copied', { ...get, method: 'PUT' }, 'PUT /b/a/../c by pool'],
    ['something is asked for', { ...get, method: 'POST', body: 'x' }, 'POST /b/a/../c by pool'],
    ['something is deleted', { ...get, method: 'DELETE' }, 'DELETE /b/a/../c by pool'],
  ])('%s', async (_, request, seen) => {
    const transport = await startServer();
    const headers: S3Request['headers'] = request.body === undefined ? {} : { 'content-length': '1' };
    const sent = { ...request, headers };
    const { body } = await retrying(policy, (attempt) => transport.whole(sent, { attempt, bytesMax }));
    expect(body.toString()).toBe(seen);
  });

  test('what is no part of an attempt, through the pool', async () => {
    const transport = await startServer();
    const { body } = await transport.whole(get, { bytesMax });
    expect(body.toString()).toBe('GET /b/a/../c by pool');
  });

  test('an answer whose body is left unread comes the same way', async () => {
    const transport = await startServer();
    const read = async (request: S3Request): Promise<string> => {
      const opened = await retrying(policy, (attempt) => transport.open(request, { attempt, onEnd }));
      const chunks: Uint8Array[] = [];
      for await (const chunk of opened.body) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString();
    };
    expect(await read(get)).toBe('GET /b/a/../c by wire');
    expect(await read({ ...get, method: 'POST' })).toBe('POST /b/a/../c by pool');
  });
});
