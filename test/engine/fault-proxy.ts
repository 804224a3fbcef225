import { once } from 'node:events';
import { Agent, createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

export interface ProxiedRequest {
  readonly method: string;
  /** As it stands on the request line, query included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What happens to a request or its answer. */
export type Fault =
  /** Answered by the proxy itself. */
  | { readonly answer: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  /** The connection is cut before anything is answered; `served`: after the server did its work. */
  | { readonly reset: 'unserved' | 'served' }
  /** The answer's body is cut after so many bytes: by closing the connection, or by nothing more coming. */
  | { readonly cutAfter: number; readonly then: 'reset' | 'stall' }
  /** The answer's body loses its end, and its headers say so too. */
  | { readonly shortenTo: number }
  /** One byte of the answer's body is another. */
  | { readonly flipByteAt: number }
  /** One byte of the request's body is another. */
  | { readonly flipSentByteAt: number }
  /** Nothing is answered and the request's body is not read. */
  | { readonly stall: true }
  /** The answer's body comes byte by byte, each in a packet of its own. */
  | { readonly sliced: true }
  /** The answer is whole, and then the connection goes, though nothing said that it would not be used again. */
  | { readonly thenClosed: true };

/** A request and the status that the client was given for it. */
export interface Answered {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export interface FaultProxy {
  readonly url: string;
  readonly requests: ProxiedRequest[];
  /** What was answered in full, by the server. */
  readonly answered: Answered[];
  /** Asked for each request; replace it to begin misbehaving. It may do something of its own first. */
  fault: (request: ProxiedRequest) => Fault | undefined | Promise<Fault | undefined>;
  close(): Promise<void>;
}

/** An HTTP proxy on the loopback that passes requests on byte by byte, Host header included, unless told to misbehave. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  const proxy: FaultProxy = {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    requests: [],
    answered: [],
    fault: () => undefined,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const proxied = { method: request.method ?? '', url: request.url ?? '', headers: request.headers };
    proxy.requests.push(proxied);
    const fault = await proxy.fault(proxied);
    if (fault !== undefined && 'stall' in fault) return;
    if (fault !== undefined && 'answer' in fault) {
      request.resume();
      response.writeHead(fault.answer, fault.headers).end(fault.body);
    } else if (fault !== undefined && 'reset' in fault && fault.reset === 'unserved') {
      request.socket.destroy();
    } else {
      passOn(request, response, fault);
    }
  }

  function passOn(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
    const { method = '', url: path = '', rawHeaders: headers } = request;
    const onwards = forward({
      host: '127.0.0.1',
      port: targetPort,
      method,
      path,
      headers,
      setHost: false,
      agent,
    });
    const ofAnswer = fault !== undefined && 'flipSentByteAt' in fault ? undefined : fault;
    onwards.on('response', (answer) => {
      response.on('finish', () => proxy.answered.push({ method, url: path, status: response.statusCode }));
      passBack(answer, response, ofAnswer).catch(() => response.destroy());
    });
    onwards.on('error', () => response.destroy());
    request.on('error', () => onwards.destroy());
    response.on('close', () => onwards.destroy());
    if (fault !== undefined && 'flipSentByteAt' in fault) request.pipe(byteFlipper(fault.flipSentByteAt)).pipe(onwards);
    else request.pipe(onwards);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return proxy;
}

function byteFlipper(position: number): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const at = position - passed;
      passed += chunk.length;
      const isHere = at >= 0 && at < chunk.length;
      done(
        null,
        isHere
          ? Buffer.concat([chunk.subarray(0, at), Buffer.of((chunk[at] ?? 0) ^ 1), chunk.subarray(at + 1)])
          : chunk,
      );
    },
  });
}

async function passBack(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
  const status = answer.statusCode ?? 500;
  if (fault === undefined) {
    response.writeHead(status, answer.rawHeaders);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
    return;
  }
  const body = Buffer.concat((await answer.toArray()) as Buffer[]);
  if ('reset' in fault) {
    response.destroy();
  } else if ('shortenTo' in fault) {
    response.writeHead(status, { ...answer.headers, 'content-length': `${fault.shortenTo}` });
    response.end(body.subarray(0, fault.shortenTo));
  } else if ('flipByteAt' in fault) {
    body.writeUInt8(body.readUInt8(fault.flipByteAt) ^ 1, fault.flipByteAt);
    response.writeHead(status, answer.rawHeaders).end(body);
  } else if ('sliced' in fault) {
    response.writeHead(status, answer.rawHeaders);
    response.socket?.setNoDelay(true);
    for (const byte of body) response.write(Buffer.of(byte));
    response.end();
  } else if ('thenClosed' in fault) {
    const { socket } = response;
    response.writeHead(status, answer.rawHeaders).end(body, () => socket?.end());
  } else if ('cutAfter' in fault) {
    response.writeHead(status, answer.rawHeaders);
    response.write(body.subarray(0, fault.cutAfter), () => {
      if (fault.then === 'reset') response.destroy();
    });
  }
}
