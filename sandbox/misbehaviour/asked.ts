import type { IncomingMessage } from 'node:http';
import type { DecidingEndpoint } from '../decision-log/logged-decision.ts';
import { recognise } from '../s3/recognise.ts';
import { S3Error } from '../s3/s3-error.ts';
import { parseAuthorization } from '../s3/signature.ts';
import type { Asked } from './misbehaviour.ts';

/** A request as rules see it, and the bucket that an object's key belongs to. What is no request of its endpoint has no operation. */
export function askedOf(endpoint: DecidingEndpoint, request: IncomingMessage): Asked & { readonly bucket?: string } {
  const { method = '', url = '/', headers } = request;
  const [path = '/', query = ''] = url.split(/\?(.*)/s, 2);
  if (endpoint === 'cloudflare') return { endpoint, operation: `${method} ${path.replace(/^\/client\/v4/, '')}` };
  if (endpoint === 'edge') return { endpoint, operation: method, key: path.slice(1) };
  if (endpoint === 'aws' && headers.authorization !== undefined) {
    const service = parseAuthorization(headers)?.service;
    if (service === 'iam' || service === 'sts') return { endpoint, operation: service };
  }
  try {
    const recognised = recognise({ method, rawPath: path, rawQuery: query, headers });
    const { operation, address } = recognised;
    const name = typeof operation === 'string' ? operation : operation.notServed;
    const key = address.key ?? (name.startsWith('List') ? (recognised.query.get('prefix') ?? '') : undefined);
    return {
      endpoint,
      operation: name,
      ...(key !== undefined && { key }),
      ...(address.bucket !== undefined && { bucket: address.bucket }),
    };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return { endpoint, operation: '' };
  }
}
