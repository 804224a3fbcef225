import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import type { IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { openAwsAccount } from '../../../sandbox/aws/account.ts';
import { refusal, startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint, Keys } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
let iam: IAMClient;
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
  iam = endpoint.iam();
});
afterAll(() => endpoint.stop());

async function createKey(UserName: string): Promise<Keys> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}
async function userWithKey(UserName: string): Promise<Keys> {
  await iam.send(new CreateUserCommand({ UserName }));
  return createKey(UserName);
}
const whoAmI = (keys: Keys) => endpoint.sts(keys).send(new GetCallerIdentityCommand({}));

describe('S5: an access key', () => {
  test('has the shape of AWS, works at once and shows its secret only when it is made', async () => {
    const keys = await userWithKey('fresh');
    expect(keys.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(keys.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect((await whoAmI(keys)).Arn).toMatch(/:user\/fresh$/);
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'fresh' }));
    expect(AccessKeyMetadata).toEqual([
      { UserName: 'fresh', AccessKeyId: keys.accessKeyId, Status: 'Active', CreateDate: expect.any(Date) as Date },
    ]);
  });

  test('is one of two a user may have, inactive ones included', async () => {
    const keys = await userWithKey('rotating');
    await createKey('rotating');
    const update = { UserName: 'rotating', AccessKeyId: keys.accessKeyId, Status: 'Inactive' as const };
    await iam.send(new UpdateAccessKeyCommand(update));
    expect(await refusal(createKey('rotating'))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    });
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'rotating', AccessKeyId: keys.accessKeyId }));
    await expect(createKey('rotating')).resolves.toBeDefined();
  });

  test('is dead while inactive, alive when active again, and dead for good when deleted', async () => {
    const keys = await userWithKey('switched');
    const key = { UserName: 'switched', AccessKeyId: keys.accessKeyId };
    const dead = { code: 'InvalidClientTokenId', status: 403 };
    await iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }));
    expect(await refusal(whoAmI(keys))).toMatchObject(dead);
    await iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Active' }));
    await expect(whoAmI(keys)).resolves.toBeDefined();
    await iam.send(new DeleteAccessKeyCommand(key));
    expect(await refusal(whoAmI(keys))).toMatchObject(dead);
    expect(await refusal(iam.send(new DeleteAccessKeyCommand(key)))).toMatchObject({ code: 'NoSuchEntity' });
  });

  test('belongs to one user: another may not change it', async () => {
    const keys = await userWithKey('owner');
    await iam.send(new CreateUserCommand({ UserName: 'stranger' }));
    const foreign = new DeleteAccessKeyCommand({ UserName: 'stranger', AccessKeyId: keys.accessKeyId });
    expect(await refusal(iam.send(foreign))).toMatchObject({ code: 'NoSuchEntity', status: 404 });
  });

  test('without a user name is the key of the user who signs', async () => {
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({}));
    expect(AccessKeyMetadata).toMatchObject([{ AccessKeyId: endpoint.account.administrator().accessKeyId }]);
  });
});

describe("a key's last use", () => {
  const lastUse = async (AccessKeyId: string) =>
    (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed;

  test('is N/A before the first, then names service, region and date', async () => {
    const keys = await userWithKey('used');
    expect(await lastUse(keys.accessKeyId)).toEqual({ ServiceName: 'N/A', Region: 'N/A' });
    await whoAmI(keys);
    expect(await lastUse(keys.accessKeyId)).toEqual({
      ServiceName: 'sts',
      Region: 'eu-west-1',
      LastUsedDate: expect.any(Date) as Date,
    });
  });

  test('is not made by a request with a wrong signature', async () => {
    const keys = await userWithKey('unused');
    await refusal(whoAmI({ ...keys, secretAccessKey: 'x'.repeat(40) }));
    expect(await lastUse(keys.accessKeyId)).toMatchObject({ ServiceName: 'N/A' });
  });

  test('of an unknown key is NoSuchEntity', async () => {
    expect(await refusal(lastUse('A'.repeat(20)))).toMatchObject({ code: 'NoSuchEntity', status: 404 });
  });

  test('outlives the process once the account is closed', async () => {
    const keys = await userWithKey('remembered');
    await whoAmI(keys);
    await endpoint.account.close();
    const reopened = await openAwsAccount(endpoint.directory);
    expect(reopened.lastUse(keys.accessKeyId)).toMatchObject({ serviceName: 'sts', region: 'eu-west-1' });
    expect(reopened.administrator()).toEqual(endpoint.account.administrator());
    expect(reopened.users).toEqual(endpoint.account.users);
  });
});
