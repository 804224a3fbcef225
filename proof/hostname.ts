import { Agent, errors, request } from 'undici';
import type { Answer } from './report.ts';

/** How to reach a public hostname: over TLS by its name, or, in the sandbox, at the local edge that tells hostnames apart by the Host header. */
export interface HostnameRoute {
  readonly hostname: string;
  /** The sandbox's edge: `http://127.0.0.1:4784`. */
  readonly edge?: { readonly http: string };
}

export interface HostnameRequest {
  readonly method: 'GET' | 'HEAD';
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HostnameAnswer extends Answer {
  /** Where a redirect points; it is never followed. */
  readonly location?: string;
  /** At most `bodyBytesMax` of the body: a canary is shorter, and a page of another kind needs no more to be told apart. */
  readonly body: string;
}

const bodyBytesMax = 64 * 1024;
const timeoutMs = 15_000;

/** Asks as a stranger's client would: no redirects followed, no retries. A failed connection is an answer of status 0. */
export async function askHostname(route: HostnameRoute, call: HostnameRequest, agent: Agent): Promise<HostnameAnswer> {
  const { url, host } = urlOf(route, call.key);
  try {
    const response = await request(url, {
      method: call.method,
      headers: { ...call.headers, ...(host === undefined ? {} : { host }) },
      dispatcher: agent,
    });
    const location = response.headers['location'];
    return {
      status: response.statusCode,
      body: await readStart(response.body),
      ...(typeof location === 'string' ? { location } : {}),
    };
  } catch (error) {
    return { status: 0, code: connectionProblem(error), body: '' };
  }
}

/** The agent for `askHostname`; the caller closes it. */
export function hostnameAgent(): Agent {
  return new Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connect: { timeout: timeoutMs } });
}

/** The object's URL, and the Host header where the URL's own host is not the hostname. */
function urlOf({ hostname, edge }: HostnameRoute, key: string): { url: string; host?: string } {
  const path = key.split('/').map(encodeURIComponent).join('/');
  if (edge === undefined) return { url: `https://${hostname}/${path}` };
  return { url: `${edge.http.replace(/\/$/, '')}/${path}`, host: hostname };
}

/** A system or undici error code (`ECONNREFUSED`, `UND_ERR_HEADERS_TIMEOUT`), or the error's name. */
function connectionProblem(error: unknown): string {
  if (error instanceof errors.UndiciError) return error.code;
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.name;
  return 'unknown';
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= bodyBytesMax) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
