import { request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { TestEndpoint } from './endpoint.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawSend {
  readonly method?: string;
  /** As it goes over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends exactly what it is told, without a client that would tidy it up. */
export function send(
  endpoint: TestEndpoint,
  { method = 'GET', path, headers = {}, body }: RawSend,
): Promise<RawAnswer> {
  const options = { host: '127.0.0.1', port: endpoint.port, method, path, headers, agent: false };
  return answerOf((onAnswer) => request(options, onAnswer), body);
}

/** Ends the request that `start` begins, with `body`, and gathers its answer. Rejects where the connection fails. */
export function answerOf(
  start: (onAnswer: (answer: IncomingMessage) => void) => ClientRequest,
  body?: string | Buffer,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = start((answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() }),
      );
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export interface Signing {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly region?: string;
  readonly service?: string;
  readonly at?: Date;
}

/** The headers of a request, signed by the AWS SDK's own signer; `path` without query must be percent-encoded as S3 wants it. */
export async function signedHeaders(
  endpoint: TestEndpoint,
  { method = 'GET', path, headers = {} }: RawSend,
  { at = new Date(), region = endpoint.region, service = 's3', ...keys }: Signing = {},
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service,
    region,
    credentials: {
      accessKeyId: keys.accessKeyId ?? endpoint.accessKeyId,
      secretAccessKey: keys.secretAccessKey ?? endpoint.secretAccessKey,
    },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const [rawPath = '', rawQuery = ''] = path.split('?');
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: rawPath,
      query: Object.fromEntries(new URLSearchParams(rawQuery)),
      headers: { host: `127.0.0.1:${endpoint.port}`, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
    },
    { signingDate: at },
  );
  return signed.headers;
}

/** Signs and sends. */
export async function sendSigned(endpoint: TestEndpoint, what: RawSend, signing: Signing = {}): Promise<RawAnswer> {
  return send(endpoint, { ...what, headers: await signedHeaders(endpoint, what, signing) });
}

/** The content of an element. */
export function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
