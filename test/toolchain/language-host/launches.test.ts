import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import languageMessages from '@pulumi/pulumi/proto/language_pb.js';
import structMessages from 'google-protobuf/google/protobuf/struct_pb.js';
import { pluginLaunch } from '../../../toolchain/language-host/plugin.ts';
import { programLaunch } from '../../../toolchain/language-host/program.ts';
import { requiredPackages } from '../../../toolchain/language-host/required-packages.ts';
import { withTemporaryDirectory } from '../fixtures/temporary-directory.ts';

const checkout = path.resolve(import.meta.dirname, '..', '..', '..');
const sdk = path.join(checkout, 'node_modules', '@pulumi', 'pulumi');

const info = (directory: string, entryPoint: string, options: Record<string, structMessages.JavaScriptValue> = {}) =>
  new languageMessages.ProgramInfo()
    .setRootDirectory('/stack/project')
    .setProgramDirectory(directory)
    .setEntryPoint(entryPoint)
    .setOptions(structMessages.Struct.fromJavaScript(options));

function runRequest(): languageMessages.RunRequest {
  const request = new languageMessages.RunRequest()
    .setProject('tiny')
    .setStack('dev')
    .setPwd(checkout)
    .setOrganization('organization')
    .setParallel(16)
    .setMonitorAddress('127.0.0.1:1')
    .setDryrun(true)
    .setConfigsecretkeysList(['tiny:password'])
    .setInfo(info(checkout, 'index.ts', { typescript: false, nodeargs: '--enable-source-maps' }));
  request.getConfigMap().set('tiny:password', 'not for everyone');
  return request;
}

test('a program is started by the SDK of its own directory, with all that the engine said', () => {
  const launch = programLaunch(runRequest(), '127.0.0.1:2', { PATH: '/bin' });
  expect(launch.workingDirectory).toBe(checkout);
  expect(launch.arguments).toEqual([
    '--enable-source-maps',
    path.join(sdk, 'cmd', 'run', 'index.js'),
    '--monitor=127.0.0.1:1',
    '--engine=127.0.0.1:2',
    '--organization=organization',
    '--project=tiny',
    '--stack=dev',
    `--pwd=${checkout}`,
    '--root-directory=/stack/project',
    '--parallel=16',
    '--dry-run',
    'index.ts',
  ]);
  expect(launch.environment).toMatchObject({ PATH: '/bin', PULUMI_NODEJS_TYPESCRIPT: 'false' });
});

test('configuration, which may hold secrets, travels in the environment and never in the arguments', () => {
  const launch = programLaunch(runRequest(), '127.0.0.1:2', {});
  expect(launch.arguments.join(' ')).not.toContain('not for everyone');
  expect(launch.environment['PULUMI_CONFIG']).toBe('{"tiny:password":"not for everyone"}');
  expect(launch.environment['PULUMI_CONFIG_SECRET_KEYS']).toBe('["tiny:password"]');
});

test('a policy pack runs in its own directory, a provider where the engine says; both in the environment it sent', () => {
  const directory = path.join(checkout, 'policies');
  const request = (kind: string) =>
    new languageMessages.RunPluginRequest()
      .setKind(kind)
      .setPwd('/stack/project')
      .setInfo(info(directory, '.'))
      .setArgsList(['127.0.0.1:2'])
      .setEnvList(['PATH=/bin', 'EQUATION=a=b']);
  expect(pluginLaunch(request('analyzer'))).toMatchObject({
    arguments: [path.join(sdk, 'cmd', 'run-policy-pack', 'index.js'), '127.0.0.1:2', directory],
    workingDirectory: directory,
    environment: { PATH: '/bin', EQUATION: 'a=b' },
  });
  expect(pluginLaunch(request('resource'))).toMatchObject({
    arguments: [path.join(sdk, 'cmd', 'run-plugin', 'index.js'), directory, '127.0.0.1:2'],
    workingDirectory: '/stack/project',
  });
});

describe('the plugins that a program needs are', () => {
  test('the installed @pulumi packages with resources, with their versions, and no others', async () => {
    const found = await requiredPackages(checkout);
    expect(found.map(({ name }) => name).toSorted()).toEqual(['aws', 'cloudflare']);
    expect(found.every(({ version }) => /^v\d+\.\d+\.\d+$/.test(version))).toBe(true);
  });

  test('found from a folder inside the project too, and the nearest installation wins', () =>
    withTemporaryDirectory(async (directory) => {
      await symlink(path.join(checkout, 'node_modules'), path.join(directory, 'node_modules'));
      const nearer = path.join(directory, 'inner', 'node_modules', '@pulumi', 'aws');
      await mkdir(nearer, { recursive: true });
      const manifest = {
        name: '@pulumi/aws',
        version: '0.0.1',
        pulumi: { resource: true, server: 'https://plugins.example' },
      };
      await writeFile(path.join(nearer, 'package.json'), JSON.stringify(manifest));
      const found = await requiredPackages(path.join(directory, 'inner'));
      expect(found).toContainEqual({ name: 'aws', version: 'v0.0.1', server: 'https://plugins.example' });
      expect(found.map(({ name }) => name)).toContain('cloudflare');
    }));
});
