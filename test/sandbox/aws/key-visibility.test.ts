import {
  DeleteAccessKeyCommand,
  GetUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { refusal } from './aws-endpoint.ts';
import type { Keys } from './aws-endpoint.ts';
import { policyOf, startAwsCloud } from './aws-cloud.ts';
import type { AwsCloudUnderTest } from './aws-cloud.ts';

let cloud: AwsCloudUnderTest;
let aheadMs = 0;
beforeAll(async () => {
  cloud = await startAwsCloud(() => new Date(Date.now() + aheadMs));
});
afterAll(() => cloud.stop());
afterEach(() => {
  aheadMs = 0;
  cloud.account.setConsistency({ newKeySeconds: 0, deletedKeySeconds: 0 });
});

const PolicyDocument = policyOf({ Action: ['s3:GetObject', 'iam:GetUser'], Resource: '*' });
async function reader(UserName: string): Promise<Keys> {
  const keys = await cloud.user(UserName);
  await cloud.iam().send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
  return keys;
}
const read = (keys: Keys) => cloud.s3(keys).send(new GetObjectCommand({ Bucket: 'media', Key: 'uploads/a' }));
async function ask(credentials: Keys): Promise<unknown> {
  const settings = { endpoint: cloud.url, region: 'us-east-1', maxAttempts: 1, systemClockOffset: aheadMs };
  const iam = new IAMClient({ ...settings, credentials });
  try {
    return await iam.send(new GetUserCommand({}));
  } finally {
    iam.destroy();
  }
}

describe('O7: with eventual consistency', () => {
  test('a new key is unknown to all services until its time has come', async () => {
    const keys = await reader('fresh');
    cloud.account.setConsistency({ newKeySeconds: 12, deletedKeySeconds: 0 });
    expect(await refusal(read(keys))).toMatchObject({ code: 'InvalidAccessKeyId', status: 403 });
    expect(await refusal(ask(keys))).toMatchObject({ code: 'InvalidClientTokenId', status: 403 });
    aheadMs = 13_000;
    await expect(read(keys)).resolves.toBeDefined();
    await expect(ask(keys)).resolves.toBeDefined();
  });

  test('a deleted or inactive key works on for a while', async () => {
    cloud.account.setConsistency({ newKeySeconds: 0, deletedKeySeconds: 10 });
    const [deleted, inactive] = [await reader('deleted'), await reader('inactive')];
    const key = (UserName: string, { accessKeyId: AccessKeyId }: Keys) => ({ UserName, AccessKeyId });
    await cloud.iam().send(new DeleteAccessKeyCommand(key('deleted', deleted)));
    await cloud.iam().send(new UpdateAccessKeyCommand({ ...key('inactive', inactive), Status: 'Inactive' }));
    for (const keys of [deleted, inactive]) {
      await expect(read(keys)).resolves.toBeDefined();
      await expect(ask(keys)).resolves.toBeDefined();
    }
    aheadMs = 11_000;
    for (const keys of [deleted, inactive]) {
      expect(await refusal(read(keys))).toMatchObject({ code: 'InvalidAccessKeyId' });
      expect(await refusal(ask(keys))).toMatchObject({ code: 'InvalidClientTokenId' });
    }
  });
});

test('without it, as the account starts, keys come and go at once', async () => {
  const keys = await reader('immediate');
  await expect(read(keys)).resolves.toBeDefined();
  await cloud.iam().send(new DeleteAccessKeyCommand({ UserName: 'immediate', AccessKeyId: keys.accessKeyId }));
  expect(await refusal(read(keys))).toMatchObject({ code: 'InvalidAccessKeyId' });
});
