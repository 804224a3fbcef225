import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import {
  createSigner,
  emptyPayloadHash,
  encodePath,
  encodeQuery,
  unsignedPayload,
  type SignableRequest,
} from '../../engine/signer.ts';

/** The example credential of AWS's documentation, put together here so that no scanner takes it for a live one. */
const credentials = {
  accessKeyId: ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
  secretAccessKey: ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYEXAMPLEKEY'].join('/'),
};
const signer = createSigner({ credentials, region: 'us-east-1' });
const now = new Date('2013-05-24T00:00:00Z');
const host = 'examplebucket.s3.amazonaws.com';

/** The path in virtual-host style, which AWS's examples use. */
function pathOf(key: string): string {
  return encodePath('b', key).slice('/b'.length);
}

function signatureOf(request: SignableRequest): string | undefined {
  return /Signature=([0-9a-f]{64})$/.exec(signer.sign(request, now)['authorization'] ?? '')?.[1];
}

describe("AWS's published examples (S3 API reference, Signature Version 4) are met by", () => {
  test('GET Object with a range', () => {
    expect(
      signatureOf({
        method: 'GET',
        host,
        path: pathOf('test.txt'),
        headers: { range: 'bytes=0-9' },
        payloadHash: emptyPayloadHash,
      }),
    ).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
  });

  test('PUT Object with a mark in its key', () => {
    expect(
      signatureOf({
        method: 'PUT',
        host,
        path: pathOf('test$file.text'),
        headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
        payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      }),
    ).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd');
  });

  test('GET Bucket Lifecycle, a query without a value', () => {
    expect(
      signatureOf({ method: 'GET', host, path: '/', query: { lifecycle: '' }, payloadHash: emptyPayloadHash }),
    ).toBe('fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543');
  });

  test('List Objects', () => {
    expect(
      signatureOf({
        method: 'GET',
        host,
        path: '/',
        query: { prefix: 'J', 'max-keys': '2' },
        payloadHash: emptyPayloadHash,
      }),
    ).toBe('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
  });

  test('a presigned GET', () => {
    const query = signer.presign({ method: 'GET', host, path: pathOf('test.txt'), expiresSeconds: 86_400 }, now);
    expect(query).toMatch(/X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404$/);
  });
});

/** Smithy's signer as AWS's own S3 client configures it. */
const independent = new SignatureV4({
  credentials: { ...credentials, sessionToken: 'a/session+token==' },
  region: 'eu-central-1',
  service: 's3',
  sha256: Sha256,
  uriEscapePath: false,
  applyChecksum: false,
});
const withSession = createSigner({
  credentials: { ...credentials, sessionToken: 'a/session+token==' },
  region: 'eu-central-1',
});
const unsigned = { 'x-amz-content-sha256': unsignedPayload };
const kept = new Set(Object.keys(unsigned));
const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const anyQuery = fc.dictionary(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), anyText, { maxKeys: 4 });
const anyTime = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true });

describe("an independent signer (Smithy's) agrees on", () => {
  test('requests signed in headers, whatever the key', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyQuery, anyTime, async (key, query, date) => {
        const path = encodePath('bucket', key);
        const ours = withSession.sign(
          { method: 'PUT', host: 'h:9000', path, query, headers: { 'content-type': 'text/plain  x' } },
          date,
        );
        const theirs = await independent.sign(
          {
            method: 'PUT',
            protocol: 'http:',
            hostname: 'h',
            path,
            query,
            headers: {
              host: 'h:9000',
              'content-type': 'text/plain  x',
              ...unsigned,
            },
          },
          { signingDate: date },
        );
        expect(signatureIn(ours)).toBe(signatureIn(theirs.headers));
      }),
      { numRuns: 200 },
    );
  });

  test('presigned URLs, whatever the key', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.integer({ min: 1, max: 604_800 }), anyTime, async (key, expiresSeconds, date) => {
        const path = encodePath('bucket', key);
        const ours = withSession.presign({ method: 'GET', host: 'h', path, expiresSeconds }, date);
        const theirs = await independent.presign(
          { method: 'GET', protocol: 'https:', hostname: 'h', path, query: {}, headers: { host: 'h', ...unsigned } },
          { signingDate: date, expiresIn: expiresSeconds, unsignableHeaders: kept, unhoistableHeaders: kept },
        );
        expect(new URLSearchParams(ours).get('X-Amz-Signature')).toBe(theirs.query?.['X-Amz-Signature']);
      }),
      { numRuns: 50 },
    );
  });
});

function signatureIn(headers: Record<string, string | undefined>): string | undefined {
  return /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1];
}

describe('the path of a key', () => {
  test.each([
    ['a/../b', '/k/a/../b'],
    ['./x', '/k/./x'],
    ['/leading', '/k//leading'],
    ['a//b/', '/k/a//b/'],
    ['a%2Fb', '/k/a%252Fb'],
    ["!*'()", '/k/%21%2A%27%28%29'],
    ['a+b c?d#e\\', '/k/a%2Bb%20c%3Fd%23e%5C'],
    ['\u0001\r\n', '/k/%01%0D%0A'],
    ['é', '/k/%C3%A9'],
    ['e\u0301', '/k/e%CC%81'],
    ['😀', '/k/%F0%9F%98%80'],
    ['~-._', '/k/~-._'],
  ])('%j is never normalised', (key, path) => {
    expect(encodePath('k', key)).toBe(path);
  });

  test('decodes to the key it was made from', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        expect(decodeURIComponent(encodePath('bucket', key))).toBe(`/bucket/${key}`);
      }),
    );
  });
});

test('a query is sorted by its encoded names', () => {
  expect(encodeQuery({ 'list-type': '2', prefix: 'a b/', 'X-Up': '', é: '=' })).toBe(
    '%C3%A9=%3D&X-Up=&list-type=2&prefix=a%20b%2F',
  );
});

test('a new day gets a new signing key', () => {
  const request = { method: 'GET', host, path: '/', headers: {} };
  const fresh = createSigner({ credentials, region: 'us-east-1' });
  const tomorrow = new Date('2013-05-25T00:00:00Z');
  signer.sign(request, now);
  expect(signer.sign(request, tomorrow)).toEqual(fresh.sign(request, tomorrow));
});

test('one signer signs sets of headers in any order, and values beyond ASCII, each as a fresh one does', () => {
  const now = new Date('2026-11-02T10:00:00Z');
  const credentials = { accessKeyId: 'example', secretAccessKey: 'not-a-secret'.repeat(3) };
  const fresh = () => createSigner({ credentials, region: 'eu-west-1' });
  const kept = fresh();
  const sets: Record<string, string>[] = [
    { 'x-amz-meta-b': '1', 'content-type': 'text/plain' },
    { 'content-type': 'text/plain', 'x-amz-meta-b': '1' },
    { 'content-type': 'text/plain', 'x-amz-meta-b': 'caf\xe9  twice' },
    {},
    ...Array.from({ length: 100 }, (_, index) => ({ [`x-amz-meta-${index}`]: `${index}` })),
    { 'x-amz-meta-b': '1', 'content-type': 'text/plain' },
  ];
  for (const headers of sets) {
    const request = { method: 'PUT', host: 's3.example', path: '/bucket/key', headers };
    expect(kept.sign(request, now)).toEqual(fresh().sign(request, now));
  }
});
