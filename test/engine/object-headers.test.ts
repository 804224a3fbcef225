import { contentTypeOf } from '../../engine/content-type.ts';
import { md5Of, objectHeaders, otherChecksumOf } from '../../engine/object-headers.ts';

const md5 = '0123456789abcdef0123456789abcdef';

describe('an entity tag is an MD5', () => {
  test('where it has the form of one', () => {
    expect(md5Of({ etag: `"${md5}"` })).toBe(md5);
    expect(md5Of({ etag: `"${md5}"`, 'x-amz-server-side-encryption': 'AES256' })).toBe(md5);
  });

  test.each([
    ['a multipart tag', { etag: `"${md5}-2"` }],
    ['KMS', { etag: `"${md5}"`, 'x-amz-server-side-encryption': 'aws:kms' }],
    ['KMS twice', { etag: `"${md5}"`, 'x-amz-server-side-encryption': 'aws:kms:dsse' }],
    ["a customer's key", { etag: `"${md5}"`, 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }],
    ['no tag', {}],
  ])('but not with %s', (_, headers) => {
    expect(md5Of(headers)).toBeUndefined();
  });
});

describe('another checksum of the whole is known', () => {
  const sha256 = 'x'.repeat(43) + '=';

  test.each([
    ['CRC32', 'AAAAAA=='],
    ['CRC32C', 'AAAAAA=='],
    ['SHA256', sha256],
  ])('where an answer tells one: %s', (algorithm, value) => {
    const header = { [`x-amz-checksum-${algorithm.toLowerCase()}`]: value };
    expect(otherChecksumOf(header)).toEqual({ algorithm, value });
    expect(otherChecksumOf({ ...header, 'x-amz-checksum-type': 'FULL_OBJECT' })).toEqual({ algorithm, value });
  });

  test.each([
    ['one of the checksums of parts', { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'COMPOSITE' }],
    ['one of parts, without its type', { 'x-amz-checksum-sha256': `${sha256}-3` }],
    ['an algorithm that nobody knows', { 'x-amz-checksum-other': 'AAAAAA==' }],
    ['none', {}],
  ])('but not from %s', (_, answer) => {
    expect(otherChecksumOf(answer)).toBeUndefined();
  });
});

test('only what belongs to the object goes with its copy', () => {
  const answer = {
    'content-type': 'text/plain',
    'x-amz-meta-a': '1',
    'content-length': '3',
    etag: '"x"',
    date: 'now',
    'x-amz-request-id': 'r',
    'x-amz-storage-class': 'GLACIER',
    'content-encoding': 'aws-chunked',
  };
  expect(objectHeaders(answer)).toEqual({
    'content-type': 'text/plain',
    'x-amz-meta-a': '1',
    // Kept, so that the copy is of the same class.
    'x-amz-storage-class': 'GLACIER',
  });
});

test('long metadata beyond ASCII becomes words of at most 75 characters that decode to it', () => {
  const text = 'Grüße 😀 '.repeat(20);
  const value = objectHeaders({ 'x-amz-meta-a': Buffer.from(text, 'utf8').toString('latin1') })['x-amz-meta-a'] ?? '';
  const words = value.split(' ');
  expect(words.every((word) => word.length <= 75)).toBe(true);
  const decoded = words.map((word) => Buffer.from(word.slice('=?UTF-8?B?'.length, -2), 'base64').toString('utf8'));
  expect(decoded.join('')).toBe(text);
});

test.each([
  ['a/b.JPG', 'image/jpeg'],
  ['archive.tar.gz', 'application/gzip'],
  ['.json', 'application/octet-stream'],
  ['no-extension', 'application/octet-stream'],
  ['x.constructor', 'application/octet-stream'],
  ['a.html/b', 'application/octet-stream'],
])('the content type of %s is %s', (key, type) => {
  expect(contentTypeOf(key)).toBe(type);
});
