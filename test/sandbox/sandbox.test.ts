import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import Cloudflare from 'cloudflare';
import { askDecisions, tellMisbehaviours } from '../../sandbox/process-control-client.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { RunningSandbox } from '../../sandbox/sandbox.ts';
import { freePorts } from '../../sandbox/status.ts';
import { refusal } from './aws/aws-endpoint.ts';
import type { Keys } from './aws/aws-endpoint.ts';

jest.setTimeout(30_000);

const clients: { destroy(): void }[] = [];
let directory: string;
let sandbox: RunningSandbox;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-sandbox-'));
  sandbox = await startSandbox({ directory, ports: freePorts });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

function kept<Client extends { destroy(): void }>(client: Client): Client {
  clients.push(client);
  return client;
}
/** With a copy of the keys: the SDK writes into what it is given. */
const s3 = (
  { accessKeyId, secretAccessKey }: Keys = sandbox.status.aws,
  endpoint = sandbox.status.aws.endpoint,
  region = 'eu-west-1',
) => {
  const credentials = { accessKeyId, secretAccessKey };
  return kept(new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 }));
};
const r2 = (jurisdiction: 'default' | 'eu', credentials: Keys = sandbox.status.r2) =>
  s3(credentials, sandbox.status.r2.endpoints[jurisdiction], 'auto');
const iam = () => {
  const { endpoint, accessKeyId, secretAccessKey } = sandbox.status.aws;
  return kept(new IAMClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } }));
};

describe('X5: the ordinary AWS SDK works against the sandbox unchanged', () => {
  const Bucket = 'media-prod';
  const UserName = 'media-source';
  let source: Keys;
  beforeAll(async () => {
    const configuration = { LocationConstraint: 'eu-west-1' } as const;
    await s3().send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: configuration }));
    for (const Key of ['uploads/a', 'uploads-private/a']) {
      await s3().send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    }
    await iam().send(new CreateUserCommand({ UserName, Path: '/sluice/' }));
    const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }));
    source = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    const arn = `arn:aws:s3:::${Bucket}`;
    const under = { StringLike: { 's3:prefix': 'uploads/*' } };
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 's3:ListBucket', Resource: arn, Condition: under },
        { Effect: 'Allow', Action: 's3:GetObject', Resource: `${arn}/uploads/*` },
      ],
    });
    await iam().send(new PutUserPolicyCommand({ UserName, PolicyName: 'source', PolicyDocument }));
  });

  test('S1: a user reads and lists what the policy names', async () => {
    const { Body } = await s3(source).send(new GetObjectCommand({ Bucket, Key: 'uploads/a' }));
    expect(await Body?.transformToString()).toBe('uploads/a');
    const { Contents } = await s3(source).send(new ListObjectsV2Command({ Bucket, Prefix: 'uploads/' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['uploads/a']);
  });

  test('S1: and nothing else', async () => {
    const client = s3(source);
    const denied = { code: 'AccessDenied', status: 403 };
    const refusals = await Promise.all([
      refusal(client.send(new GetObjectCommand({ Bucket, Key: 'uploads-private/a' }))),
      refusal(client.send(new PutObjectCommand({ Bucket, Key: 'uploads/a', Body: 'overwritten' }))),
      refusal(client.send(new ListObjectsV2Command({ Bucket }))),
      refusal(client.send(new ListBucketsCommand({}))),
    ]);
    expect(refusals).toMatchObject([denied, denied, denied, denied]);
    expect(refusals[0].message).toContain('is not authorized to perform: s3:GetObject on resource');
  });

  test('S5: the last use of a key is told by IAM, and a deleted key is dead at once', async () => {
    const last = await iam().send(new GetAccessKeyLastUsedCommand({ AccessKeyId: source.accessKeyId }));
    expect(last).toMatchObject({ UserName, AccessKeyLastUsed: { ServiceName: 's3', Region: 'eu-west-1' } });
    await iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: source.accessKeyId }));
    expect(await refusal(s3(source).send(new GetObjectCommand({ Bucket, Key: 'uploads/a' })))).toMatchObject({
      code: 'InvalidAccessKeyId',
      status: 403,
    });
  });

  test('a wrong secret and swapped keys get the codes of S3', async () => {
    const { accessKeyId, secretAccessKey } = sandbox.status.aws;
    const code = async (keys: Keys) => (await refusal(s3(keys).send(new ListBucketsCommand({})))).code;
    expect(await code({ accessKeyId, secretAccessKey: 'w'.repeat(40) })).toBe('SignatureDoesNotMatch');
    expect(await code({ accessKeyId: secretAccessKey, secretAccessKey: accessKeyId })).toBe('InvalidAccessKeyId');
  });
});

describe('X5: R2 and the Cloudflare API', () => {
  test("R2: the administrator's keys derive from its token, in every jurisdiction apart", async () => {
    const client = new Cloudflare({
      apiToken: sandbox.status.cloudflare.apiToken,
      baseURL: sandbox.status.cloudflare.apiBaseUrl,
      maxRetries: 0,
    });
    const verified = await client.accounts.tokens.verify({ account_id: sandbox.status.cloudflare.accountId });
    expect(verified).toMatchObject({ id: sandbox.status.r2.accessKeyId, status: 'active' });
    await r2('eu').send(new CreateBucketCommand({ Bucket: 'media' }));
    const names = async (jurisdiction: 'default' | 'eu') =>
      (await r2(jurisdiction).send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name) ?? [];
    expect(await names('eu')).toEqual(['media']);
    expect(await names('default')).toEqual([]);
  });

  test('keys of AWS open nothing at R2', async () => {
    const answer = await refusal(r2('default', sandbox.status.aws).send(new ListBucketsCommand({})));
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  test('the edge serves nothing on a hostname that nobody attached', async () => {
    expect((await fetch(sandbox.status.edge.http)).status).toBe(404);
  });
});

test('what was acknowledged is there after a restart, and the same ports can be had again', async () => {
  const before = sandbox.status;
  await s3().send(new PutObjectCommand({ Bucket: 'media-prod', Key: 'kept', Body: 'kept' }));
  await sandbox.stop();
  await sandbox.stop();
  const portOf = (url: string): number => Number(new URL(url).port);
  const { endpoint, httpsEndpoint } = before.aws;
  sandbox = await startSandbox({
    directory,
    ports: { ...freePorts, aws: portOf(endpoint), awsHttps: portOf(httpsEndpoint) },
  });
  expect(sandbox.status.aws).toEqual(before.aws);
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: 'media-prod', Key: 'kept' }));
  expect(await Body?.transformToString()).toBe('kept');
});

describe('X5: why? The decision log of a running sandbox', () => {
  const logOf = async (refusedOnly = false) => {
    const { decisions } = await askDecisions(sandbox.status.control.url, { after: 0, refusedOnly });
    return decisions;
  };

  test('tells what IAM, S3, R2 and the API decided, who asked, and what decided', async () => {
    await iam().send(new ListUsersCommand({}));
    await s3().send(new ListBucketsCommand({}));
    await r2('default').send(new ListBucketsCommand({}));
    const { apiBaseUrl, accountId, apiToken } = sandbox.status.cloudflare;
    const headers = { authorization: `Bearer ${apiToken}` };
    await fetch(`${apiBaseUrl}/accounts/${accountId}/r2/buckets`, { headers });
    await fetch(`${apiBaseUrl}/accounts/${accountId}/tokens`);
    const principal = expect.stringContaining('sluice-sandbox-administrator') as string;
    const because = expect.stringContaining('Everything') as string;
    const token = `token ${sandbox.status.r2.accessKeyId}`;
    expect((await logOf()).slice(-5)).toMatchObject([
      { endpoint: 'aws', action: 'iam:ListUsers', principal, verdict: 'allowed', because },
      { endpoint: 'aws', action: 'ListBuckets', principal, verdict: 'allowed', because },
      { endpoint: 'r2Default', action: 'ListBuckets', principal: token, verdict: 'allowed' },
      { endpoint: 'cloudflare', action: 'GET /accounts/:account/r2/buckets', principal: token, verdict: 'allowed' },
      { endpoint: 'cloudflare', action: 'GET /accounts/:account/tokens', verdict: 'unidentified' },
    ]);
  });

  test('tells who could not be identified, and no secret of anybody', async () => {
    const { accessKeyId, secretAccessKey } = sandbox.status.aws;
    const wrong = { accessKeyId, secretAccessKey: 'w'.repeat(40) };
    await refusal(s3(wrong).send(new GetObjectCommand({ Bucket: 'media-prod', Key: 'kept' })));
    const log = await logOf(true);
    expect(log.at(-1)).toMatchObject({
      action: 'GetObject',
      bucket: 'media-prod',
      key: 'kept',
      verdict: 'unidentified',
      because: expect.stringContaining('SignatureDoesNotMatch') as string,
    });
    const text = JSON.stringify(await logOf());
    for (const secret of [secretAccessKey, sandbox.status.cloudflare.apiToken, sandbox.status.r2.secretAccessKey]) {
      expect(text).not.toContain(secret);
    }
  });
});

test('A3: a key delay holds at IAM and S3 of AWS alike', async () => {
  const { url } = sandbox.status.control;
  const UserName = 'late';
  await iam().send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }));
  const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const code = async () => (await refusal(s3(keys).send(new ListBucketsCommand({})))).code;
  await tellMisbehaviours(url, { rules: [{ fault: { kind: 'key-delay', newKeySeconds: 60 }, endpoints: ['aws'] }] });
  expect(await code()).toBe('InvalidAccessKeyId');
  expect(await refusal(iam().send(new ListUsersCommand({})))).toMatchObject({ code: 'InvalidClientTokenId' });
  await tellMisbehaviours(url, undefined);
  expect(await code()).toBe('AccessDenied');
});

test('the control endpoint says who answers, to GET /health alone, and no secret', async () => {
  const { control, version, pid } = sandbox.status;
  expect(await (await fetch(`${control.url}/health`)).json()).toEqual({ version, pid });
  expect((await fetch(`${control.url}/health`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${control.url}/status`)).status).toBe(404);
});
