import { type Agent, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { answerOf, type RawAnswer } from '../s3/raw-request.ts';
import { encode, type WireCall } from './call-on-the-wire.ts';

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Destination {
  readonly url: string;
  readonly region: string;
  readonly agent: Agent;
}

interface Signing {
  /** Undefined: anonymous. */
  readonly keys: SigningKeys | undefined;
  readonly authType: StorageRequest['authType'];
  readonly at: Date;
}

/** Signs a call with the AWS SDK's own signer, in its headers or as a presigned URL, and sends it. */
export async function sendCall(call: WireCall, to: Destination, signing: Signing): Promise<RawAnswer> {
  const { hostname, port, protocol } = new URL(to.url);
  const headers = { ...call.headers, host: `${hostname}:${port}`, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const { path, query } = call;
  const signed = await sign({ method: call.method, protocol, hostname, path, query, headers }, to.region, signing);
  return send(signed, call.body, to);
}

interface Unsigned {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

interface Sendable {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function sign(unsigned: Unsigned, region: string, { keys, authType, at }: Signing): Promise<Sendable> {
  const { method, path } = unsigned;
  if (keys === undefined) return { method, target: target(path, unsigned.query), headers: unsigned.headers };
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: keys,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const mutable = { ...unsigned, query: { ...unsigned.query }, headers: { ...unsigned.headers } };
  const signed =
    authType === 'REST-QUERY-STRING'
      ? await signer.presign(mutable, { signingDate: at })
      : await signer.sign(mutable, { signingDate: at });
  return { method, target: target(path, (signed.query ?? {}) as Record<string, string>), headers: signed.headers };
}

function target(path: string, query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

function send({ method, target: path, headers }: Sendable, body: string, { url, agent }: Destination) {
  const { hostname, port, protocol } = new URL(url);
  const request = protocol === 'https:' ? tlsRequest : plainRequest;
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  const options = { host: hostname, port, method, path, headers: { ...headers, ...length }, agent };
  return answerOf((onAnswer) => request(options, onAnswer), body);
}
