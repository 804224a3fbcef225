import { ListUsersCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
} from '@aws-sdk/client-sts';
import { type AwsCloudUnderTest, keysOf, policyOf, startAwsCloud } from './aws-cloud.ts';
import { type Keys, refusal } from './aws-endpoint.ts';

let cloud: AwsCloudUnderTest;
let broker: Keys;
/** Of `media`. */
let bucketPolicy: string | undefined;
beforeAll(async () => {
  cloud = await startAwsCloud(undefined, { resourcePolicyOf: () => bucketPolicy });
  broker = await cloud.user('broker');
  const PolicyDocument = policyOf(
    { Action: 'sts:GetFederationToken', Resource: '*' },
    { Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/*' },
  );
  await cloud.iam().send(new PutUserPolicyCommand({ UserName: 'broker', PolicyName: 'broker', PolicyDocument }));
});
afterAll(() => cloud.stop());

async function federated(Name: string, ...statements: object[]) {
  const Policy = statements.length === 0 ? {} : { Policy: policyOf(...statements) };
  const { Credentials, FederatedUser } = await cloud
    .sts(broker)
    .send(new GetFederationTokenCommand({ Name, ...Policy }));
  expect(FederatedUser?.Arn).toBe(`arn:aws:sts::${cloud.account.accountId}:federated-user/${Name}`);
  return keysOf(Credentials);
}
const read = (keys: Keys, Key: string) => cloud.s3(keys).send(new GetObjectCommand({ Bucket: 'media', Key }));
const denied = { code: 'AccessDenied', status: 403 };

describe('S1: a federated user', () => {
  test('may do what both its user and the passed policy allow', async () => {
    const keys = await federated('guest', { Action: 's3:*', Resource: 'arn:aws:s3:::media/uploads/*' });
    await expect(read(keys, 'uploads/a')).resolves.toBeDefined();
    expect(await refusal(read(keys, 'private/a'))).toMatchObject(denied);
    const { Arn, UserId } = await cloud.sts(keys).send(new GetCallerIdentityCommand({}));
    expect([Arn, UserId]).toEqual([
      `arn:aws:sts::${cloud.account.accountId}:federated-user/guest`,
      `${cloud.account.accountId}:guest`,
    ]);
  });

  test('may do nothing without a policy, unless a bucket policy names it', async () => {
    const keys = await federated('named');
    expect(await refusal(read(keys, 'private/a'))).toMatchObject(denied);
    const Principal = { AWS: `arn:aws:sts::${cloud.account.accountId}:federated-user/named` };
    bucketPolicy = policyOf({ Principal, Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/private/*' });
    await expect(read(keys, 'private/a')).resolves.toBeDefined();
    expect(await refusal(read(await federated('another'), 'private/a'))).toMatchObject(denied);
  });

  test('is limited by the passed policy where a bucket policy names its user', async () => {
    const Principal = { AWS: `arn:aws:iam::${cloud.account.accountId}:user/broker` };
    bucketPolicy = policyOf({ Principal, Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/*' });
    const keys = await federated('limited', { Action: 's3:*', Resource: 'arn:aws:s3:::media/uploads/*' });
    await expect(read(keys, 'uploads/a')).resolves.toBeDefined();
    expect(await refusal(read(keys, 'private/a'))).toMatchObject(denied);
  });

  test('cannot call IAM, nor any action of STS but GetCallerIdentity', async () => {
    const keys = await federated('caller', { Action: '*', Resource: '*' });
    expect(await refusal(cloud.iam(keys).send(new ListUsersCommand({})))).toMatchObject({
      code: 'InvalidClientTokenId',
    });
    const RoleArn = `arn:aws:iam::${cloud.account.accountId}:role/any`;
    const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' });
    expect(await refusal(cloud.sts(keys).send(assume))).toMatchObject(denied);
    expect(await refusal(cloud.sts(keys).send(new GetFederationTokenCommand({ Name: 'more' })))).toMatchObject(denied);
  });

  test('is vouched for only by a user who may', async () => {
    const keys = await cloud.user('nobody');
    const refused = await refusal(cloud.sts(keys).send(new GetFederationTokenCommand({ Name: 'guest' })));
    expect(refused).toMatchObject(denied);
    expect(refused.message).toContain('sts:GetFederationToken on resource: arn:aws:sts::');
  });
});

test('DecodeAuthorizationMessage knows no message, since nothing here encodes one', async () => {
  const decode = new DecodeAuthorizationMessageCommand({ EncodedMessage: 'message' });
  expect(await refusal(cloud.sts().send(decode))).toMatchObject({
    code: 'InvalidAuthorizationMessageException',
    status: 400,
  });
});
