import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { openAwsAccount } from '../../../sandbox/aws/account.ts';
import type { AwsAccount } from '../../../sandbox/aws/account.ts';
import { awsQueryListener } from '../../../sandbox/aws/query-listener.ts';
import { listenOnLoopback } from '../../../sandbox/process-server.ts';
import type { HttpListener } from '../../../sandbox/process-server.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An AWS account of its own behind real HTTP, and the vendor's clients for it. */
export interface AwsEndpoint {
  readonly account: AwsAccount;
  readonly directory: string;
  readonly url: string;
  iam(keys?: Keys): IAMClient;
  sts(keys?: Keys, region?: string): STSClient;
  stop(): Promise<void>;
}

export async function startAwsEndpoint(
  now?: () => Date,
  listenerOf: (account: AwsAccount) => HttpListener = awsQueryListener,
): Promise<AwsEndpoint> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-aws-'));
  const account = await openAwsAccount(directory, now);
  const server = await listenOnLoopback('aws', 0, listenerOf(account));
  const { url } = server;
  const clients: { destroy(): void }[] = [];
  const kept = <Client extends { destroy(): void }>(client: Client): Client => {
    clients.push(client);
    return client;
  };
  const settings = (credentials: Keys) => ({ endpoint: url, credentials, maxAttempts: 1 });
  return {
    account,
    directory,
    url,
    iam: (keys = account.administrator()) => kept(new IAMClient({ ...settings(keys), region: 'us-east-1' })),
    sts: (keys = account.administrator(), region = 'eu-west-1') => kept(new STSClient({ ...settings(keys), region })),
    async stop() {
      for (const client of clients) client.destroy();
      await server.stop();
      await account.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What a refused call was answered: AWS's code, its HTTP status and message. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const { Code: code = name } = error as { Code?: string };
    return { code, status: $metadata?.httpStatusCode ?? 0, message };
  }
  throw new Error('the call was not refused');
}
