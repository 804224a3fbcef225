import { once } from 'node:events';
import { connect } from 'node:net';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { r2Authorizer } from '../../../sandbox/cloudflare/r2-authorizer.ts';
import type { DecidingEndpoint } from '../../../sandbox/decision-log/logged-decision.ts';
import { misbehavioursSchema } from '../../../sandbox/misbehaviour/fault.ts';
import { lateKeys } from '../../../sandbox/misbehaviour/late-keys.ts';
import { misbehavingListener } from '../../../sandbox/misbehaviour/misbehaving-listener.ts';
import { misbehavingWorld } from '../../../sandbox/misbehaviour/misbehaving-world.ts';
import { openMisbehaviour } from '../../../sandbox/misbehaviour/misbehaviour.ts';
import type { Misbehaviour } from '../../../sandbox/misbehaviour/misbehaviour.ts';
import { listenOnLoopback } from '../../../sandbox/process-server.ts';
import { s3Listener } from '../../../sandbox/s3/listener.ts';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { accountUnderTest } from '../cloudflare/account-under-test.ts';
import type { AccountUnderTest } from '../cloudflare/account-under-test.ts';

/** An R2 endpoint that can be told to misbehave, with a bucket `media`, as the sandbox puts it together. */
export interface MisbehavingEndpoint {
  readonly under: AccountUnderTest;
  readonly misbehaviour: Misbehaviour;
  /** The rules from now on, as a client sends them. */
  tell(...rules: object[]): void;
  s3(keys?: { accessKeyId: string; secretAccessKey: string }): S3Client;
  put(key: string, body: string): Promise<void>;
  get(key: string): Promise<string>;
  readonly url: string;
  stop(): Promise<void>;
}

export async function misbehavingEndpoint(): Promise<MisbehavingEndpoint> {
  const under = await accountUnderTest();
  const misbehaviour = openMisbehaviour();
  const endpoint: DecidingEndpoint = 'r2Default';
  const now = () => new Date(Date.now() + misbehaviour.skewMs(endpoint));
  const listener = s3Listener({
    world: misbehavingWorld(under.worlds.default),
    authorizer: lateKeys(
      r2Authorizer(under.account, 'default'),
      endpoint,
      misbehaviour,
      ({ token }) => new Date(token.issuedOn),
    ),
    profile: r2Profile,
    region: 'auto',
    now,
  });
  const server = await listenOnLoopback('r2', 0, misbehavingListener(endpoint, listener, misbehaviour));
  await under.client.r2.buckets.create({ account_id: under.account_id, name: 'media' });
  const administrator = under.account.tokenByValue(under.account.administratorToken());
  const ownKeys = { accessKeyId: administrator?.id ?? '', secretAccessKey: administrator?.valueSha256 ?? '' };
  const clients: S3Client[] = [];
  const s3 = (credentials = ownKeys): S3Client => {
    const client = new S3Client({
      endpoint: server.url,
      region: 'auto',
      forcePathStyle: true,
      credentials: { ...credentials },
      maxAttempts: 1,
      // Faults are to be seen, not hidden by a checksum that the SDK asks for.
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    clients.push(client);
    return client;
  };
  const own = s3();
  return {
    under,
    misbehaviour,
    url: server.url,
    tell: (...rules) => misbehaviour.set(misbehavioursSchema.parse({ rules })),
    s3,
    async put(Key, Body) {
      await own.send(new PutObjectCommand({ Bucket: 'media', Key, Body }));
    },
    get: async (Key) =>
      (await (await own.send(new GetObjectCommand({ Bucket: 'media', Key }))).Body?.transformToString()) ?? '',
    async stop() {
      for (const client of clients) client.destroy();
      await server.stop();
      await under.stop();
    },
  };
}

/** What comes back on a bare connection: the bytes, and whether it was reset, ended, or is still open (`open`). */
export async function exchangeBytes(
  url: string,
  request: string,
  enough: (received: string) => boolean = () => false,
): Promise<{ received: string; end: 'reset' | 'ended' | 'open' }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  const finished = new Promise<'reset' | 'ended' | 'open'>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (enough(received)) resolve('open');
    });
    socket.on('error', () => resolve('reset'));
    socket.on('end', () => resolve('ended'));
  });
  socket.write(request);
  const end = await finished;
  socket.destroy();
  return { received, end };
}
