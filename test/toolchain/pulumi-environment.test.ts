import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PulumiCli } from '../../toolchain/pulumi-cli.ts';
import { pulumiEnvironment, sandboxPulumiEnvironment } from '../../toolchain/pulumi-environment.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

const cli: PulumiCli = {
  path: '/cache/bin/pulumi',
  binDirectory: '/cache/bin',
  version: '3.259.0',
  languageHost: 'node',
};
const checkout = path.resolve(import.meta.dirname, '..', '..');
const node = '/opt/node/bin/node';

/** A user's shell with real accounts, someone else's settings, and what a program needs to live. */
const shell: NodeJS.ProcessEnv = {
  PATH: '/usr/bin:/bin',
  HOME: '/home/me',
  LANG: 'en_US.UTF-8',
  LC_ALL: 'C.UTF-8',
  AWS_ACCESS_KEY_ID: 'the-user',
  AWS_PROFILE: 'production',
  AWS_ENDPOINT_URL: 'https://elsewhere.example',
  CLOUDFLARE_API_TOKEN: 'the-user',
  CLOUDFLARE_BASE_URL: 'https://elsewhere.example',
  PULUMI_BACKEND_URL: 'https://backend.example',
  PULUMI_ACCESS_TOKEN: 'the-user',
  PULUMI_CONFIG_PASSPHRASE: 'the-user',
  PULUMI_DEBUG_PROVIDERS: 'aws:4711',
  GITHUB_TOKEN: 'the-user',
  HTTPS_PROXY: 'http://proxy.example',
  NODE_OPTIONS: '--max-old-space-size=4096',
  SOME_OTHER_SECRET: 'the-user',
};

async function sandboxEnvironment(work: (environment: NodeJS.ProcessEnv, directory: string) => Promise<void> | void) {
  await withTemporaryDirectory(async (directory) => {
    const environment = await sandboxPulumiEnvironment({
      cli,
      checkout,
      node,
      environment: shell,
      sandboxDirectory: directory,
      passphraseFile: path.join(directory, 'passphrase'),
      administrator: {
        aws: { region: 'eu-west-1', accessKeyId: 'sandbox-key', secretAccessKey: 'sandbox-secret' },
        cloudflare: { apiToken: 'sandbox-token' },
      },
    });
    await work(environment, directory);
  });
}

describe('in the sandbox, Pulumi gets', () => {
  test('nothing of the user but what any program needs', () =>
    sandboxEnvironment((environment) => {
      expect(Object.values(environment)).not.toContain('the-user');
      for (const name of [
        'AWS_PROFILE',
        'AWS_ENDPOINT_URL',
        'CLOUDFLARE_BASE_URL',
        'PULUMI_DEBUG_PROVIDERS',
        'PULUMI_ACCESS_TOKEN',
        'HTTPS_PROXY',
      ]) {
        expect(environment).not.toHaveProperty(name);
      }
      expect(environment).toMatchObject({ HOME: '/home/me', LANG: 'en_US.UTF-8', LC_ALL: 'C.UTF-8' });
    }));

  test("the sandbox's own administrator, home, state and passphrase", () =>
    sandboxEnvironment(async (environment, directory) => {
      expect(environment).toMatchObject({
        SLUICE_SANDBOX: '1',
        PULUMI_HOME: path.join(directory, 'pulumi', 'home'),
        PULUMI_BACKEND_URL: `file://${directory}/pulumi/state?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE_FILE: path.join(directory, 'passphrase'),
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
        PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
        PULUMI_SKIP_UPDATE_CHECK: 'true',
        AWS_ACCESS_KEY_ID: 'sandbox-key',
        AWS_SECRET_ACCESS_KEY: 'sandbox-secret',
        AWS_REGION: 'eu-west-1',
        CLOUDFLARE_API_TOKEN: 'sandbox-token',
      });
      expect((await stat(path.join(directory, 'pulumi', 'state'))).mode & 0o777).toBe(0o700);
    }));
});

describe('on a real stack, Pulumi gets', () => {
  const environment = pulumiEnvironment({ cli, checkout, node, environment: shell });

  test("the user's accounts, backend and proxy, but no unrelated secret", () => {
    expect(environment).toMatchObject({
      AWS_PROFILE: 'production',
      CLOUDFLARE_API_TOKEN: 'the-user',
      PULUMI_BACKEND_URL: 'https://backend.example',
      PULUMI_CONFIG_PASSPHRASE: 'the-user',
      HTTPS_PROXY: 'http://proxy.example',
      NODE_OPTIONS: expect.stringMatching(/^--max-old-space-size=4096 --import=file:/) as string,
    });
    expect(environment).not.toHaveProperty('SOME_OTHER_SECRET');
    expect(environment).not.toHaveProperty('SLUICE_SANDBOX');
  });

  test('no plugin from PATH', () => {
    expect(environment['PULUMI_IGNORE_AMBIENT_PLUGINS']).toBe('true');
  });
});

test('the CLI and Node come first on PATH, and the language host that the variables name exists', async () => {
  const environment: NodeJS.ProcessEnv = pulumiEnvironment({
    cli,
    checkout,
    node,
    environment: { PATH: shell['PATH'] },
  });
  expect(environment['PATH']).toBe('/cache/bin:/opt/node/bin:/usr/bin:/bin');
  expect(environment['SLUICE_NODE']).toBe(node);
  await access(environment['SLUICE_LANGUAGE_HOST'] ?? '');
  const preloads = (environment['NODE_OPTIONS'] ?? '').split(' ');
  expect(preloads).toHaveLength(3);
  await Promise.all(preloads.map((word) => access(new URL(word.replace('--import=', '')))));
});
