import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { checkBucketPolicy, isPublicPolicy } from '../../../sandbox/s3/bucket-policy.ts';
import type { RunningSandbox } from '../../../sandbox/sandbox.ts';
import { awsAdministrator } from '../../support/administrator-clients.ts';
import { startPrivateSandbox } from '../../support/private-sandbox.ts';

const Bucket = 'with-policy';
const within = `arn:aws:s3:::${Bucket}/*`;
let sandbox: RunningSandbox;
let s3: S3Client;

beforeAll(async () => {
  sandbox = await startPrivateSandbox();
  s3 = awsAdministrator(sandbox.status, { maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));
});
afterAll(async () => {
  s3.destroy();
  await sandbox.stop();
});

const statement = (more: object) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: within,
  ...more,
});
const policy = (more: object = {}) => JSON.stringify({ Version: '2012-10-17', Statement: [statement(more)] });
const put = (Policy: string) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
const anonymous = async (method = 'GET') =>
  (await fetch(`${sandbox.status.aws.endpoint}/${Bucket}/a`, { method })).status;

describe('a bucket policy', () => {
  test('is absent, then given back as it was put, then deleted', async () => {
    const get = () => s3.send(new GetBucketPolicyCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
    const text = policy({ Principal: { AWS: '000000000000' } });
    await put(text);
    expect((await get()).Policy).toBe(text);
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
  });

  test('for the public is refused while public policies are blocked, as they are in a new bucket', async () => {
    await expect(put(policy())).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await anonymous()).toBe(403);
  });

  test('opens a bucket to anonymous readers, to what it says and no further, until public access is restricted', async () => {
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await put(policy());
    expect([await anonymous(), await anonymous('DELETE')]).toEqual([200, 403]);
    const restricted = { RestrictPublicBuckets: true };
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: restricted }));
    expect(await anonymous()).toBe(403);
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect(await anonymous()).toBe(403);
  });

  test('denies what every identity policy allows, and says that it was the resource', async () => {
    await put(policy({ Effect: 'Deny', Action: 's3:DeleteObject' }));
    const denied = s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await expect(denied).rejects.toThrow(/explicit deny in a resource-based policy/);
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }))).Body?.transformToString()).toBe('hello');
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  });
});

function refusalOf(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a policy that S3 does not take', () => {
  test.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no principal', policy({ Principal: undefined })],
    ["another service's action", policy({ Action: 'iam:GetUser' })],
    ["another bucket's objects", policy({ Resource: 'arn:aws:s3:::other/*' })],
    ['a bucket with a wildcard', policy({ Resource: 'arn:aws:s3:::with-*' })],
    ['a condition that is none', policy({ Condition: { Sometimes: { 'aws:SourceIp': '127.0.0.1' } } })],
    ['more than 20 KiB', policy({ Action: Array.from({ length: 2_000 }, () => 's3:GetObject') })],
  ])('%s', (_name, text) => {
    expect(refusalOf(() => checkBucketPolicy(text, Bucket))).toMatchObject({ code: 'MalformedPolicy' });
  });

  test('is answered by its code', async () => {
    await expect(put('{}')).rejects.toMatchObject({ name: 'MalformedPolicy', $metadata: { httpStatusCode: 400 } });
  });
});

describe('whether a policy is public', () => {
  test.each([
    ['everyone', {}, true],
    ['everyone by the long form', { Principal: { AWS: ['*'] } }, true],
    ['all but some', { Principal: undefined, NotPrincipal: { AWS: '000000000000' } }, true],
    ['everyone from a network', { Condition: { IpAddress: { 'aws:SourceIp': '10.1.0.0/16' } } }, false],
    ['everyone from everywhere', { Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } }, true],
    ['everyone outside a network', { Condition: { NotIpAddress: { 'aws:SourceIp': '10.1.0.0/16' } } }, true],
    ['everyone of any account', { Condition: { StringLike: { 'aws:SourceAccount': '*' } } }, true],
    ['everyone of an account', { Condition: { StringEquals: { 'aws:SourceAccount': '000000000000' } } }, false],
    ['one account', { Principal: { AWS: '000000000000' } }, false],
    ['a denial', { Effect: 'Deny' }, false],
  ])('%s', (_name, more, expected) => {
    expect(isPublicPolicy(policy(more))).toBe(expected);
  });
});
