import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
  type BucketLocationConstraint,
} from '@aws-sdk/client-s3';
import { tellMisbehaviours } from '../../sandbox/process-control-client.ts';
import type { RunningSandbox } from '../../sandbox/sandbox.ts';
import { startPrivateSandbox } from '../support/private-sandbox.ts';

const Bucket = 'expiring';
const daySeconds = 24 * 60 * 60;
const clients: S3Client[] = [];
let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startPrivateSandbox();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await sandbox.stop();
});

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const clientOf = (endpoint: string, region: string, { accessKeyId, secretAccessKey }: Keys) => {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  clients.push(client);
  return client;
};
const keysOf = async (s3: S3Client) =>
  ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);

describe.each(['aws', 'r2'] as const)('a moved clock of %s', (provider) => {
  test('lets lifecycles take what has become old', async () => {
    const { aws, r2, control } = sandbox.status;
    const s3 =
      provider === 'aws' ? clientOf(aws.endpoint, aws.region, aws) : clientOf(r2.endpoints.default, 'auto', r2);
    const LocationConstraint = (provider === 'aws' ? aws.region : 'auto') as BucketLocationConstraint;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
    for (const Key of ['tmp/a', 'kept']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const rule = { ID: 'tmp', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 3 } } as const;
    const LifecycleConfiguration = { Rules: [rule] };
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    const endpoint = provider === 'aws' ? 'aws' : 'cloudflare';
    const move = { fault: { kind: 'clock-skew', skewSeconds: 5 * daySeconds }, endpoints: [endpoint] };
    // The sweep comes after the answer, and the client's own clock is not moved.
    do {
      await tellMisbehaviours(control.url, { rules: [move] });
      await tellMisbehaviours(control.url, undefined);
    } while ((await keysOf(s3)).includes('tmp/a'));
    expect(await keysOf(s3)).toEqual(['kept']);
  });
});
