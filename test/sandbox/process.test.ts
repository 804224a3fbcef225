import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../../base/user-error.ts';
import {
  readSandboxStatus,
  resetSandbox,
  sandboxEnvironment,
  startSandboxProcess,
  stopSandboxProcess,
} from '../../sandbox/process.ts';
import { identifyProcess, isRunning } from '../../sandbox/process-identity.ts';
import { sluiceVersion } from '../../sandbox/process-version.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { defaultPorts, freePorts } from '../../sandbox/status.ts';
import type { SandboxPorts, SandboxStatus } from '../../sandbox/status.ts';

// Each start is a process of its own, slow on a busy machine.
jest.setTimeout(60_000);

let root: string;
const directories: string[] = [];
function newDirectory(): string {
  const directory = join(root, `sandbox-${directories.length}`, '.sandbox');
  directories.push(directory);
  return directory;
}
const start = (directory: string, ports: Partial<SandboxPorts> = {}) =>
  startSandboxProcess({ directory, ports: { ...freePorts, ...ports } });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-process-'));
});
afterAll(async () => {
  for (const directory of directories) await stopSandboxProcess(directory);
  await rm(root, { recursive: true, force: true });
});

async function callerArn({ aws }: SandboxStatus): Promise<string | undefined> {
  const { endpoint, region, accessKeyId, secretAccessKey } = aws;
  const sts = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  } finally {
    sts.destroy();
  }
}

const urlsOf = ({ aws, cloudflare, r2, edge, control }: SandboxStatus) => [
  aws.endpoint,
  aws.httpsEndpoint,
  cloudflare.apiBaseUrl,
  cloudflare.httpsApiBaseUrl,
  ...Object.values(r2.endpoints),
  ...Object.values(r2.httpsEndpoints),
  edge.http,
  edge.https,
  control.url,
];

async function userErrorOf(call: Promise<unknown>): Promise<UserError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return error;
  throw new Error('no UserError was thrown', { cause: error });
}

describe('X5: one sandbox process, from its start to its reset,', () => {
  let directory: string;
  let first: SandboxStatus;
  beforeAll(async () => {
    directory = newDirectory();
    first = await start(directory);
  });

  test('answers on the loopback address only, and is found by others', async () => {
    expect(await callerArn(first)).toMatch(/^arn:aws:iam::000000000000:user\//);
    expect(await readSandboxStatus(directory)).toEqual(first);
    const urls = urlsOf(first);
    expect(new Set(urls).size).toBe(Object.keys(defaultPorts).length);
    for (const url of urls) expect(url).toMatch(/^https?:\/\/127\.0\.0\.1:\d+/);
  });

  test('is started once: a second start finds it, and nobody else may use its directory', async () => {
    expect(await start(directory)).toEqual(first);
    const error = await userErrorOf(startSandbox({ directory, ports: freePorts }));
    expect(error.what).toContain(`(process ${first.pid})`);
    expect(await callerArn(first)).toBeDefined();
  });

  test('keeps secrets for its owner, out of arguments and out of its log', async () => {
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'sandbox.json'))).mode & 0o777).toBe(0o600);
    const told = await readFile(join(directory, 'log'), 'utf8');
    const visible = told + (await readFile(`/proc/${first.pid}/cmdline`, 'utf8').catch(() => ''));
    for (const secret of [first.aws.secretAccessKey, first.cloudflare.apiToken, first.r2.secretAccessKey]) {
      expect(visible).not.toContain(secret);
    }
  });

  test('runs beside another one, which answers none of its keys', async () => {
    const second = await start(newDirectory());
    expect(urlsOf(second).filter((url) => urlsOf(first).includes(url))).toEqual([]);
    await expect(callerArn({ ...second, aws: { ...first.aws, endpoint: second.aws.endpoint } })).rejects.toThrow();
    expect(await stopSandboxProcess(second.directory)).toBe(true);
    expect(isRunning(identifyProcess(second.pid))).toBe(false);
    expect(await readSandboxStatus(second.directory)).toBeUndefined();
    expect(await stopSandboxProcess(second.directory)).toBe(false);
    expect((await readdir(second.directory)).sort()).toEqual(['log', 'state']);
    expect(await callerArn(first)).toBeDefined();
  });

  test('when killed leaves a record that nobody believes, and a state that starts again as it was', async () => {
    process.kill(first.pid, 'SIGKILL');
    while (isRunning(identifyProcess(first.pid))) await new Promise(setImmediate);
    expect(await readSandboxStatus(directory)).toBeUndefined();
    const again = await start(directory);
    expect(again.pid).not.toBe(first.pid);
    expect(again.aws).toEqual({
      ...first.aws,
      endpoint: again.aws.endpoint,
      httpsEndpoint: again.aws.httpsEndpoint,
    });
    expect(again.cloudflare.apiToken).toBe(first.cloudflare.apiToken);
    expect(again.r2.accessKeyId).toBe(first.r2.accessKeyId);
  });

  test('when reset is stopped, and what it wrote removed, and nothing else', async () => {
    const running = await readSandboxStatus(directory);
    await mkdir(join(directory, 'project'));
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await resetSandbox(directory);
    expect(await readdir(directory)).toEqual(['notes.txt']);
    expect(isRunning(identifyProcess(running?.pid ?? process.pid))).toBe(false);
    await resetSandbox(directory);
  });
});

describe('the sandbox refuses to start', () => {
  test('on a port that is taken, naming it, and leaves nothing running', async () => {
    const directory = newDirectory();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error = await userErrorOf(start(directory, { control: port }));
    expect(error.message).toContain(`"control": port ${port} is taken by another program`);
    expect(error.fix).toContain('--port 0');
    expect(await readSandboxStatus(directory)).toBeUndefined();
    other.close();
    await once(other, 'close');
    const sandbox = await startSandbox({ directory, ports: { ...freePorts, control: port } });
    expect(sandbox.status.control.url).toBe(`http://127.0.0.1:${port}`);
    await sandbox.stop();
  });

  test.each([
    ['another version', '0.0.1'],
    ['this version whose record is another', sluiceVersion()],
  ])('beside a running one of %s', async (_name, version) => {
    const directory = newDirectory();
    const older = createServer((_request, response) => {
      response.end(JSON.stringify({ version, pid: process.pid }));
    }).listen(0, '127.0.0.1');
    await once(older, 'listening');
    const url = `http://127.0.0.1:${(older.address() as AddressInfo).port}`;
    await mkdir(directory, { recursive: true });
    const record = { version, pid: process.pid, control: { url } };
    await writeFile(join(directory, 'sandbox.json'), JSON.stringify(record));
    const error = await userErrorOf(start(directory));
    expect(error.what).toContain(`another version (${version})`);
    expect((await userErrorOf(readSandboxStatus(directory))).what).toBe(error.what);
    older.closeAllConnections();
    older.close();
    await rm(directory, { recursive: true });
  });

  test('in a directory whose state is not its own, and reset leaves that alone', async () => {
    const directory = newDirectory();
    const foreign = join(directory, 'state', 'terraform.tfstate');
    await mkdir(join(directory, 'state'), { recursive: true });
    await writeFile(foreign, '{}');
    expect((await userErrorOf(start(directory))).what).toContain('no sandbox wrote');
    await resetSandbox(directory);
    expect(await readFile(foreign, 'utf8')).toBe('{}');
  });
});

test('a process that got the id of a dead sandbox is never stopped', async () => {
  const directory = newDirectory();
  const sandbox = await startSandbox({ directory, ports: freePorts });
  await sandbox.stop();
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(stranger, 'spawn');
  const record = { ...sandbox.status, pid: stranger.pid };
  await writeFile(join(directory, 'sandbox.json'), JSON.stringify(record));
  expect(await stopSandboxProcess(directory)).toBe(false);
  expect(stranger.exitCode).toBeNull();
  expect(stranger.signalCode).toBeNull();
  stranger.kill();
  await once(stranger, 'exit');
});

test('the environment points the AWS SDK, with nothing else said, at the sandbox', async () => {
  const sandbox = await startSandbox({ directory: newDirectory(), ports: freePorts });
  const environment = sandboxEnvironment(sandbox.status);
  const script = `
    const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
    new STSClient({}).send(new GetCallerIdentityCommand({})).then(({ Arn }) => console.log(Arn));`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { PATH: process.env['PATH'], HOME: root, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  expect(Buffer.concat(chunks).toString()).toMatch(/sluice-sandbox-administrator/);
  expect(environment).toMatchObject({
    CLOUDFLARE_BASE_URL: sandbox.status.cloudflare.apiBaseUrl,
    SLUICE_R2_ACCESS_KEY_ID: sandbox.status.r2.accessKeyId,
    SLUICE_R2_ENDPOINT_EU: sandbox.status.r2.endpoints.eu,
    SLUICE_R2_HTTPS_ENDPOINT: sandbox.status.r2.httpsEndpoints.default,
    SLUICE_SANDBOX_AUTHORITY: sandbox.status.tls.authorityFile,
  });
  await sandbox.stop();
});
