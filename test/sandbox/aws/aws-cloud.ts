import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { awsAuthorizer } from '../../../sandbox/aws/authorizer.ts';
import type { AwsAuthorizerOptions } from '../../../sandbox/aws/authorizer.ts';
import { awsListener } from '../../../sandbox/aws/listener.ts';
import { s3Listener } from '../../../sandbox/s3/listener.ts';
import { awsProfile } from '../../../sandbox/s3/profile.ts';
import { openObjectStore } from '../../../sandbox/store/store.ts';
import { startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint, Keys } from './aws-endpoint.ts';

export interface SessionKeys extends Keys {
  readonly sessionToken?: string;
}

/** An AWS endpoint with S3 beside IAM and STS: bucket `media` holds `uploads/a` and `private/a`. */
export interface AwsCloudUnderTest extends AwsEndpoint {
  s3(keys?: SessionKeys): S3Client;
  /** A new user's keys. */
  user(UserName: string): Promise<Keys>;
}

export async function startAwsCloud(
  now: () => Date = () => new Date(),
  options?: AwsAuthorizerOptions,
): Promise<AwsCloudUnderTest> {
  const objects = await mkdtemp(join(tmpdir(), 'sluice-aws-objects-'));
  const store = await openObjectStore(objects);
  const world = await store.world('aws');
  const endpoint = await startAwsEndpoint(now, (account) => {
    const authorizer = awsAuthorizer(account, options);
    return awsListener(account, s3Listener({ world, authorizer, profile: awsProfile, region: account.region, now }));
  });
  const clients: S3Client[] = [];
  const s3 = (credentials: SessionKeys = endpoint.account.administrator()): S3Client => {
    const settings = { endpoint: endpoint.url, region: endpoint.account.region, forcePathStyle: true, maxAttempts: 1 };
    const client = new S3Client({ ...settings, credentials, systemClockOffset: now().getTime() - Date.now() });
    clients.push(client);
    return client;
  };
  const LocationConstraint = 'eu-west-1';
  await s3().send(new CreateBucketCommand({ Bucket: 'media', CreateBucketConfiguration: { LocationConstraint } }));
  for (const Key of ['uploads/a', 'private/a']) {
    await s3().send(new PutObjectCommand({ Bucket: 'media', Key, Body: 'content' }));
  }
  return {
    ...endpoint,
    s3,
    async user(UserName) {
      const iam = endpoint.iam();
      await iam.send(new CreateUserCommand({ UserName }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    },
    async stop() {
      for (const client of clients) client.destroy();
      await endpoint.stop();
      await store.close();
      await rm(objects, { recursive: true, force: true });
    },
  };
}

/** A policy document of these statements; `Allow` unless they say otherwise. */
export function policyOf(...statements: object[]): string {
  const Statement = statements.map((statement) => ({ Effect: 'Allow', ...statement }));
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** The credentials of an answer of STS, as clients take them. */
export function keysOf(
  credentials:
    | { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined; SessionToken?: string | undefined }
    | undefined,
): Required<SessionKeys> {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
