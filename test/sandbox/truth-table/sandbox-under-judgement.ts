import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, DeletePublicAccessBlockCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import Cloudflare from 'cloudflare';
import { r2Account } from '../../policies/truth-table/r2-tokens.ts';
import { account, bucket, type TruthGroup } from '../../policies/truth-table/truth-row.ts';
import { truthTable } from '../../policies/truth-table/truth-table.ts';
import { startPrivateSandbox } from '../../support/private-sandbox.ts';
import type { Destination } from './signed-call.ts';

/** A sandbox with every bucket and object that the table speaks of, and its administrator's clients. */
export interface SandboxUnderJudgement {
  readonly groups: readonly JudgedGroup[];
  readonly accountId: string;
  readonly cloudflareAccountId: string;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly stores: Readonly<Record<Provider, S3Client>>;
  readonly api: Cloudflare;
  readonly destinations: Readonly<Record<Provider, Readonly<Record<'plain' | 'tls', Destination>>>>;
  /** The sandbox's clock, which rows about dates move. */
  readonly clock: { at: Date };
  stop(): Promise<void>;
}

export type Provider = 'aws' | 'r2';

export interface JudgedGroup extends TruthGroup {
  /** Where a bucket policy of the group is put. */
  readonly policyBucket: string;
}

/** Starts it on free ports, in a directory of its own. */
export async function startSandboxUnderJudgement(): Promise<SandboxUnderJudgement> {
  const clock = { at: new Date() };
  const sandbox = await startPrivateSandbox({ now: () => clock.at });
  const { aws, r2, cloudflare, tls } = sandbox.status;
  const agent = new Agent({ keepAlive: true });
  const tlsAgent = new TlsAgent({ keepAlive: true, ca: await readFile(tls.authorityFile) });
  const { accessKeyId, secretAccessKey } = aws;
  const ofAws = { endpoint: aws.endpoint, region: aws.region, credentials: { accessKeyId, secretAccessKey } };
  const ofR2 = {
    endpoint: r2.endpoints.default,
    region: 'auto',
    credentials: { accessKeyId: r2.accessKeyId, secretAccessKey: r2.secretAccessKey },
  };
  const iam = new IAMClient({ ...ofAws, region: 'us-east-1' });
  const sts = new STSClient(ofAws);
  const stores = {
    aws: new S3Client({ ...ofAws, forcePathStyle: true }),
    r2: new S3Client({ ...ofR2, forcePathStyle: true }),
  };
  const groups = truthTable.map((group, index) => judgedGroup(group, index, aws.accountId, cloudflare.accountId));
  for (const provider of ['aws', 'r2'] as const) await furnish(provider, stores[provider], groups);
  return {
    groups,
    accountId: aws.accountId,
    cloudflareAccountId: cloudflare.accountId,
    iam,
    sts,
    stores,
    api: new Cloudflare({ apiToken: cloudflare.apiToken, baseURL: cloudflare.apiBaseUrl }),
    destinations: {
      aws: {
        plain: { url: aws.endpoint, region: aws.region, agent },
        tls: { url: aws.httpsEndpoint, region: aws.region, agent: tlsAgent },
      },
      r2: {
        plain: { url: r2.endpoints.default, region: 'auto', agent },
        tls: { url: r2.httpsEndpoints.default, region: 'auto', agent: tlsAgent },
      },
    },
    clock,
    async stop() {
      for (const client of [iam, sts, stores.aws, stores.r2, agent, tlsAgent]) client.destroy();
      await sandbox.stop();
    },
  };
}

/**
 * A group with the sandbox's accounts in place of the table's. Each bucket policy stands on a bucket of its own: some would lock
 * even the administrator out of the next one.
 */
function judgedGroup(group: TruthGroup, index: number, awsAccountId: string, cloudflareAccountId: string): JudgedGroup {
  const { setting } = group;
  const hasPolicy = setting.provider === 'aws' && setting.resource !== undefined && setting.resourceKind !== 'trust';
  const policyBucket = hasPolicy ? `${bucket}-${index}` : bucket;
  const text = JSON.stringify({ ...group, policyBucket: bucket });
  const accountsReplaced = text.replaceAll(account, awsAccountId).replaceAll(r2Account, cloudflareAccountId);
  return JSON.parse(accountsReplaced.replaceAll(bucket, policyBucket)) as JudgedGroup;
}

/** What rows read must be there: a missing key looks forbidden to who may not list. */
async function furnish(provider: Provider, store: S3Client, groups: readonly TruthGroup[]): Promise<void> {
  const objects = new Map<string, Set<string>>();
  for (const { setting, rows } of groups) {
    if (setting.provider !== provider) continue;
    for (const [, request] of rows) {
      if ('action' in request) continue;
      const { bucket, key = 'x', copySource } = request;
      for (const named of [bucket === undefined ? undefined : { bucket, key }, copySource]) {
        if (named !== undefined) objects.set(named.bucket, (objects.get(named.bucket) ?? new Set()).add(named.key));
      }
    }
  }
  for (const [Bucket, keys] of objects) {
    const configuration = { LocationConstraint: 'eu-west-1' } as const;
    await store.send(
      new CreateBucketCommand({ Bucket, ...(provider === 'aws' && { CreateBucketConfiguration: configuration }) }),
    );
    // The table's anonymous rows are about policies, not about the block that new buckets have against public ones.
    if (provider === 'aws') await store.send(new DeletePublicAccessBlockCommand({ Bucket }));
    for (const Key of keys) await store.send(new PutObjectCommand({ Bucket, Key, Body: 'content' }));
  }
}
