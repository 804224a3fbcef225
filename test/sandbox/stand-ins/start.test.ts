import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import type plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { unknownValue } from '../../../sandbox/stand-ins/provider/property-value.ts';
import {
  ask,
  executable,
  type StandIn,
  standInEnvironment,
  type StandInName,
  startStandIn,
} from './stand-in-under-test.ts';

const loopback = 'http://127.0.0.1:1';
const configurations = {
  aws: {
    region: 'eu-west-1',
    endpoints: JSON.stringify([{ iam: loopback, sts: loopback, s3: loopback }]),
    skipCredentialsValidation: 'true',
  },
  cloudflare: { baseUrl: `${loopback}/client/v4` },
};
const credentials = {
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  CLOUDFLARE_API_TOKEN: 't'.repeat(40),
};

describe.each<StandInName>(['aws', 'cloudflare'])('X5: the %s stand-in', (name) => {
  let standIn: StandIn;
  beforeAll(async () => {
    standIn = await startStandIn(name, credentials);
  });
  afterAll(() => standIn.stop());

  test('is an executable of the name that Pulumi looks for', () => {
    expect(statSync(executable(name)).mode & 0o777).toBe(0o755);
  });

  test('refuses to start without the marker of the sandbox', () => {
    const environment = standInEnvironment({ SLUICE_SANDBOX: '0' });
    const { status, stdout, stderr } = spawnSync(executable(name), { env: environment, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('it runs only in the sandbox');
  });

  test('takes secrets and resources, previews, and has the version of the installed SDK', async () => {
    const handshake = new messages.ProviderHandshakeRequest().setEngineAddress('127.0.0.1:1');
    const shaken = await ask<messages.ProviderHandshakeResponse>((done) => standIn.client.handshake(handshake, done));
    expect(shaken.toObject()).toMatchObject({ acceptSecrets: true, acceptResources: true, acceptOutputs: false });

    const configured = await standIn.configure(configurations[name]);
    expect(configured.toObject()).toMatchObject({ acceptsecrets: true, acceptresources: true, supportspreview: true });

    const info = await ask<plugin.PluginInfo>((done) => standIn.client.getPluginInfo(new empty.Empty(), done));
    const { version } = createRequire(import.meta.filename)(`@pulumi/${name}/package.json`) as { version: string };
    expect(info.getVersion()).toBe(version);
  });

  test('answers with its schema', async () => {
    const request = new messages.GetSchemaRequest();
    const response = await ask<messages.GetSchemaResponse>((done) => standIn.client.getSchema(request, done));
    expect(JSON.parse(response.getSchema())).toMatchObject({ name });
  });

  test('says of functions, methods and components that it has none', async () => {
    const invoke = new messages.InvokeRequest().setTok(`${name}:index/getAnything:getAnything`);
    await expect(ask((done) => standIn.client.invoke(invoke, done))).rejects.toThrow(
      /UNIMPLEMENTED.*does not have functions/,
    );
    const construct = new messages.ConstructRequest();
    await expect(ask((done) => standIn.client.construct(construct, done))).rejects.toThrow(/UNIMPLEMENTED.*components/);
    const call = new messages.CallRequest();
    await expect(ask((done) => standIn.client.call(call, done))).rejects.toThrow(/UNIMPLEMENTED.*methods/);
  });

  test('names the resource types that it has when asked for another', async () => {
    await expect(standIn.check(`${name}:other/thing:Thing`, {})).rejects.toThrow(/has no resource type .*; it has /);
  });

  test('accepts a configuration whose values only the deployment will know', async () => {
    expect(await standIn.checkConfig({ ...configurations[name], baseUrl: undefinedFor(name) })).toEqual([]);
  });

  test('names an unknown setting, and where to look for it', async () => {
    const args = { ...configurations[name], s3ForcePathStyle: 'true' };
    expect(await standIn.checkConfig(args)).toEqual([
      `could not validate provider configuration: Invalid or unknown key. Check \`pulumi config get ${name}:s3ForcePathStyle\`.`,
    ]);
    expect(await standIn.checkConfig(args, 'explicit')).toEqual([
      "could not validate provider configuration: Invalid or unknown key. Examine values at 'explicit.s3ForcePathStyle'.",
    ]);
  });

  test('ends when the engine cancels', async () => {
    const exit = once(standIn.process, 'exit');
    await ask((done) => standIn.client.cancel(new empty.Empty(), done));
    expect(await exit).toEqual([0, null]);
  });
});

test('a stand-in ends when the engine that started it was killed', async () => {
  // The shell in between is the engine: it starts the stand-in, waits for it, and is killed.
  const engine = spawn('/bin/sh', ['-c', '"$0" & wait', executable('aws')], {
    env: standInEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(engine.stdout, 'data');
  const closed = once(engine.stdout, 'close');
  engine.kill('SIGKILL');
  // The pipe closes when the last process that holds its other end is gone.
  await closed;
});

describe('X5: a configuration that would leave this machine, or that does not do, is refused', () => {
  let aws: StandIn;
  let cloudflare: StandIn;
  beforeAll(async () => {
    [aws, cloudflare] = await Promise.all([startStandIn('aws'), startStandIn('cloudflare')]);
  });
  afterAll(() => Promise.all([aws.stop(), cloudflare.stop()]));

  test.each(['https://iam.amazonaws.com', 'http://127.0.0.1.example.test', 'http://10.0.0.1:4780', 'not a url'])(
    'aws: %s as an endpoint',
    async (endpoint) => {
      const args = {
        ...configurations.aws,
        endpoints: JSON.stringify([{ iam: loopback, sts: loopback, s3: endpoint }]),
      };
      expect(await aws.checkConfig(args)).toEqual([expect.stringContaining('the s3 endpoint is')]);
      await expect(aws.configure(args)).rejects.toThrow(/reaches only this machine/);
    },
  );

  test('aws: an endpoint left out, since the real one would be meant', async () => {
    const args = { ...configurations.aws, endpoints: JSON.stringify([{ iam: loopback, s3: loopback }]) };
    expect(await aws.checkConfig(args)).toEqual([expect.stringContaining('endpoints.0.sts')]);
    expect(await aws.checkConfig({ region: 'eu-west-1' })).toEqual([expect.stringContaining('endpoints')]);
    await expect(aws.configure({ region: 'eu-west-1' })).rejects.toThrow(/endpoints/);
  });

  test.each([{ baseUrl: 'https://api.cloudflare.com/client/v4' }, {}])('cloudflare: %p', async (args) => {
    expect(await cloudflare.checkConfig(args)).toEqual([expect.stringContaining('reaches only this machine')]);
    await expect(cloudflare.configure(args)).rejects.toThrow(/reaches only this machine/);
  });

  test.each([
    ['http://localhost:4780', true],
    ['http://[::1]:4780', true],
    ['http://127.0.0.2:4780', true],
    ['http://sandbox.localhost:4780', false],
  ])('%s is this machine: %p', async (endpoint, isLocal) => {
    expect(await cloudflare.checkConfig({ baseUrl: endpoint })).toHaveLength(isLocal ? 0 : 1);
  });

  test('credentials that are missing are named', async () => {
    await expect(aws.configure(configurations.aws)).rejects.toThrow(/AWS_ACCESS_KEY_ID/);
    await expect(cloudflare.configure(configurations.cloudflare)).rejects.toThrow(/CLOUDFLARE_API_TOKEN/);
  });

  test('cloudflare refuses a token of no known form before any request', async () => {
    const args = { ...configurations.cloudflare, apiToken: 'short' };
    expect(await cloudflare.checkConfig(args)).toEqual([expect.stringContaining('40 to 80 characters')]);
    expect(await cloudflare.checkConfig({ ...args, apiToken: 'a'.repeat(40) })).toEqual([]);
  });

  test('a setting of the real provider that the stand-in lacks is refused, not ignored', async () => {
    expect(await aws.checkConfig({ ...configurations.aws, profile: 'mine' })).toEqual([
      expect.stringContaining('does not have this setting'),
    ]);
    expect(await cloudflare.checkConfig({ ...configurations.cloudflare, apiKey: 'k'.repeat(37) })).toEqual([
      expect.stringContaining('does not have this setting'),
    ]);
  });
});

/** An unknown base URL for cloudflare; aws has no such setting, so null, which is as good as absent. */
function undefinedFor(name: StandInName): typeof unknownValue | null {
  return name === 'cloudflare' ? unknownValue : null;
}
