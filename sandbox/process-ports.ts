import assert from 'node:assert/strict';
import type { TlsOptions } from 'node:tls';
import { listenOnLoopback } from './process-server.ts';
import type { HttpListener, LoopbackServer } from './process-server.ts';
import { defaultPorts } from './status.ts';
import type { EndpointName, SandboxPorts } from './status.ts';

export type PortName = keyof SandboxPorts;

/** The sandbox's ports, opened one by one. */
export interface ProcessPorts {
  /** Serves `listener` on one of them, over TLS where `tls` says how. Throws `UserError` where it is taken. */
  readonly open: (name: PortName, listener: HttpListener, tls?: TlsOptions) => Promise<LoopbackServer>;
  /** What clients call an endpoint, by HTTP and by HTTPS: `127.0.0.1:4782`. Only what is open by now. */
  readonly hostsOf: (endpoint: EndpointName) => readonly string[];
  /** The address of every port, once all are open. */
  readonly urls: () => Readonly<Record<PortName, string>>;
}

/** `ports` where they say so, the default ports for the others; 0 picks a free one. */
export function processPorts(ports: Partial<SandboxPorts> = {}): ProcessPorts {
  const chosen: SandboxPorts = { ...defaultPorts, ...ports };
  const urls: Partial<Record<PortName, string>> = {};
  return {
    async open(name, listener, tls) {
      const server = await listenOnLoopback(name, chosen[name], listener, tls);
      urls[name] = server.url;
      return server;
    },
    hostsOf: (endpoint) =>
      [urls[endpoint], urls[`${endpoint}Https`]]
        .filter((url) => url !== undefined)
        .flatMap((url) => ['127.0.0.1', 'localhost'].map((host) => `${host}:${new URL(url).port}`)),
    urls() {
      assert(isComplete(urls), 'every port is open by now');
      return urls;
    },
  };
}

function isComplete(urls: Partial<Record<PortName, string>>): urls is Record<PortName, string> {
  return Object.keys(defaultPorts).every((name) => name in urls);
}
