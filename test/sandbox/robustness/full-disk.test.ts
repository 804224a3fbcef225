import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CreatePolicyCommand, DeletePolicyCommand, IAMClient, ListPoliciesCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import Cloudflare from 'cloudflare';
import type { SandboxStatus } from '../../../sandbox/status.ts';
import { awsAdministrator } from '../../support/administrator-clients.ts';
import { refusal } from '../aws/aws-endpoint.ts';
import { refusalOf } from '../cloudflare/account-under-test.ts';
import { type FullDiskSandbox, fileBytesMax, startFullDiskSandbox } from './full-disk-sandbox.ts';

/** What a write was answered, one after the other until one fails. */
async function untilRefused(writesMax: number, write: (index: number) => Promise<unknown>) {
  for (let index = 0; index < writesMax; index += 1) {
    const refused = await write(index).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    if (refused !== undefined) return { acknowledged: index, refused };
  }
  throw new Error(`${writesMax} writes have filled no disk`);
}

const s3Of = (status: SandboxStatus) => awsAdministrator(status, { maxAttempts: 1 });

// It starts a process twice and fills it with thousands of small requests.
jest.setTimeout(120_000);

describe('X5: a full disk', () => {
  let sandbox: FullDiskSandbox;
  let s3: S3Client;
  beforeAll(async () => {
    sandbox = await startFullDiskSandbox();
    s3 = s3Of(sandbox.status);
    const configuration = { LocationConstraint: 'eu-west-1' } as const;
    for (const Bucket of ['large', 'small', 'records', 'other']) {
      await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: configuration }));
    }
  });
  afterAll(async () => {
    s3.destroy();
    await sandbox.stop();
  });

  const put = (Bucket: string, Key: string, Body: string | Buffer, Metadata: Record<string, string> = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
  const read = async (Bucket: string, Key: string): Promise<string | undefined> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Body?.transformToString();
  };
  const keysOf = async (Bucket: string): Promise<readonly (string | undefined)[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    return Contents.map(({ Key }) => Key);
  };
  const longestLogBytes = async (): Promise<number> => {
    const world = join(sandbox.directory, 'state', 'objects', 'aws');
    const files = await readdir(world, { recursive: true });
    const logs = files.filter((name) => name.endsWith('records.log'));
    return Math.max(...(await Promise.all(logs.map(async (name) => (await stat(join(world, name))).size))));
  };
  const internalError = { code: 'InternalError', status: 500 };

  test('a large object that does not fit is a 500 and nowhere to be seen', async () => {
    await put('large', 'kept', Buffer.alloc(100_000, 'k'));
    const body = Buffer.alloc(2 * fileBytesMax);
    expect(await refusal(put('large', 'kept', body))).toMatchObject(internalError);
    expect(await refusal(put('large', 'new', body))).toMatchObject(internalError);
    expect(await keysOf('large')).toEqual(['kept']);
    expect(await read('large', 'kept')).toBe('k'.repeat(100_000));
    const files = await readdir(join(sandbox.directory, 'state', 'objects', 'aws'), { recursive: true });
    expect(files.filter((name) => name.includes('/large/'))).toHaveLength(1);
  });

  test('small objects are acknowledged until the disk is full, and exactly those are there', async () => {
    const bodyOf = (index: number): string => `${index} `.padEnd(50_000, 'x');
    const { acknowledged, refused } = await untilRefused(10, (index) => put('small', `key-${index}`, bodyOf(index)));
    expect(await refusal(Promise.reject(refused))).toMatchObject(internalError);
    expect(acknowledged).toBeGreaterThan(0);
    expect(await refusal(put('small', 'key-0', bodyOf(99)))).toMatchObject(internalError);
    expect(await keysOf('small')).toHaveLength(acknowledged);
    expect(await read('small', 'key-0')).toBe(bodyOf(0));
    expect(await read('small', `key-${acknowledged - 1}`)).toBe(bodyOf(acknowledged - 1));
  });

  test('a record that does not fit leaves the object as it was', async () => {
    const key = (index: number): string => `${index}-`.padEnd(1000, 'k');
    const write = (index: number) => put('records', key(index), 'content', { note: 'n'.repeat(1900) });
    const { acknowledged, refused } = await untilRefused(200, write);
    expect(await refusal(Promise.reject(refused))).toMatchObject(internalError);
    expect(await keysOf('records')).toHaveLength(acknowledged);
    expect(await read('records', key(0))).toBe('content');
  });

  test('where there is room the sandbox goes on', async () => {
    await put('other', 'key', 'content');
    expect(await read('other', 'key')).toBe('content');
  });

  test('IAM answers 500, keeps what it has, and goes on once something is deleted', async () => {
    const { endpoint, accessKeyId, secretAccessKey, accountId } = sandbox.status.aws;
    const credentials = { accessKeyId, secretAccessKey };
    const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    const resources = Array.from({ length: 100 }, (_, index) => `arn:aws:s3:::bucket-${index}/${'p'.repeat(30)}`);
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: resources }],
    });
    const create = (index: number) =>
      iam.send(new CreatePolicyCommand({ PolicyName: `policy-${index}`, PolicyDocument }));
    const names = async () => {
      const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
      return Policies.map(({ PolicyName }) => PolicyName);
    };
    const { acknowledged, refused } = await untilRefused(100, create);
    expect(await refusal(Promise.reject(refused))).toMatchObject({ code: 'ServiceFailure', status: 500 });
    expect(await names()).toHaveLength(acknowledged);
    await iam.send(new DeletePolicyCommand({ PolicyArn: `arn:aws:iam::${accountId}:policy/policy-0` }));
    await create(acknowledged);
    expect(await names()).toContain(`policy-${acknowledged}`);
    const left = await readdir(join(sandbox.directory, 'state', 'aws'));
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    iam.destroy();
  });

  test('Cloudflare answers 500, keeps what it has, and goes on once something is deleted', async () => {
    const { apiBaseUrl: baseURL, apiToken, accountId: account_id } = sandbox.status.cloudflare;
    const client = new Cloudflare({ apiToken, baseURL, maxRetries: 0 });
    const resources = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `com.cloudflare.edge.r2.bucket.${account_id}_default_b-${index}`,
        '*',
      ]),
    );
    const permission_groups = [{ id: '2efd5506f9c8494dacb1fa10a3e7d5b6' }];
    const create = (index: number) =>
      client.accounts.tokens.create({
        account_id,
        name: `token-${index}`,
        policies: [{ effect: 'allow', permission_groups, resources }],
      });
    const tokens = async () => {
      const listed: { id: string; name: string }[] = [];
      for await (const { id = '', name = '' } of client.accounts.tokens.list({ account_id })) listed.push({ id, name });
      return listed.filter(({ name }) => name.startsWith('token-'));
    };
    const { acknowledged, refused } = await untilRefused(100, create);
    expect(await refusalOf(Promise.reject(refused))).toMatchObject({ status: 500, code: 10001 });
    const kept = await tokens();
    expect(kept).toHaveLength(acknowledged);
    await client.accounts.tokens.delete(kept[0]?.id ?? '', { account_id });
    await create(acknowledged);
    expect((await tokens()).map(({ name }) => name)).toContain(`token-${acknowledged}`);
  });

  test('after a restart with room everything acknowledged is there, and what was full takes more', async () => {
    const before = await Promise.all(['large', 'small', 'records', 'other'].map(keysOf));
    s3.destroy();
    s3 = s3Of(await sandbox.restartWithRoom());
    expect(await Promise.all(['large', 'small', 'records', 'other'].map(keysOf))).toEqual(before);
    for (const bucket of ['large', 'small', 'records']) {
      await put(bucket, 'late', Buffer.alloc(2 * fileBytesMax, 'l'));
      expect(await read(bucket, 'late')).toBe('l'.repeat(2 * fileBytesMax));
    }
  });

  test('a bucket whose records are to be written anew is read as it is where they do not fit', async () => {
    const note = 'n'.repeat(1900);
    for (let index = 0; index < 100; index += 1)
      await put('records', `more-${index}`.padEnd(900, 'k'), 'content', { note });
    for (let index = 0; index < 1100; index += 1) await put('records', 'again', `${index}`);
    const before = await keysOf('records');
    s3.destroy();
    s3 = s3Of(await sandbox.restartFull());
    expect(await keysOf('records')).toEqual(before);
    expect(await read('records', 'again')).toBe('1099');
    const files = await readdir(join(sandbox.directory, 'state', 'objects', 'aws'), { recursive: true });
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const kept = await longestLogBytes();
    s3.destroy();
    s3 = s3Of(await sandbox.restartWithRoom());
    expect(await read('records', 'again')).toBe('1099');
    expect(await longestLogBytes()).toBeLessThan(kept);
  });
});
