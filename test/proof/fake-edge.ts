import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EdgeAnswer {
  readonly status: number;
  readonly body?: string;
  readonly location?: string;
}

export interface FakeEdge {
  readonly http: string;
  close(): Promise<void>;
}

/** An edge that answers as `rule` says, by Host header and whatever else a request holds. */
export async function fakeEdge(rule: (request: IncomingMessage) => EdgeAnswer | 'hang up'): Promise<FakeEdge> {
  const server = createServer((request, response) => {
    const answer = rule(request);
    if (answer === 'hang up') return response.destroy();
    const { status, body, location } = answer;
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
