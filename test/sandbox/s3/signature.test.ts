import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import type { SignedRequest } from '../../../sandbox/s3/canonical-request.ts';
import {
  parseAuthorization,
  parsePresigned,
  rememberSigningKeys,
  verifyHeaderSignature,
  verifyPresignedSignature,
} from '../../../sandbox/s3/signature.ts';

const secret = 'a secret of the test';
const at = new Date('2026-03-04T05:06:07Z');
const minutes = (count: number) => new Date(at.getTime() + count * 60_000);

function signer(service = 's3'): SignatureV4 {
  return new SignatureV4({
    service,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'the-key', secretAccessKey: secret },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: true,
  });
}

interface Request {
  path?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  method?: string;
}

const request = ({ path = '/bucket/key', query = {}, headers = {}, method = 'GET' }: Request) => ({
  method,
  protocol: 'https:',
  hostname: 'example.test',
  path,
  query,
  headers: { host: 'example.test', ...headers },
});

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
const rawQuery = (query: Record<string, unknown>) =>
  Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    .join('&');

/** Signed by the AWS SDK's own signer, an implementation that shares nothing with ours. */
async function signed(sent: Request, service?: string): Promise<SignedRequest> {
  const { method, path, query, headers } = await signer(service).sign(request(sent), { signingDate: at });
  return {
    method,
    rawPath: path,
    rawQuery: rawQuery(query ?? {}),
    headers,
    payloadHash: headers['x-amz-content-sha256'] ?? '',
  };
}

async function presigned(sent: Request, expiresIn = 600): Promise<SignedRequest> {
  const { method, path, query, headers } = await signer().presign(request(sent), {
    signingDate: at,
    expiresIn,
  });
  return { method, rawPath: path, rawQuery: rawQuery(query ?? {}), headers, payloadHash: emptyHash };
}

// The SDK's bare signer hashes the (empty) body of a presigned request; S3's presigner says UNSIGNED-PAYLOAD instead.
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function verifyPresigned(sent: SignedRequest, now: Date, secretAccessKey = secret) {
  const parameters = new URLSearchParams(sent.rawQuery);
  const claim = parsePresigned((name) => parameters.get(name) ?? undefined);
  if (claim === undefined) throw new Error('no claim');
  return verifyPresignedSignature(sent, claim, secretAccessKey, now);
}

describe('O7: a signature in the Authorization header', () => {
  test('is valid for the request that was signed', async () => {
    const sent = await signed({
      query: { 'list-type': '2', prefix: 'a b/ü' },
      headers: { 'x-amz-meta-a': '  two  spaces ' },
    });
    expect(verifyHeaderSignature(sent, secret, at)).toBe('valid');
  });

  test('is not valid with another secret, method, path, query, signed header or payload', async () => {
    const sent = await signed({ query: { prefix: 'a' }, headers: { 'x-amz-acl': 'private' } });
    const verdicts = [
      verifyHeaderSignature(sent, 'another', at),
      verifyHeaderSignature({ ...sent, method: 'PUT' }, secret, at),
      verifyHeaderSignature({ ...sent, rawPath: '/bucket/other' }, secret, at),
      verifyHeaderSignature({ ...sent, rawQuery: 'prefix=b' }, secret, at),
      verifyHeaderSignature({ ...sent, headers: { ...sent.headers, 'x-amz-acl': 'public-read' } }, secret, at),
      verifyHeaderSignature({ ...sent, payloadHash: 'UNSIGNED-PAYLOAD' }, secret, at),
    ];
    expect(new Set(verdicts)).toEqual(new Set(['mismatch']));
  });

  test('holds for 15 minutes around its date, and no longer', async () => {
    const sent = await signed({});
    expect(verifyHeaderSignature(sent, secret, minutes(15))).toBe('valid');
    expect(verifyHeaderSignature(sent, secret, minutes(-15))).toBe('valid');
    expect(verifyHeaderSignature(sent, secret, minutes(15.1))).toBe('clock-skew');
    expect(verifyHeaderSignature(sent, secret, minutes(-15.1))).toBe('clock-skew');
  });

  test('must cover every x-amz header that is sent', async () => {
    const sent = await signed({});
    const added = { ...sent, headers: { ...sent.headers, 'x-amz-acl': 'public-read' } };
    expect(verifyHeaderSignature(added, secret, at)).toBe('header-not-signed');
    expect(verifyHeaderSignature({ ...sent, headers: { ...sent.headers, accept: '*/*' } }, secret, at)).toBe('valid');
  });

  test('serves other services too: IAM signs the hash of its form body', async () => {
    const sent = await signed({ method: 'POST', path: '/', headers: { 'content-type': 'text/plain' } }, 'iam');
    expect(parseAuthorization(sent.headers)).toMatchObject({
      accessKeyId: 'the-key',
      region: 'eu-west-1',
      service: 'iam',
    });
    expect(verifyHeaderSignature(sent, secret, at)).toBe('valid');
  });

  test('agrees with the SDK for any key and any query, through remembered signing keys', async () => {
    const keys = rememberSigningKeys();
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => text.isWellFormed()),
        fc.dictionary(
          fc.stringMatching(/^[a-z-]{1,9}$/),
          fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        ),
        async (key, query) => {
          const path = `/bucket/${key.split('/').map(encode).join('/')}`;
          expect(verifyHeaderSignature(await signed({ path, query }), secret, at, keys)).toBe('valid');
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each(['!', "'", '(', ')', '*', '~', '%7E', '%7e'])('a client may send %s encoded or not', async (char) => {
    const canonical = await signed({ path: `/bucket/${encode(decodeURIComponent(char))}` });
    expect(verifyHeaderSignature({ ...canonical, rawPath: `/bucket/${char}` }, secret, at)).toBe('valid');
  });
});

describe('an Authorization header is not a claim when', () => {
  const good = `AWS4-HMAC-SHA256 Credential=k/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  test.each([
    ['it is absent', undefined],
    ['it is of another scheme', 'Bearer abc'],
    ['it is Signature Version 2', 'AWS key:signature'],
    ['its scope is not of aws4_request', good.replace('aws4_request', 'aws5_request')],
    ['its date is not a day', good.replace('20260304', '2026')],
    ['its signature is short', good.slice(0, -1)],
  ])('%s', (_name, authorization) => {
    expect(parseAuthorization({ authorization })).toBeUndefined();
  });

  test('it is one with an empty region (R2 takes it as auto) and without spaces', () => {
    const compact = good.replace('eu-west-1', '').replaceAll(', ', ',');
    expect(parseAuthorization({ authorization: compact })).toMatchObject({ region: '', signedHeaders: ['host'] });
  });
});

describe('A7: a presigned URL', () => {
  test('is valid until it expires', async () => {
    const sent = await presigned({ query: { 'response-content-type': 'text/plain' } });
    expect(verifyPresigned(sent, at)).toBe('valid');
    expect(verifyPresigned(sent, minutes(10))).toBe('valid');
    expect(verifyPresigned(sent, minutes(10.1))).toBe('expired');
    expect(verifyPresigned(sent, minutes(-15.1))).toBe('clock-skew');
  });

  test('is not valid for another object, method or lifetime', async () => {
    const sent = await presigned({});
    expect(verifyPresigned({ ...sent, rawPath: '/bucket/other' }, at)).toBe('mismatch');
    expect(verifyPresigned({ ...sent, method: 'PUT' }, at)).toBe('mismatch');
    expect(verifyPresigned({ ...sent, rawQuery: sent.rawQuery.replace('Expires=600', 'Expires=6000') }, at)).toBe(
      'mismatch',
    );
    expect(verifyPresigned(sent, at, 'another')).toBe('mismatch');
  });
});
