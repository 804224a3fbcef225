import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installPythonPackages } from '../../toolchain/python-packages.ts';
import { UserError, exitCodes } from '../../base/user-error.ts';
import { seaweedfsPackage } from './programs.ts';
import { makeS3Place } from './s3-place.ts';
import type { OpenWorld, Programs } from './world.ts';

const region = 'eu-west-1';
const startTimeoutMs = 60_000;
const pollMs = 250;

/**
 * A SeaweedFS of its own: its S3 with its IAM, on free ports of the loopback address, in a directory that goes with it.
 * Throws `UserError` where it cannot be had or does not start.
 */
export async function openSeaweedfsWorld(programs: Programs, narrate: (line: string) => void): Promise<OpenWorld> {
  const installed = await installPythonPackages(seaweedfsPackage, { environment: process.env, narrate });
  const directory = await mkdtemp(join(tmpdir(), 'sluice-seaweedfs-'));
  const log = join(directory, 'log');
  await mkdir(join(directory, 'data'));
  const administrator = {
    accessKeyId: randomBytes(10).toString('hex').toUpperCase(),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const { port, flags } = await serverFlags(directory);
  const server = spawn(join(installed, 'bin', 'weed'), ['server', ...flags], {
    env: {
      PATH: process.env['PATH'],
      HOME: directory,
      AWS_ACCESS_KEY_ID: administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    },
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = createWriteStream(log);
  server.stdout.pipe(output, { end: false });
  server.stderr.pipe(output, { end: false });
  const ended = once(server, 'close');
  const close = async (): Promise<void> => {
    server.kill('SIGTERM');
    await ended;
    output.end();
    await rm(directory, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await untilItAnswers(endpoint, () => server.exitCode === null);
  } catch (error) {
    const lastWords = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? '';
    await close();
    const fix = 'try again, or run without --against';
    throw new UserError({ where: 'weed server', what: lastWords, fix, exitCode: exitCodes.failed, cause: error });
  }
  return {
    programs,
    place: (_cloud, client) =>
      makeS3Place({
        endpoint,
        region,
        bucket: `conformance-${client}`,
        otherBucket: `conformance-${client}-other`,
        administrator,
      }),
    close,
  };
}

/** Settings as close to S3 as it has them: no bucket appears by itself, none is deleted with what it holds. */
async function serverFlags(directory: string): Promise<{ readonly port: number; readonly flags: readonly string[] }> {
  const named = ['master.port', 'master.port.grpc', 'volume.port', 'volume.port.grpc', 'filer.port', 'filer.port.grpc'];
  const names = [...named, 's3.port', 's3.port.grpc'];
  const ports = await unusedPorts(names.length);
  const flags = [
    `-dir=${join(directory, 'data')}`,
    '-ip=127.0.0.1',
    '-ip.bind=127.0.0.1',
    '-master.volumeSizeLimitMB=64',
    '-volume.max=64',
    '-s3',
    '-s3.iam.readOnly=false',
    '-s3.allowDeleteBucketNotEmpty=false',
    '-s3.autoCreateBucket=false',
    '-s3.port.iceberg=0',
    '-s3.port.lance=0',
    `-s3.localSocket=${join(directory, 's3.sock')}`,
    `-filer.localSocket=${join(directory, 'filer.sock')}`,
    ...names.map((name, index) => `-${name}=${ports[index] ?? 0}`),
  ];
  return { port: ports[names.indexOf('s3.port')] ?? 0, flags };
}

/** Ports that were free a moment ago, all different: the server cannot choose its own. */
async function unusedPorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Until it refuses an anonymous request: then its identities are loaded. */
async function untilItAnswers(endpoint: string, lives: () => boolean): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (lives() && Date.now() < deadline) {
    const status = await fetch(endpoint).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 403) return;
    await sleep(pollMs);
  }
  throw new Error(lives() ? `it did not answer in ${startTimeoutMs / 1000} s` : 'it ended');
}
