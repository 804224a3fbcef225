import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import type { Authorizer, Identity } from '../../../sandbox/s3/authorizer.ts';
import { s3Listener, type DecisionRecord } from '../../../sandbox/s3/listener.ts';
import { awsProfile, type S3Profile } from '../../../sandbox/s3/profile.ts';
import type { DiskWorld } from '../../../sandbox/store/disk-world.ts';
import { openObjectStore } from '../../../sandbox/store/store.ts';

/** A real endpoint on a free port, with one key that may do what `allows` says. */
export interface TestEndpoint {
  readonly url: string;
  readonly port: number;
  readonly region: string;
  readonly world: DiskWorld;
  readonly directory: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly decisions: DecisionRecord[];
  client(config?: Partial<S3ClientConfig>): S3Client;
  close(): Promise<void>;
}

export interface TestEndpointOptions {
  readonly profile?: S3Profile;
  readonly region?: string;
  readonly allows?: (request: StorageRequest, caller: Identity | undefined) => boolean;
  /** The clock of endpoint and store. */
  readonly now?: () => Date;
}

export async function startEndpoint({
  profile = awsProfile,
  region = profile.provider === 'r2' ? 'auto' : 'eu-west-1',
  allows = (_request, caller) => caller !== undefined,
  now = () => new Date(),
}: TestEndpointOptions = {}): Promise<TestEndpoint> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
  const store = await openObjectStore(directory, now);
  const world = await store.world('aws');
  const accessKeyId = randomBytes(16).toString('hex');
  const secretAccessKey = randomBytes(20).toString('hex');
  const caller = { principal: 'arn:aws:iam::000000000000:user/tester', secretAccessKey };
  const authorizer: Authorizer = {
    identify: (presented) =>
      presented.accessKeyId === accessKeyId
        ? caller
        : { refused: { status: 403, code: 'InvalidAccessKeyId', message: 'The key does not exist in our records.' } },
    authorize(identity, request) {
      if (allows(request, identity)) return { verdict: 'allowed', because: 'the test allows it' };
      return { verdict: 'implicitly-denied', because: 'the test does not allow it' };
    },
  };
  const decisions: DecisionRecord[] = [];
  const listener = s3Listener({
    world,
    authorizer,
    profile,
    region,
    now,
    onDecision: (record) => decisions.push(record),
  });
  const server = createServer(listener);
  server.on('checkContinue', (request, response) => listener(request, response, true));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const clients: S3Client[] = [];
  return {
    url,
    port,
    region,
    world,
    directory,
    accessKeyId,
    secretAccessKey,
    decisions,
    client(config = {}) {
      const client = new S3Client({
        endpoint: url,
        region,
        forcePathStyle: true,
        maxAttempts: 1,
        credentials: { accessKeyId, secretAccessKey },
        ...config,
      });
      clients.push(client);
      return client;
    },
    async close() {
      clients.forEach((client) => client.destroy());
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}
