import { resolve } from 'node:path';
import { parsePlace, type PlaceFlags } from '../../scripts/places.ts';

const account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const bucket = (provider: string, more: object) => ({ kind: 'bucket', provider, bucket: 'media', prefix: '', ...more });

describe('O1: the URL of a place', () => {
  test.each<[PlaceFlags, object, Record<string, string>?]>([
    [{ url: 's3://media' }, bucket('aws', {})],
    [{ url: 's3://media/a b/%20/', region: 'eu-west-1' }, bucket('aws', { prefix: 'a b/%20/', region: 'eu-west-1' })],
    [
      { url: 's3://media/' },
      bucket('aws', { endpoint: 'http://127.0.0.1:9' }),
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9/' },
    ],
    [
      { url: 's3://media/', endpoint: 'https://s3.example.com', profile: 'p' },
      bucket('aws', { endpoint: 'https://s3.example.com', profile: 'p' }),
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' },
    ],
    [
      { url: 'r2://media/', account },
      bucket('r2', { region: 'auto', endpoint: `https://${account}.r2.cloudflarestorage.com` }),
    ],
    [
      { url: 'r2://media.eu/x/', account },
      bucket('r2', { prefix: 'x/', region: 'auto', endpoint: `https://${account}.eu.r2.cloudflarestorage.com` }),
    ],
    [
      { url: 'r2://media/' },
      bucket('r2', { region: 'auto', endpoint: 'http://127.0.0.1:9' }),
      { SLUICE_R2_ENDPOINT: 'http://127.0.0.1:9' },
    ],
    [
      { url: 'b2://media/', region: 'us-west-004' },
      bucket('b2', { region: 'us-west-004', endpoint: 'https://s3.us-west-004.backblazeb2.com' }),
    ],
    [{ url: 'file:a/b' }, { kind: 'directory', path: resolve('a/b') }],
    [{ url: 'file:///a/b' }, { kind: 'directory', path: '/a/b' }],
    [{ url: './s3' }, { kind: 'directory', path: resolve('s3') }],
    [{ url: '/a:b/' }, { kind: 'directory', path: '/a:b' }],
  ])('%j', (flags, expected, environment = {}) => {
    expect(parsePlace('from', flags, environment)).toEqual(expected);
  });

  test.each<[PlaceFlags, string]>([
    [{ url: 's3://media//a/' }, 'starts with "/"'],
    [{ url: 's3://media/a' }, 'must end in "/"'],
    [{ url: 's3://media/.sluice-canary/' }, 'canaries'],
    [{ url: 's3://me*dia/' }, 'not a name that S3 gives'],
    [{ url: 's3://media/', account }, 'not on R2'],
    [{ url: 's3://media/', region: 'evil.example.com/' }, 'not a region'],
    [{ url: 's3://media/', endpoint: 'https://a:b@s3.example.com' }, 'more than scheme, host and port'],
    [{ url: 's3://media/', endpoint: 'ftp://s3.example.com' }, 'not an https URL'],
    [{ url: 'r2://media.mars/', account }, 'no jurisdiction'],
    [{ url: 'r2://media/', account: 'x' }, '--from-account'],
    [{ url: 'r2://media/', account, region: 'auto' }, 'no regions'],
    [{ url: 'file://elsewhere/a' }, 'another machine'],
    [{ url: '' }, 'names no directory'],
    [{ url: 'a', profile: 'p' }, 'is a directory'],
  ])('%j is refused', (flags, said) => {
    expect(() => parsePlace('from', flags, {})).toThrow(said);
  });
});
