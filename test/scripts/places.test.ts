import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { parsePlace, type PlaceDefaults, type PlaceFlags } from '../../scripts/places.ts';

const account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const bucket = (provider: string, more: object) => ({ kind: 'bucket', provider, bucket: 'media', prefix: '', ...more });

const minio = { endpoint: 'https://minio.example.com', region: 'eu-west-1' };

describe('O1: the URL of a place', () => {
  test.each<[PlaceFlags, object, PlaceDefaults?]>([
    [{ url: 's3://media' }, bucket('aws', {})],
    [{ url: 's3://media/a b/%20/', region: 'eu-west-1' }, bucket('aws', { prefix: 'a b/%20/', region: 'eu-west-1' })],
    [
      { url: 's3://media/' },
      bucket('aws', { endpoint: 'http://127.0.0.1:9' }),
      { environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9/' }, ambientEndpoint: 'http://127.0.0.1:8' },
    ],
    [
      { url: 's3://media/', endpoint: 'https://s3.example.com', profile: 'p' },
      bucket('aws', { endpoint: 'https://s3.example.com', profile: 'p' }),
      { environment: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, profile: { endpoint: 'http://127.0.0.1:8' } },
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
      { environment: { SLUICE_R2_ENDPOINT: 'http://127.0.0.1:9' } },
    ],
    [
      { url: 's3://media/', profile: 'p' },
      bucket('aws', { endpoint: 'https://minio.example.com', region: 'eu-west-1', profile: 'p' }),
      { environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, profile: minio },
    ],
    [
      { url: 's3://media/', profile: 'p', region: 'us-east-2' },
      bucket('aws', { endpoint: 'https://minio.example.com', region: 'us-east-2', profile: 'p' }),
      { profile: minio },
    ],
    [
      { url: 's3://media/' },
      bucket('aws', { endpoint: 'https://minio.example.com' }),
      { ambientEndpoint: 'https://minio.example.com' },
    ],
    [
      { url: 'r2://media/', profile: 'p' },
      bucket('r2', { region: 'auto', endpoint: 'https://minio.example.com', profile: 'p' }),
      { environment: { SLUICE_R2_ENDPOINT: 'http://127.0.0.1:9' }, profile: minio },
    ],
    [
      { url: 'b2://media/', profile: 'p' },
      bucket('b2', { region: 'eu-west-1', endpoint: 'https://minio.example.com', profile: 'p' }),
      { profile: minio },
    ],
    [
      { url: 'b2://media/', region: 'us-west-004' },
      bucket('b2', { region: 'us-west-004', endpoint: 'https://s3.us-west-004.backblazeb2.com' }),
    ],
    [{ url: 'file:a/b' }, { kind: 'directory', path: resolve('a/b') }],
    [{ url: 'file:///a/b' }, { kind: 'directory', path: '/a/b' }],
    [{ url: './s3' }, { kind: 'directory', path: resolve('s3') }],
    [{ url: '/a:b/' }, { kind: 'directory', path: '/a:b' }],
  ])('%j', (flags, expected, defaults = {}) => {
    expect(parsePlace('from', flags, { environment: {}, ...defaults })).toEqual(expected);
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
    [{ url: 'r2://media/', account, requesterPays: true }, '--from-requester-pays: r2://media/ is not on S3'],
    [{ url: 'b2://media/', kmsKey: 'arn' }, '--from-kms-key: b2://media/ is not on S3'],
    [{ url: 'r2://media/', account: 'x' }, '--from-account'],
    [{ url: 'r2://media/', account, region: 'auto' }, 'no regions'],
    [{ url: 'file://elsewhere/a' }, 'another machine'],
    [{ url: '' }, 'names no directory'],
    [{ url: 'a', profile: 'p' }, 'is a directory'],
    [{ url: 's3://' }, 'names no bucket'],
    [{ url: 's3:///a/' }, 'names no bucket'],
    // Taken for directories, the next run would make them.
    [{ url: 'S3://media/' }, '"S3:" is no kind of place'],
    [{ url: 'my-remote:media' }, './my-remote:media'],
  ])('%j is refused', (flags, said) => {
    expect(() => parsePlace('from', flags, { environment: {} })).toThrow(said);
  });

  test('with credentials is refused without repeating them', () => {
    const [user, secret] = ['somebody', randomBytes(8).toString('hex')];
    const url = `s3://${user}:${secret}@media/`;
    const refusal = refusalOf(() => parsePlace('from', { url }, { environment: {} }));
    expect(refusal).toBe(
      '--from: it holds credentials: write bucket and prefix alone, and name the credentials with --from-profile',
    );
  });

  test.each<[PlaceDefaults, string]>([
    [{ environment: { AWS_ENDPOINT_URL: 'localhost:9000' } }, 'AWS_ENDPOINT_URL: "localhost:9000" is not an https URL'],
    [{ profile: { endpoint: 'localhost:9000' } }, '--from-profile p: endpoint_url: "localhost:9000" is not'],
    [{ profile: { region: 'a/b' } }, '--from-profile p: region: "a/b" is not a region'],
  ])('what %j says is refused by the name of where it stands', (defaults, said) => {
    const flags = { url: 's3://media/', profile: 'p' };
    expect(() => parsePlace('from', flags, { environment: {}, ...defaults })).toThrow(said);
  });
});

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'not refused';
}
