import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { r2Authorizer } from '../../../sandbox/cloudflare/r2-authorizer.ts';
import { s3Listener } from '../../../sandbox/s3/listener.ts';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { accountUnderTest, bucketResource, groups, mint } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';

let under: AccountUnderTest;
let endpoint: string;
const clients: S3Client[] = [];
beforeAll(async () => {
  under = await accountUnderTest();
  const { account, account_id, client, worlds } = under;
  const authorizer = r2Authorizer(account, 'default');
  endpoint = await under.serve(s3Listener({ world: worlds.default, authorizer, profile: r2Profile, region: 'auto' }));
  for (const name of ['media', 'other']) await client.r2.buckets.create({ account_id, name });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await under.stop();
});

const s3With = (accessKeyId: string, secretAccessKey: string): S3Client => {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'auto', forcePathStyle: true, credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const refusal = (code: string, status: number) => ({ name: code, $metadata: { httpStatusCode: status } });

describe('R2: the S3 endpoint takes keys derived from a token', () => {
  test('reads and writes in its bucket, and nowhere else', async () => {
    const { id = '', value = '' } = await mint(under, groups.itemWrite, bucketResource(under.account_id, 'media'));
    const s3 = s3With(id, sha256(value));
    await s3.send(new PutObjectCommand({ Bucket: 'media', Key: 'a.txt', Body: 'hello' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'media', Key: 'a.txt' }));
    expect(await Body?.transformToString()).toBe('hello');
    const elsewhere = s3.send(new ListObjectsV2Command({ Bucket: 'other' }));
    await expect(elsewhere).rejects.toMatchObject(refusal('AccessDenied', 403));
  });

  test('a reader cannot write', async () => {
    const { id = '', value = '' } = await mint(under, groups.itemRead, bucketResource(under.account_id, 'media'));
    const s3 = s3With(id, sha256(value));
    await s3.send(new ListObjectsV2Command({ Bucket: 'media' }));
    const write = s3.send(new PutObjectCommand({ Bucket: 'media', Key: 'b.txt', Body: 'no' }));
    await expect(write).rejects.toMatchObject(refusal('AccessDenied', 403));
  });

  test('the value itself is no secret, and a deleted token opens nothing', async () => {
    const { client, account_id } = under;
    const { id = '', value = '' } = await mint(under, groups.itemRead, bucketResource(account_id, 'media'));
    const list = new ListObjectsV2Command({ Bucket: 'media' });
    await expect(s3With(id, value).send(list)).rejects.toMatchObject(refusal('SignatureDoesNotMatch', 403));
    const s3 = s3With(id, sha256(value));
    await s3.send(list);
    await client.accounts.tokens.delete(id, { account_id });
    await expect(s3.send(list)).rejects.toMatchObject(refusal('Unauthorized', 401));
  });
});
