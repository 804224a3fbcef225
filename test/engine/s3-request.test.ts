import { createHash } from 'node:crypto';
import { requestWriter, sentBytes, type S3Call } from '../../engine/s3-request.ts';

const endpoint = { endpoint: 'https://s3.example:9000', region: 'eu-west-1' };
const credentials = { accessKeyId: 'example', secretAccessKey: 'not-a-secret' };
const anonymous = requestWriter(endpoint);
const signed = requestWriter({ ...endpoint, credentials }, { now: () => new Date('2026-11-22T10:00:00Z') });

describe('a call is written as a request', () => {
  test('whose path has bucket, key and sorted query, all encoded, and no key normalised', () => {
    const call: S3Call = { method: 'GET', bucket: 'b', key: 'a/../ü', query: { versionId: 'v/1', a: '' } };
    expect(anonymous(call).path).toBe('/b/a/../%C3%BC?a=&versionId=v%2F1');
    expect(anonymous({ method: 'GET' }).path).toBe('/');
  });

  test('with its own headers alone where there are no credentials', () => {
    expect(anonymous({ method: 'GET', bucket: 'b', headers: { range: 'bytes=0-0' } })).toEqual({
      method: 'GET',
      path: '/b',
      headers: { range: 'bytes=0-0' },
    });
    expect(anonymous({ method: 'GET', bucket: 'b' }).headers).toEqual({});
  });

  test('signed with the time of its clock', () => {
    const { headers } = signed({ method: 'GET', bucket: 'b', key: 'a', headers: { range: 'bytes=0-0' } });
    expect(headers).toMatchObject({ range: 'bytes=0-0', 'x-amz-date': '20261122T100000Z' });
    expect(headers['authorization']).toContain('SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,');
  });

  test('whose headers beyond ASCII are sent, but not signed', () => {
    const headers = { 'x-amz-meta-a': 'caf\xe9', 'x-amz-meta-b': 'b' };
    const request = signed({ method: 'PUT', bucket: 'b', key: 'a', headers });
    expect(request.headers).toMatchObject(headers);
    expect(request.headers['authorization']).toContain('x-amz-date;x-amz-meta-b,');
  });

  test.each([
    ['no body is that of nothing', undefined, createHash('sha256').digest('hex')],
    ['a text is its own', 'text', createHash('sha256').update('text').digest('hex')],
    ['bytes are not hashed', Buffer.from('bytes'), 'UNSIGNED-PAYLOAD'],
  ])('whose signed hash of %s', (_, body, expected) => {
    const request = signed({ method: 'PUT', bucket: 'b', key: 'a', ...(body !== undefined && { body }) });
    expect(request.headers['x-amz-content-sha256']).toBe(expected);
    expect(request.body).toBe(body);
  });
});

test('a call says how long its body is by its header', () => {
  expect(sentBytes({ headers: { 'content-length': '7' } })).toBe(7);
  expect(sentBytes({})).toBe(0);
});
