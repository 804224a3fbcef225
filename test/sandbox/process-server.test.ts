import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { UserError } from '../../base/user-error.ts';
import { continuing, listenOnLoopback } from '../../sandbox/process-server.ts';

describe('a server of the sandbox', () => {
  test('keeps connections open between requests, and ends every one when it stops', async () => {
    const held: (() => void)[] = [];
    const server = await listenOnLoopback('aws', 0, (request, response) => {
      if (request.url === '/held') held.push(() => response.end());
      else response.end('answered');
    });
    const { port } = new URL(server.url);
    const idle = connect(Number(port), '127.0.0.1');
    const busy = connect(Number(port), '127.0.0.1');
    const ended = Promise.all([once(idle, 'close'), once(busy, 'close')]);
    for (const socket of [idle, busy]) socket.on('error', () => undefined).resume();
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(idle, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200[^]*keep-alive/i);
    busy.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    while (held.length === 0) await new Promise(setImmediate);
    await server.stop();
    await ended;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test('lets its listener refuse a body that the client holds back, or says continue for it', async () => {
    const plain = continuing((request, response) => request.resume().on('end', () => response.end('taken')));
    const server = await listenOnLoopback('aws', 0, (request, response, awaitsContinue) => {
      if (request.url === '/refused') response.writeHead(403).end(`held back: ${awaitsContinue}`);
      else plain(request, response, awaitsContinue);
    });
    const answers = ['/refused', '/taken'].map(async (path) => {
      const request = httpRequest(`${server.url}${path}`, { method: 'PUT', headers: { expect: '100-continue' } });
      let continued = false;
      request.on('continue', () => {
        continued = true;
        request.end('body');
      });
      request.flushHeaders();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const body = await text(response);
      request.destroy();
      return { continued, body };
    });
    expect(await Promise.all(answers)).toEqual([
      { continued: false, body: 'held back: true' },
      { continued: true, body: 'taken' },
    ]);
    await server.stop();
  });

  test('names the port that is taken, and is reachable on the loopback address only', async () => {
    const server = await listenOnLoopback('edge', 0, (_request, response) => response.end());
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(server.url).port);
    const second = listenOnLoopback('edge', port, () => undefined);
    await expect(second).rejects.toThrow(UserError);
    await expect(second).rejects.toThrow(`sandbox port "edge": port ${port} is taken by another program`);
    await server.stop();
  });
});
