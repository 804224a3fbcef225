/** One request that no provider may accept, as the bytes that go over the wire. */
export interface MalformedRequest {
  /** Which kind of mistake; several requests have the same. */
  readonly kind: string;
  readonly bytes: Buffer;
  readonly method: string;
  /** It is sent on a connection of its own, of which the client then closes its side: its framing does not tell where it ends. */
  readonly alone?: true;
  /** It is no HTTP at all, so that the connection may be closed without an answer. */
  readonly noHttp?: true;
}

export interface RequestParts {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request as it is written on the wire, with the length of its body. Header values are bytes, as Latin-1. */
export function wireBytes({ method, target, headers = {}, body = '' }: RequestParts): Buffer {
  const bytes = Buffer.from(body);
  const all = {
    ...headers,
    ...(headers['content-length'] === undefined && { 'content-length': String(bytes.length) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([Buffer.from([`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1'), bytes]);
}
