import { brokenEscapes, type Chance, noNumbers } from './chance.ts';
import { type MalformedRequest, type RequestParts, wireBytes } from './malformed-request.ts';
import { malformedXml } from './malformed-xml.ts';
import { type Door, signed } from './signed-request.ts';

type Generator = (chance: Chance, door: Door) => MalformedRequest;

/** The bucket and object that stand in every world, and that no malformed request may touch. */
export const bucket = 'kept-bucket';
export const key = 'kept-object';

/** What no bucket policy may be; written down once, since some are long. */
const brokenPolicies: readonly (string | Buffer)[] = [
  '{',
  '[]',
  'null',
  '{}',
  '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}',
  '{"Version":"2031-01-01","Statement":[]}',
  `{"Statement":${'['.repeat(9000)}${']'.repeat(9000)}}`,
  `{"Statement":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Perhaps', Action: '*', Resource: '*' }] }),
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:Dance', Resource: '*' }] }),
  `{"Version":"2012-10-17","Statement":"${'x'.repeat(30_000)}"}`,
];

/** Calls that S3 must refuse, each kind for a reason of its own. */
export const malformedS3: readonly Generator[] = [
  /** Nobody signs; nothing is public. */
  function unsigned(chance, door) {
    const method = chance.pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'TRACE', 'PROPFIND', 'LOCK']);
    const path = chance.pick(['/', `/${bucket}`, `/${bucket}/${key}`, '//', '/..', '/%2e%2e/%2e%2e', `/${bucket}//a`]);
    const query = chance.pick(['', '?uploads', '?delete', '?policy', `?${visible(chance, 20)}`, '?a=b&a=c&&&=']);
    return plain('unsigned', { method, target: path + query, headers: { host: door.host }, body: chance.bytes(9) });
  },

  function brokenAuthorization(chance, door) {
    const good = signed(door, { method: 'PUT', target: `/${bucket}/new`, body: 'content' });
    const authorization = good.headers?.['authorization'] ?? '';
    const broken = chance.pick([
      authorization.slice(0, chance.below(authorization.length)),
      authorization.replace(/Signature=../, `Signature=${chance.pick(['zz', 'FF', '', '--'])}`),
      authorization.replace(/[0-9a-f]{64}$/, '0'.repeat(64)),
      authorization.replace('Credential=', 'Credential=//'),
      authorization.replace('aws4_request', 'aws5_request'),
      authorization.replace('SignedHeaders=', 'SignedHeaders=;;'),
      authorization.replace(/\/\d{8}\//, `/${chance.pick(['00000000', '99999999', '20260230', '2026', ''])}/`),
      'AWS4-HMAC-SHA256',
      `AWS4-HMAC-SHA256 ${','.repeat(1000)}`,
      'AWS AKIA:signature',
      'Basic YTpi',
      `Bearer ${visible(chance, 50)}`,
      visible(chance, 30),
    ]);
    return plain('broken authorization', { ...good, headers: { ...good.headers, authorization: broken } });
  },

  function brokenDate(chance, door) {
    const date = chance.pick(['', '0', '20260101T000000Z', '99990101T000000Z', 'yesterday', '20261340T256199Z']);
    const headers = { 'x-amz-date': date };
    return plain('broken date', signed(door, { method: 'PUT', target: `/${bucket}/new`, headers, body: 'content' }));
  },

  function brokenPresignedUrl(chance, door) {
    const parameters = {
      'X-Amz-Algorithm': chance.pick(['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1', '']),
      'X-Amz-Credential': chance.pick([`${door.accessKeyId}/20261122/${door.region}/s3/aws4_request`, '////', '%00']),
      'X-Amz-Date': chance.pick(['20261122T000000Z', 'now', '']),
      'X-Amz-Expires': chance.pick(['60', ...noNumbers]),
      'X-Amz-SignedHeaders': chance.pick(['host', '', ';;', 'host;x-amz-nothing']),
      'X-Amz-Signature': chance.pick(['0'.repeat(64), '', 'z'.repeat(64), '0'.repeat(5000)]),
    };
    const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const [method, headers] = [chance.pick(['GET', 'PUT', 'DELETE']), { host: door.host }];
    return plain('broken presigned URL', { method, target: `/${bucket}/${key}?${query.join('&')}`, headers });
  },

  function brokenPath(chance, door) {
    const escape = chance.pick(brokenEscapes);
    const target = chance.pick([`/${bucket}/${escape}`, `/${escape}/${key}`, `/${bucket}?prefix=${escape}`]);
    return plain('broken path', signed(door, { method: chance.pick(['GET', 'PUT', 'DELETE']), target }));
  },

  function impossibleName(chance, door) {
    const name = chance.pick([
      'A',
      'a',
      'UPPER',
      'a..b',
      'a_b',
      '-a',
      'a'.repeat(64),
      '%20%20%20',
      'xn--a',
      '192.168.0.1.5',
    ]);
    const long = `/${bucket}/${'k'.repeat(1025 + chance.below(3000))}`;
    const target = chance.pick([`/${encodeURIComponent(name)}%00`, `/${name}_`, long]);
    return plain('impossible name', signed(door, { method: 'PUT', target, body: '' }));
  },

  function brokenNumber(chance, door) {
    const number = encodeURIComponent(chance.pick(noNumbers));
    const [method, target] = chance.pick([
      ['GET', `/${bucket}?max-keys=${number}`],
      ['GET', `/${bucket}?list-type=2&max-keys=${number}`],
      ['GET', `/${bucket}?uploads&max-uploads=${number}`],
      ['GET', `/${bucket}/upload?uploadId=${door.uploadId}&max-parts=${number}`],
      ['GET', `/${bucket}/upload?uploadId=${door.uploadId}&part-number-marker=${number}`],
      ['GET', `/${bucket}/${key}?partNumber=${number}`],
      ['PUT', `/${bucket}/upload?uploadId=${door.uploadId}&partNumber=${number}`],
    ] as const);
    return plain('broken number', signed(door, { method, target, body: method === 'PUT' ? 'content' : '' }));
  },

  function brokenParameter(chance, door) {
    const [method, target] = chance.pick([
      ['GET', `/${bucket}?list-type=2&continuation-token=${encodeURIComponent(visible(chance, 12))}%00`],
      ['GET', `/${bucket}?encoding-type=${visible(chance, 5)}`],
      ['GET', `/${bucket}/${key}?versionId=${visible(chance, 10)}`],
      ['DELETE', `/${bucket}/${key}?versionId=${visible(chance, 10)}`],
      ['GET', `/${bucket}/upload?uploadId=${visible(chance, 10)}`],
      ['DELETE', `/${bucket}/upload?uploadId=${visible(chance, 10)}`],
      ['PUT', `/${bucket}/upload?partNumber=1&uploadId=${visible(chance, 10)}`],
      ['POST', `/${bucket}/${key}`],
      ['POST', `/${bucket}`],
      ['PATCH', `/${bucket}/${key}`],
      ['DELETE', `/`],
      ['PUT', `/`],
      ['PUT', `/${bucket}?inventory`],
      ['PUT', `/${bucket}?notification`],
    ] as const);
    return plain('broken parameter', signed(door, { method, target }));
  },

  function brokenHeaderOfWrite(chance, door) {
    const junk = visible(chance, 12);
    const headers = chance.pick<Record<string, string>>([
      { 'content-md5': chance.pick([junk, '', 'AAAAAAAAAAAAAAAAAAAAAA==']) },
      { 'x-amz-content-sha256': chance.pick([junk, '', '0'.repeat(64), 'STREAMING-AWS9']) },
      { 'x-amz-checksum-crc32': chance.pick([junk, 'AAAAAA==']) },
      { 'x-amz-checksum-sha256': chance.pick([junk, '']) },
      { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      {
        'x-amz-copy-source': chance.pick(['/', junk, '%ff/%ff', bucket, '', `/${bucket}/${key}?versionId=${junk}`]),
      },
      { 'x-amz-tagging': chance.pick(['a=b&a=c', Array.from({ length: 11 }, (_, i) => `t${i}=v`).join('&')]) },
      { 'x-amz-meta-much': 'm'.repeat(9_000) },
      { 'if-match': '"00000000000000000000000000000000"' },
      {
        'x-amz-decoded-content-length': chance.pick(noNumbers),
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      },
      { 'x-amz-security-token': junk },
    ]);
    const ifMatch = headers['if-match'] === undefined ? 'new' : key;
    return plain(
      'broken header of a write',
      signed(door, { method: 'PUT', target: `/${bucket}/${ifMatch}`, headers, body: 'content' }),
    );
  },

  function brokenDocument(chance, door) {
    const { method, target, body } = malformedXml(chance, bucket, door.uploadId ?? '', door.provider === 'r2');
    return plain('broken document', signed(door, { method, target, body }));
  },

  function brokenPolicy(chance, door) {
    const body = chance.pick([...brokenPolicies, chance.bytes(200)]);
    return plain('broken policy', signed(door, { method: 'PUT', target: `/${bucket}?policy`, body }));
  },

  function brokenChunks(chance, door) {
    const size = 7;
    const kind = chance.pick(['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD']);
    const signature = kind.includes('HMAC') ? `;chunk-signature=${'0'.repeat(64)}` : '';
    const body = chance.pick([
      `7${signature}\r\ncontent`,
      `7${signature}\r\ncontentX\r\n0${signature}\r\n\r\n`,
      `-7${signature}\r\ncontent\r\n0\r\n\r\n`,
      `FFFFFFFFFFFF${signature}\r\ncontent\r\n0\r\n\r\n`,
      `FFFFFFFFFFFFFFFFFFFFFFFF${signature}\r\ncontent\r\n`,
      `6${signature}\r\nconten\r\n0${signature}\r\n\r\n`,
      `0${signature}\r\n\r\n`,
      `7;${'x'.repeat(5000)}\r\ncontent\r\n0\r\n\r\n`,
      `7${signature}\r\ncontent\r\n0${signature}\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`,
      `7${signature}\r\ncontent\r\n0${signature}\r\nno trailer\r\n\r\n`,
      `7${signature}\r\ncontent\r\n0${signature}\r\n${'a:b\r\n'.repeat(9000)}\r\n`,
      chance.bytes(40),
      '\r\n'.repeat(20),
    ]);
    const headers = {
      'x-amz-content-sha256': kind,
      'x-amz-decoded-content-length': String(size),
      'content-encoding': 'aws-chunked',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    };
    return plain('broken chunks', signed(door, { method: 'PUT', target: `/${bucket}/new`, headers, body }));
  },

  /** The client goes away before it has sent what it announced. */
  function truncatedBody(chance, door) {
    const announced = { 'content-length': String(chance.pick([8, 100, 100_000, 5_000_000_000])) };
    const parts = signed(door, { method: 'PUT', target: `/${bucket}/new`, headers: announced, body: 'content' });
    return { ...plain('truncated body', parts), alone: true, noHttp: true };
  },

  function impossibleLength(chance, door) {
    const announced = { 'content-length': chance.pick(['5368709121', '99999999999999']) };
    const parts = signed(door, { method: 'PUT', target: `/${bucket}/new`, headers: announced, body: 'content' });
    return { ...plain('impossible length', parts), alone: true };
  },
];

function plain(kind: string, parts: RequestParts): MalformedRequest {
  return { kind, method: parts.method, bytes: wireBytes(parts) };
}

/** Without characters that end a header or a request target. */
function visible(chance: Chance, count: number): string {
  return chance.text(count).replace(/[ #%&+?/]/g, '_');
}
