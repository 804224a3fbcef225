import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { refusal } from '../s3/refusal.ts';
import { accountUnderTest, bucketResource, groups, mint } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';
import { s3SecretOf, serveR2, type R2UnderTest } from './r2-under-test.ts';

let under: AccountUnderTest;
let r2: R2UnderTest;
beforeAll(async () => {
  under = await accountUnderTest();
  r2 = await serveR2(under);
  const { account_id, client } = under;
  for (const name of ['media', 'other']) await client.r2.buckets.create({ account_id, name });
});
afterAll(async () => {
  r2.destroyClients();
  await under.stop();
});

const s3With = (accessKeyId: string, secretAccessKey: string) => r2.client({ accessKeyId, secretAccessKey });

describe('R2: the S3 endpoint takes keys derived from a token', () => {
  test('reads and writes in its bucket, and nowhere else', async () => {
    const { id = '', value = '' } = await mint(under, groups.itemWrite, bucketResource(under.account_id, 'media'));
    const s3 = s3With(id, s3SecretOf(value));
    await s3.send(new PutObjectCommand({ Bucket: 'media', Key: 'a.txt', Body: 'hello' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'media', Key: 'a.txt' }));
    expect(await Body?.transformToString()).toBe('hello');
    const elsewhere = s3.send(new ListObjectsV2Command({ Bucket: 'other' }));
    await expect(elsewhere).rejects.toMatchObject(refusal('AccessDenied', 403));
  });

  test('a reader cannot write', async () => {
    const { id = '', value = '' } = await mint(under, groups.itemRead, bucketResource(under.account_id, 'media'));
    const s3 = s3With(id, s3SecretOf(value));
    await s3.send(new ListObjectsV2Command({ Bucket: 'media' }));
    const write = s3.send(new PutObjectCommand({ Bucket: 'media', Key: 'b.txt', Body: 'no' }));
    await expect(write).rejects.toMatchObject(refusal('AccessDenied', 403));
  });

  test('the value itself is no secret, and a deleted token opens nothing', async () => {
    const { client, account_id } = under;
    const { id = '', value = '' } = await mint(under, groups.itemRead, bucketResource(account_id, 'media'));
    const list = new ListObjectsV2Command({ Bucket: 'media' });
    await expect(s3With(id, value).send(list)).rejects.toMatchObject(refusal('SignatureDoesNotMatch', 403));
    const s3 = s3With(id, s3SecretOf(value));
    await s3.send(list);
    await client.accounts.tokens.delete(id, { account_id });
    await expect(s3.send(list)).rejects.toMatchObject(refusal('Unauthorized', 401));
  });
});
