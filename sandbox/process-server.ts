import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { UserError } from '../base/user-error.ts';

/** Never another address: the sandbox's administrator may do everything, and its secrets lie on this machine. */
const loopback = '127.0.0.1';

/** Longer than any client keeps an idle connection, so that it is never the server that closes one in use. */
const keepAliveTimeoutMs = 10 * 60 * 1000;

/** `awaitsContinue`: the client holds its body back until it hears `100 Continue`, which the listener then has to say. */
export type HttpListener = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => void;

/** For a listener that reads every body, whoever sends it. */
export function continuing(listener: (request: IncomingMessage, response: ServerResponse) => void): HttpListener {
  return (request, response, awaitsContinue) => {
    if (awaitsContinue) response.writeContinue();
    listener(request, response);
  };
}

export interface LoopbackServer {
  readonly url: string;
  /** Ends every connection, whatever it is doing. */
  stop(): Promise<void>;
}

/**
 * Serves `listener` on `port` (0 picks a free one) of the loopback address, over TLS where `tls` says how.
 * Throws `UserError` naming the port where it is taken or not allowed.
 */
export async function listenOnLoopback(
  name: string,
  port: number,
  listener: HttpListener,
  tls?: TlsOptions,
): Promise<LoopbackServer> {
  // A slow upload is no failure: no limit on how long a request takes.
  const limits = { keepAliveTimeout: keepAliveTimeoutMs, requestTimeout: 0 };
  const server = tls === undefined ? createServer(limits) : createSecureServer({ ...limits, ...tls });
  server.on('request', (request, response) => listener(request, response, false));
  server.on('checkContinue', (request, response) => listener(request, response, true));
  // HTTP knows a connection over TLS only after the handshake, which a client may never finish.
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await listen(server, port).catch((error: unknown) => {
    throw portError(name, port, error);
  });
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${loopback}:${chosen}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        for (const socket of connections) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portError(name: string, port: number, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const reason = code === 'EADDRINUSE' ? 'is taken by another program' : 'may not be used by this user';
  return new UserError({
    where: `sandbox port "${name}"`,
    what: `port ${port} ${reason}`,
    fix: 'stop that program, or start the sandbox on free ports: sluice sandbox start --port 0',
    cause: error,
  });
}
