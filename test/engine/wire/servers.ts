import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createWire, type Wire } from '../../../engine/wire/wire.ts';

/** Servers and wires of one test: `close` ends all of them with whatever is connected. */
export function testServers() {
  const closing: (() => unknown)[] = [];

  /** Starts a server on a free port of the loopback; returns its origin. */
  async function listening(server: Server): Promise<string> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  return {
    listening,

    /** A wire of the test's own. */
    wireOf: (options?: Parameters<typeof createWire>[0]): Wire => {
      const wire = createWire(options);
      closing.push(() => {
        wire.destroy();
      });
      return wire;
    },

    /** A server of Node's, which counts its connections. */
    async http(listener: RequestListener): Promise<{ origin: string; connections: () => number }> {
      const server = createHttp(listener);
      let connections = 0;
      server.on('connection', () => (connections += 1));
      return { origin: await listening(server), connections: () => connections };
    },

    /** A server that hears of the first bytes of each connection, and answers with whatever bytes it likes. */
    raw: (answer: (socket: Socket) => void): Promise<string> =>
      listening(createServer((socket) => socket.once('data', () => answer(socket)))),

    async close(): Promise<void> {
      for (const close of closing.splice(0).reverse()) await close();
    },
  };
}
