import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoCredentials } from '../../scripts/profile-credentials.ts';
import { readSharedProfile, sharedProfileNames } from '../../scripts/shared-profile.ts';

const config = `
# a comment
[default]
region = eu-west-1

[profile minio]
region = us-east-1   ; where it is
endpoint_url = https://minio.example.com
[profile with-services]
services = local
endpoint_url = https://elsewhere.example.com
[services local]
s3 =
  endpoint_url = https://s3.example.com
  signature_version = s3v4
iam =
  endpoint_url = https://iam.example.com
[profile ignoring]
endpoint_url = https://minio.example.com
ignore_configured_endpoint_urls = true
[profile broken]
services = nowhere
`;
const credentials = '[minio]\naws_access_key_id=AKID\n[held]\naws_access_key_id = AKID\n';

describe('a profile of the AWS shared files', () => {
  let directory: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-profiles-'));
    environment = {
      AWS_CONFIG_FILE: join(directory, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
    };
    await writeFile(join(directory, 'config'), config);
    await writeFile(join(directory, 'credentials'), credentials);
  });
  afterAll(() => rm(directory, { recursive: true }));

  test.each([
    ['default', { region: 'eu-west-1' }],
    ['minio', { region: 'us-east-1', endpoint: 'https://minio.example.com' }],
    ['with-services', { endpoint: 'https://s3.example.com' }],
    ['ignoring', {}],
    ['held', {}],
  ])('%s says %j', async (name, expected) => {
    const { settings, ...said } = (await readSharedProfile(name, environment)) ?? {};
    expect(said).toEqual(expected);
    expect(settings).toBeDefined();
  });

  test('has the settings of both files', async () => {
    const profile = await readSharedProfile('minio', environment);
    expect(profile?.settings).toMatchObject({ region: 'us-east-1', aws_access_key_id: 'AKID' });
  });

  test('that is in neither file is not there, and a services section must be', async () => {
    expect(await readSharedProfile('nobody', environment)).toBeUndefined();
    expect(
      await readSharedProfile('minio', { AWS_CONFIG_FILE: directory, AWS_SHARED_CREDENTIALS_FILE: directory }),
    ).toBe(undefined);
    await expect(readSharedProfile('broken', environment)).rejects.toThrow('services section "nowhere"');
  });

  test('the names of all', async () => {
    expect(await sharedProfileNames(environment)).toEqual([
      'broken',
      'default',
      'held',
      'ignoring',
      'minio',
      'with-services',
    ]);
  });
});

describe('a profile without credentials: it is told why', () => {
  const cause = new Error('Token is expired\nand more');

  test.each<[Record<string, string>, string]>([
    [{ aws_access_key_id: 'a' }, 'it has aws_access_key_id and no aws_secret_access_key'],
    [{ aws_secret_access_key: 'a' }, 'it has aws_secret_access_key and no aws_access_key_id'],
    [{ sso_session: 'corp' }, 'no session of IAM Identity Center (Token is expired)'],
    [{ role_arn: 'arn' }, 'its role could not be taken (Token is expired)'],
    [{ login_session: 'arn' }, 'it has no login session (Token is expired)'],
    [{ credential_process: 'a --secret b' }, 'its credential_process gave no credentials'],
    [{ region: 'eu-west-1' }, 'it holds no credentials'],
  ])('%j', (settings, said) => {
    expect(whyNoCredentials('p', { settings }, cause).what).toContain(said);
  });

  test('what a credential_process was started with is not repeated', () => {
    const failed = new Error('Command failed: fetch-keys --token abc');
    const told = whyNoCredentials('p', { settings: { credential_process: 'fetch-keys --token abc' } }, failed);
    expect(JSON.stringify(told)).not.toContain('abc');
  });
});
