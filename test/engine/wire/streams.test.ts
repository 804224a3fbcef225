import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import { retrying } from '../../../engine/retry.ts';
import { tuningDefault } from '../../../engine/tuning.ts';
import { pieceBytes } from '../../../engine/wire/piece-pool.ts';
import type { Wire, WireOpenAnswer, WireRequest } from '../../../engine/wire/wire.ts';
import { issueCertificate, makeAuthority } from '../../../sandbox/tls/certificates.ts';
import { testServers } from './servers.ts';

const servers = testServers();
const { wireOf } = servers;
afterEach(() => servers.close());

const policy = { ...tuningDefault, attemptsMax: 1, idleTimeoutMs: 5000 };
const get: WireRequest = { method: 'GET', path: '/b/k', headers: {} };
const large = Buffer.alloc(5 * pieceBytes + 12_345, 'a body of several pieces ');

/** Every end of a body that was told. */
type Ends = unknown[];

/** Sends a request and has `use` its open answer within the same attempt. */
function opening<Result>(
  { wire, origin, ends = [] }: { wire: Wire; origin: string; ends?: Ends },
  use: (answer: WireOpenAnswer) => Promise<Result>,
): Promise<Result> {
  return retrying(policy, async (attempt) => {
    const onEnd = (_: unknown, error?: unknown): void => void ends.push(error);
    return use(await wire.open(origin, get, { attempt, onEnd }));
  });
}

/** Writes a body in pieces. */
function putting(wire: Wire, origin: string, body: AsyncIterable<Uint8Array>, sizeBytes = large.length) {
  const headers = { 'content-length': `${sizeBytes}` };
  return retrying(policy, (attempt) =>
    wire.request(origin, { method: 'PUT', path: '/b/k', headers, body }, { attempt, bytesMax: () => 1e6 }),
  );
}

/** The body in pieces of a size that fits nothing; `left` resolves when whoever took them let go of the rest. */
function piecesOf(body: Buffer, size = 100_001): { pieces: AsyncIterable<Uint8Array>; left: Promise<unknown> } {
  const { promise: left, resolve } = Promise.withResolvers<unknown>();
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let from = 0; from < body.length; from += size) {
        await Promise.resolve();
        yield body.subarray(from, from + size);
      }
    } finally {
      resolve(undefined);
    }
  }
  return { pieces: pieces(), left };
}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Sends the body of a PUT back as its MD5, and `large` to whoever reads. */
const storing: RequestListener = (request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-length', large.length).end(large);
    return;
  }
  const hash = createHash('md5');
  request.on('data', (chunk: Buffer) => hash.update(chunk));
  request.on('end', () => response.end(hash.digest('hex')));
};

const md5 = (body: Buffer): string => createHash('md5').update(body).digest('hex');

test('a body comes in pieces of the size that is cheapest, on a connection that is used again', async () => {
  const { origin, connections } = await servers.http(storing);
  const at = { wire: wireOf(), origin, ends: [] as Ends };
  for (let times = 0; times < 3; times += 1) {
    const sizes = await opening(at, async ({ status, headers, body }) => {
      expect([status, headers['content-length']]).toEqual([200, `${large.length}`]);
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(Buffer.from(piece));
      expect(Buffer.concat(pieces).equals(large)).toBe(true);
      return pieces.map(({ length }) => length);
    });
    expect(sizes).toEqual([...Array.from({ length: 5 }, () => pieceBytes), 12_345]);
  }
  expect(connections()).toBe(1);
  expect(at.ends).toEqual([undefined, undefined, undefined]);
});

test('a body goes out in pieces, and what was read is sent on through the same memory', async () => {
  const { origin } = await servers.http(storing);
  const wire = wireOf();
  const memories = new Set<ArrayBufferLike>();
  async function* noted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of body) {
      memories.add(piece.buffer);
      yield piece;
    }
  }
  for (let times = 0; times < 4; times += 1) {
    const answer = await opening({ wire, origin }, ({ body }) => putting(wire, origin, noted(body)));
    expect(answer.body.toString()).toBe(md5(large));
  }
  // One is filled, one waits, one is on its way out.
  expect(memories.size).toBeLessThanOrEqual(4);
});

/** A server whose certificate its wire trusts, and how many connections it took. */
async function secure(listener: RequestListener): Promise<{ wire: Wire; origin: string; connections: () => number }> {
  const now = new Date();
  const authority = await makeAuthority({ domains: ['localhost'], now });
  const { certificate, privateKey } = await issueCertificate(authority, { names: ['127.0.0.1'], now });
  const server = createHttps({ cert: certificate, key: privateKey }, listener);
  let connections = 0;
  server.on('secureConnection', () => (connections += 1));
  const origin = (await servers.listening(server)).replace('http:', 'https:');
  return { wire: wireOf({ tls: { ca: authority.certificate } }), origin, connections: () => connections };
}

test('over TLS too', async () => {
  const { wire, origin } = await secure(storing);
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => opening({ wire, origin }, ({ body }) => putting(wire, origin, body))),
  );
  expect(answers.map(({ body }) => body.toString())).toEqual(Array.from({ length: 4 }, () => md5(large)));
});

test('a body that nobody reads stops its sender', async () => {
  const chunk = Buffer.alloc(1_000_000);
  let sent = 0;
  const { promise: stopped, resolve: stop } = Promise.withResolvers<unknown>();
  const origin = await servers.raw((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
    // What does not go out any more is held by both systems' buffers; they are far smaller than the body.
    const more = (): void => {
      while (socket.write(chunk)) sent += chunk.length;
      stop(undefined);
    };
    socket.on('drain', more);
    more();
  });
  await opening({ wire: wireOf(), origin }, async ({ body }) => {
    await stopped;
    expect(sent).toBeLessThan(1_000_000_000);
    body.destroy();
  });
});

test('whoever gives a body up closes its connection, and is told so when going on', async () => {
  let closed: Promise<unknown> | undefined;
  const origin = await servers.raw((socket: Socket) => {
    closed = once(socket, 'close');
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc');
  });
  const ends: Ends = [];
  await opening({ wire: wireOf(), origin, ends }, async ({ body }) => {
    body.destroy();
    await expect(gather(body)).rejects.toMatchObject({ code: 'GivenUp' });
  });
  await closed;
  expect(ends).toEqual([undefined]);
});

test('a body that ends early is a failure that may pass, after all that came of it', async () => {
  const origin = await servers.raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
  const ends: Ends = [];
  const reading = opening({ wire: wireOf(), origin, ends }, ({ body }) => gather(body));
  await expect(reading).rejects.toMatchObject({ kind: 'transient', code: 'ConnectionClosed' });
  expect(ends).toMatchObject([{ code: 'ConnectionClosed' }]);
});

test('a request that was answered before its body was out lets go of the rest, and of the connection', async () => {
  let connections = 0;
  const origin = await servers.raw((socket) => {
    connections += 1;
    socket.write('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno');
  });
  const wire = wireOf();
  const waiting = new AbortController();
  let isLeft = false;
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield Buffer.from('first');
      await once(waiting.signal, 'abort');
      yield Buffer.from('second');
    } finally {
      isLeft = true;
    }
  }
  const answer = await putting(wire, origin, endless());
  expect([answer.status, answer.body.toString()]).toEqual([403, 'no']);
  waiting.abort();
  await putting(wire, origin, piecesOf(large).pieces);
  expect([isLeft, connections]).toEqual([true, 2]);
});

describe('an answer that comes before Node says that the last piece is out', () => {
  const piece = Buffer.alloc(30_000_000);

  /** Answers before the body has arrived, and reads it all the same. */
  function early(status: number): RequestListener {
    return (request, response) => {
      response.writeHead(status, { 'content-length': 2 }).end('ok');
      request.resume();
    };
  }

  async function puttingThrice(wire: Wire, origin: string, status: number): Promise<void> {
    for (let times = 0; times < 3; times += 1) {
      const answer = await putting(wire, origin, piecesOf(piece, piece.length).pieces, piece.length);
      expect(answer.status).toBe(status);
    }
  }

  test('leaves a connection of TLS to the next request, for Node says it late', async () => {
    const { wire, origin, connections } = await secure(early(200));
    await puttingThrice(wire, origin, 200);
    expect(connections()).toBe(1);
  });

  test('ends the connection where it refuses', async () => {
    const { wire, origin, connections } = await secure(early(403));
    await puttingThrice(wire, origin, 403);
    expect(connections()).toBe(3);
  });

  test('ends a connection without TLS', async () => {
    const { origin, connections } = await servers.http(early(200));
    await puttingThrice(wireOf(), origin, 200);
    expect(connections()).toBe(3);
  });
});

test('what goes wrong where a body comes from ends the request that sends it', async () => {
  const { origin } = await servers.http(storing);
  async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield await Promise.resolve(Buffer.from('abc'));
    throw new Error('the source is gone');
  }
  await expect(putting(wireOf(), origin, failing())).rejects.toThrow('the source is gone');
});

test.each([-1, 1])('a body whose length is not the announced one never becomes a whole request (%i)', async (more) => {
  let whole = 0;
  const { origin } = await servers.http((request, response) => {
    request.resume();
    request.on('error', () => undefined);
    request.on('end', () => {
      whole += 1;
      response.end();
    });
  });
  const { pieces, left } = piecesOf(large);
  const sending = putting(wireOf(), origin, pieces, large.length - more);
  await expect(sending).rejects.toMatchObject({ kind: 'broken', code: 'WrongLength' });
  await left;
  expect(whole).toBe(0);
});

test('a connection that is lost while a body goes out is a failure that may pass', async () => {
  const origin = await servers.raw((socket) => socket.resetAndDestroy());
  const { pieces, left } = piecesOf(Buffer.alloc(50_000_000));
  await expect(putting(wireOf(), origin, pieces, 50_000_000)).rejects.toMatchObject({ kind: 'transient' });
  await left;
});

test('while many bodies are on their way the others come in smaller pieces', async () => {
  const { origin } = await servers.http(storing);
  const wire = wireOf();
  const all = Promise.withResolvers<unknown>();
  let begun = 0;
  const many = Array.from({ length: 80 }, () =>
    opening({ wire, origin }, async ({ body }) => {
      begun += 1;
      if (begun === 80) all.resolve(undefined);
      await all.promise;
      const sizes: number[] = [];
      for await (const piece of body) sizes.push(piece.length);
      return sizes[0];
    }),
  );
  expect(new Set(await Promise.all(many))).toEqual(new Set([pieceBytes, 64 * 1024]));
});
