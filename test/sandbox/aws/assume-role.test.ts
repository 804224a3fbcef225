import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { refusal } from './aws-endpoint.ts';
import type { Keys } from './aws-endpoint.ts';
import { keysOf, policyOf, startAwsCloud } from './aws-cloud.ts';
import type { AwsCloudUnderTest, SessionKeys } from './aws-cloud.ts';

let cloud: AwsCloudUnderTest;
let userKeys: Keys;
let aheadMs = 0;
const account = '000000000000';
const roleArn = (name: string) => `arn:aws:iam::${account}:role/sluice/${name}`;
const trustUser = { Principal: { AWS: `arn:aws:iam::${account}:user/worker` }, Action: 'sts:AssumeRole' };

beforeAll(async () => {
  cloud = await startAwsCloud(() => new Date(Date.now() + aheadMs));
  userKeys = await cloud.user('worker');
  await role('copier', trustUser);
});
afterAll(() => cloud.stop());
beforeEach(() => {
  aheadMs = 0;
});

async function role(RoleName: string, ...trust: object[]): Promise<void> {
  const AssumeRolePolicyDocument = policyOf(...trust);
  await cloud.iam().send(new CreateRoleCommand({ RoleName, Path: '/sluice/', AssumeRolePolicyDocument }));
  const PolicyDocument = policyOf(
    { Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::media/*' },
    { Action: 'sts:AssumeRole', Resource: '*' },
  );
  await cloud.iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument }));
}

const assume = (name: string, extra: Partial<AssumeRoleCommandInput> = {}, keys: SessionKeys = userKeys) =>
  cloud.sts(keys).send(new AssumeRoleCommand({ RoleArn: roleArn(name), RoleSessionName: 'nightly', ...extra }));
const session = async (...args: Parameters<typeof assume>) => keysOf((await assume(...args)).Credentials);
const read = (keys: SessionKeys, Key = 'uploads/a') =>
  cloud.s3(keys).send(new GetObjectCommand({ Bucket: 'media', Key }));
const write = (keys: SessionKeys) =>
  cloud.s3(keys).send(new PutObjectCommand({ Bucket: 'media', Key: 'uploads/a', Body: 'content' }));

describe('S8: an assumed role', () => {
  test('has temporary credentials that S3, IAM and STS accept, for what the role may do', async () => {
    const answer = await assume('copier', { DurationSeconds: 900 });
    expect(answer.AssumedRoleUser).toEqual({
      AssumedRoleId: expect.stringMatching(/^AROA.{16}:nightly$/) as string,
      Arn: `arn:aws:sts::${account}:assumed-role/copier/nightly`,
    });
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA/);
    const lifeMs = Number(answer.Credentials?.Expiration) - Date.now();
    expect(Math.abs(lifeMs - 900_000)).toBeLessThan(5000);
    const keys = keysOf(answer.Credentials);
    await expect(read(keys)).resolves.toBeDefined();
    await expect(write(keys)).resolves.toBeDefined();
    const { Arn, UserId } = await cloud.sts(keys).send(new GetCallerIdentityCommand({}));
    expect({ Arn, UserId }).toEqual({
      Arn: answer.AssumedRoleUser?.Arn,
      UserId: answer.AssumedRoleUser?.AssumedRoleId,
    });
    const refused = await refusal(cloud.iam(keys).send(new ListUsersCommand({})));
    expect(refused).toMatchObject({ code: 'AccessDenied' });
    expect(refused.message).toContain(`User: ${Arn ?? ''} is not authorized`);
    expect(await refusal(cloud.iam(keys).send(new GetUserCommand({})))).toMatchObject({ code: 'ValidationError' });
  });

  test('is narrowed by session policies, and never widened', async () => {
    const Policy = policyOf({ Action: ['s3:GetObject', 's3:DeleteObject'], Resource: 'arn:aws:s3:::media/uploads/*' });
    const answer = await assume('copier', { Policy });
    expect(answer).toMatchObject({ PackedPolicySize: expect.any(Number) as number });
    const keys = keysOf(answer.Credentials);
    await expect(read(keys)).resolves.toBeDefined();
    expect(await refusal(read(keys, 'private/a'))).toMatchObject({ code: 'AccessDenied' });
    expect(await refusal(write(keys))).toMatchObject({ code: 'AccessDenied' });
    const PolicyArns = [{ arn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }];
    const readOnly = await session('copier', { PolicyArns });
    await expect(read(readOnly, 'private/a')).resolves.toBeDefined();
    expect(await refusal(write(readOnly))).toMatchObject({ code: 'AccessDenied' });
  });

  test('answers a policy condition on who assumed it and when', async () => {
    await role('conditioned', trustUser);
    const revoke = policyOf(
      { Action: 's3:GetObject', Resource: '*', Condition: { StringLike: { 'aws:userid': '*:nightly' } } },
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(Date.now() - 60_000).toISOString() } },
      },
    );
    const put = { RoleName: 'conditioned', PolicyName: 'inline', PolicyDocument: revoke };
    await cloud.iam().send(new PutRolePolicyCommand(put));
    await expect(read(await session('conditioned'))).resolves.toBeDefined();
    expect(await refusal(read(await session('conditioned', { RoleSessionName: 'daily' })))).toMatchObject({
      code: 'AccessDenied',
    });
    aheadMs = -10 * 60_000;
    const early = await session('conditioned');
    aheadMs = 0;
    expect(await refusal(read(early))).toMatchObject({ code: 'AccessDenied' });
  });
});

describe('a role is assumed only', () => {
  test('by whom its trust policy names, and where that is the account, by whom a policy of their own lets', async () => {
    const other = await cloud.user('other');
    expect(await refusal(assume('copier', {}, other))).toMatchObject({ code: 'AccessDenied', status: 403 });
    await role('delegated', { Principal: { AWS: account }, Action: 'sts:AssumeRole' });
    expect(await refusal(assume('delegated', {}, other))).toMatchObject({ code: 'AccessDenied' });
    const PolicyDocument = policyOf({ Action: 'sts:AssumeRole', Resource: roleArn('*') });
    await cloud.iam().send(new PutUserPolicyCommand({ UserName: 'other', PolicyName: 'p', PolicyDocument }));
    await expect(assume('delegated', {}, other)).resolves.toBeDefined();
    expect(await refusal(assume('copier', {}, other))).toMatchObject({ code: 'AccessDenied' });
    expect(await refusal(assume('missing', {}, other))).toMatchObject({ code: 'AccessDenied' });
  });

  test('with the external id that its trust policy asks for', async () => {
    await role('external', { ...trustUser, Condition: { StringEquals: { 'sts:ExternalId': 'customer-1' } } });
    expect(await refusal(assume('external'))).toMatchObject({ code: 'AccessDenied' });
    expect(await refusal(assume('external', { ExternalId: 'customer-2' }))).toMatchObject({ code: 'AccessDenied' });
    await expect(assume('external', { ExternalId: 'customer-1' })).resolves.toBeDefined();
  });

  test('with tags and a source identity that the trust policy lets the caller set', async () => {
    const set = { Tags: [{ Key: 'job', Value: 'copy' }], SourceIdentity: 'alice' };
    expect(await refusal(assume('copier', set))).toMatchObject({ code: 'AccessDenied' });
    await role('tagged', { ...trustUser, Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] });
    const onTag = { StringEquals: { 'aws:PrincipalTag/job': 'copy', 'aws:SourceIdentity': 'alice' } };
    const PolicyDocument = policyOf({ Action: 's3:GetObject', Resource: '*', Condition: onTag });
    await cloud.iam().send(new PutRolePolicyCommand({ RoleName: 'tagged', PolicyName: 'inline', PolicyDocument }));
    expect((await assume('tagged', set)).SourceIdentity).toBe('alice');
    await expect(read(await session('tagged', set))).resolves.toBeDefined();
    expect(await refusal(read(await session('tagged')))).toMatchObject({ code: 'AccessDenied' });
  });

  test('for as long as the role allows, and for an hour at most by chaining', async () => {
    for (const DurationSeconds of [899, 43_201, 3601]) {
      expect(await refusal(assume('copier', { DurationSeconds }))).toMatchObject({ code: 'ValidationError' });
    }
    const AssumeRolePolicyDocument = policyOf({ Principal: { AWS: account }, Action: 'sts:AssumeRole' });
    const long = { RoleName: 'long', Path: '/sluice/', AssumeRolePolicyDocument, MaxSessionDuration: 43_200 };
    await cloud.iam().send(new CreateRoleCommand(long));
    const first = await session('copier');
    await expect(assume('long', { DurationSeconds: 3600 }, first)).resolves.toBeDefined();
    expect(await refusal(assume('long', { DurationSeconds: 3601 }, first))).toMatchObject({ code: 'ValidationError' });
  });

  test('with a session policy that is one, of at most 2,048 characters', async () => {
    expect(await refusal(assume('copier', { Policy: '{}' }))).toMatchObject({ code: 'MalformedPolicyDocument' });
    const Policy = policyOf({ Action: 's3:GetObject', Resource: `arn:aws:s3:::media/${'a'.repeat(2048)}` });
    expect(await refusal(assume('copier', { Policy }))).toMatchObject({ code: 'ValidationError' });
    const PolicyArns = [{ arn: `arn:aws:iam::${account}:policy/none` }];
    expect(await refusal(assume('copier', { PolicyArns }))).toMatchObject({ code: 'MalformedPolicyDocument' });
  });
});

describe('temporary credentials are refused', () => {
  test('once they expired: 400 by S3, 403 by IAM and STS', async () => {
    const keys = await session('copier', { DurationSeconds: 900 });
    aheadMs = 901_000;
    const late = { credentials: keys, endpoint: cloud.url, maxAttempts: 1, systemClockOffset: aheadMs };
    expect(await refusal(read(keys))).toMatchObject({ code: 'ExpiredToken', status: 400 });
    const sts = new STSClient({ ...late, region: 'eu-west-1' });
    expect(await refusal(sts.send(new GetCallerIdentityCommand({})))).toMatchObject({
      code: 'ExpiredToken',
      status: 403,
    });
    const iam = new IAMClient({ ...late, region: 'us-east-1' });
    expect(await refusal(iam.send(new ListUsersCommand({})))).toMatchObject({ code: 'ExpiredToken', status: 403 });
    for (const client of [sts, iam]) client.destroy();
  });

  test('without their token, with a changed one and with that of others', async () => {
    const [keys, others] = [await session('copier'), await session('copier')];
    const { sessionToken, ...bare } = keys;
    expect(await refusal(read(bare))).toMatchObject({ code: 'InvalidAccessKeyId', status: 403 });
    const changed = `${sessionToken.startsWith('A') ? 'B' : 'A'}${sessionToken.slice(1)}`;
    for (const token of [changed, others.sessionToken, 'token']) {
      const wrong = { ...bare, sessionToken: token };
      expect(await refusal(read(wrong))).toMatchObject({ code: 'InvalidToken', status: 400 });
      expect(await refusal(cloud.sts(wrong).send(new GetCallerIdentityCommand({})))).toMatchObject({
        code: 'InvalidClientTokenId',
        status: 403,
      });
    }
  });

  test('with another secret', async () => {
    const keys = { ...(await session('copier')), secretAccessKey: 'w'.repeat(40) };
    expect(await refusal(read(keys))).toMatchObject({ code: 'SignatureDoesNotMatch', status: 403 });
  });

  test('once their role is gone, even where a new one has its name', async () => {
    await role('gone', trustUser);
    const keys = await session('gone');
    await expect(read(keys)).resolves.toBeDefined();
    await cloud.iam().send(new DeleteRolePolicyCommand({ RoleName: 'gone', PolicyName: 'inline' }));
    await cloud.iam().send(new DeleteRoleCommand({ RoleName: 'gone' }));
    expect(await refusal(read(keys))).toMatchObject({ status: 400 });
    await role('gone', trustUser);
    expect(await refusal(read(keys))).toMatchObject({ status: 400 });
  });
});

test("GetSessionToken's credentials act for their user at S3, and for nothing at IAM", async () => {
  const PolicyDocument = policyOf({ Action: '*', Resource: '*' });
  const user = await cloud.user('signed-in');
  await cloud.iam().send(new PutUserPolicyCommand({ UserName: 'signed-in', PolicyName: 'p', PolicyDocument }));
  const { Credentials } = await cloud.sts(user).send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const keys = keysOf(Credentials);
  await expect(read(keys)).resolves.toBeDefined();
  expect((await cloud.sts(keys).send(new GetCallerIdentityCommand({}))).Arn).toMatch(/:user\/signed-in$/);
  expect(await refusal(cloud.iam(keys).send(new ListUsersCommand({})))).toMatchObject({ code: 'InvalidClientTokenId' });
  expect(await refusal(cloud.sts(keys).send(new GetSessionTokenCommand({})))).toMatchObject({ code: 'AccessDenied' });
});
