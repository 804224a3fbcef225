import { canonicalRequest } from '../../../sandbox/s3/canonical-request.ts';
import {
  basicDate,
  credentialScope,
  deriveSigningKey,
  hexHmac,
  hexSha256,
  signatureAlgorithm,
} from '../../../sandbox/s3/signature.ts';
import type { RequestParts } from './malformed-request.ts';

/** Where a request goes, and with whose keys it is signed. */
export interface Door {
  readonly host: string;
  readonly service: 's3' | 'iam' | 'sts';
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of the S3 doors: what stands behind. */
  readonly provider?: 'aws' | 'r2';
  /** A multipart upload that was begun, to `bucket` and key `upload`. */
  readonly uploadId?: string;
}

/**
 * Signs whatever it is given, so that the mistake lies behind the signature. It takes the canonical form from the sandbox: what is
 * tried here is not whether both agree on it.
 */
export function signed(door: Door, parts: RequestParts): RequestParts {
  const { method, target, headers = {}, body = '' } = parts;
  const { service, region, accessKeyId, secretAccessKey, host } = door;
  const date = basicDate(new Date());
  const payloadHash = headers['x-amz-content-sha256'] ?? (service === 's3' ? 'UNSIGNED-PAYLOAD' : hexSha256(body));
  const all: Record<string, string> = {
    host,
    'x-amz-date': date,
    ...(service === 's3' && { 'x-amz-content-sha256': payloadHash }),
    ...headers,
  };
  const signedHeaders = Object.keys(all)
    .filter((name) => name === 'host' || name.startsWith('x-amz-'))
    .sort();
  const [rawPath = '', rawQuery = ''] = target.split(/\?(.*)/s, 2);
  const canonical = canonicalRequest({ method, rawPath, rawQuery, headers: all, payloadHash }, signedHeaders);
  const claim = { accessKeyId, date: date.slice(0, 8), region, service, signedHeaders, signature: '' };
  const text = [signatureAlgorithm, date, credentialScope(claim), hexSha256(canonical)].join('\n');
  const signature = hexHmac(deriveSigningKey(secretAccessKey, claim), text);
  const authorization = `${signatureAlgorithm} Credential=${accessKeyId}/${credentialScope(claim)}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { method, target, headers: { ...all, authorization }, body };
}
