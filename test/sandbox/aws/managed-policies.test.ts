import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { refusal } from './aws-endpoint.ts';
import type { Keys } from './aws-endpoint.ts';
import { policyOf, startAwsCloud } from './aws-cloud.ts';
import type { AwsCloudUnderTest } from './aws-cloud.ts';

let cloud: AwsCloudUnderTest;
beforeAll(async () => {
  cloud = await startAwsCloud();
});
afterAll(() => cloud.stop());

const readUploads = policyOf({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/uploads/*' });
const readPrivate = policyOf({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/private/*' });
const send = {
  create: (PolicyName: string, PolicyDocument = readUploads) =>
    cloud.iam().send(new CreatePolicyCommand({ PolicyName, PolicyDocument, Path: '/team/' })),
  version: (PolicyArn: string, SetAsDefault = false, PolicyDocument = readPrivate) =>
    cloud.iam().send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault })),
  attach: (UserName: string, PolicyArn: string) =>
    cloud.iam().send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
  detach: (UserName: string, PolicyArn: string) =>
    cloud.iam().send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
  delete: (PolicyArn: string) => cloud.iam().send(new DeletePolicyCommand({ PolicyArn })),
};
const arnOf = (name: string) => `arn:aws:iam::${cloud.account.accountId}:policy/team/${name}`;
const read = (keys: Keys, Key: string) => cloud.s3(keys).send(new GetObjectCommand({ Bucket: 'media', Key }));

describe('S1: a managed policy', () => {
  test('decides for whom it is attached to, by its default version', async () => {
    const keys = await cloud.user('reader');
    const { Policy } = await send.create('read');
    expect(Policy).toMatchObject({ Arn: arnOf('read'), DefaultVersionId: 'v1', AttachmentCount: 0, Path: '/team/' });
    expect(await refusal(read(keys, 'uploads/a'))).toMatchObject({ code: 'AccessDenied' });
    await send.attach('reader', arnOf('read'));
    await expect(read(keys, 'uploads/a')).resolves.toBeDefined();
    await send.version(arnOf('read'));
    expect(await refusal(read(keys, 'private/a'))).toMatchObject({ code: 'AccessDenied' });
    await cloud.iam().send(new SetDefaultPolicyVersionCommand({ PolicyArn: arnOf('read'), VersionId: 'v2' }));
    await expect(read(keys, 'private/a')).resolves.toBeDefined();
    expect(await refusal(read(keys, 'uploads/a'))).toMatchObject({ code: 'AccessDenied' });
    await send.detach('reader', arnOf('read'));
    expect(await refusal(read(keys, 'private/a'))).toMatchObject({ code: 'AccessDenied' });
  });

  test('is updated as the Pulumi provider does it: the oldest of five versions makes room for the new default', async () => {
    await send.create('provider');
    for (let version = 2; version <= 5; version += 1) await send.version(arnOf('provider'), true);
    expect(await refusal(send.version(arnOf('provider'), true))).toMatchObject({ code: 'LimitExceeded', status: 409 });
    const list = () => cloud.iam().send(new ListPolicyVersionsCommand({ PolicyArn: arnOf('provider') }));
    expect((await list()).Versions?.map(({ VersionId }) => VersionId)).toEqual(['v5', 'v4', 'v3', 'v2', 'v1']);
    await cloud.iam().send(new DeletePolicyVersionCommand({ PolicyArn: arnOf('provider'), VersionId: 'v1' }));
    await send.version(arnOf('provider'), true, readUploads);
    const { Policy } = await cloud.iam().send(new GetPolicyCommand({ PolicyArn: arnOf('provider') }));
    expect(Policy?.DefaultVersionId).toBe('v6');
    const get = new GetPolicyVersionCommand({ PolicyArn: arnOf('provider'), VersionId: 'v6' });
    const { PolicyVersion } = await cloud.iam().send(get);
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(readUploads);
    expect(PolicyVersion?.IsDefaultVersion).toBe(true);
  });
});

describe('a managed policy is deleted', () => {
  test('only when it is attached nowhere and its other versions are gone', async () => {
    await cloud.iam().send(new CreateUserCommand({ UserName: 'holder' }));
    await send.create('used');
    await send.attach('holder', arnOf('used'));
    await send.version(arnOf('used'));
    expect(await refusal(send.delete(arnOf('used')))).toMatchObject({ code: 'DeleteConflict', status: 409 });
    const { PolicyUsers } = await cloud.iam().send(new ListEntitiesForPolicyCommand({ PolicyArn: arnOf('used') }));
    expect(PolicyUsers?.map(({ UserName }) => UserName)).toEqual(['holder']);
    await send.detach('holder', arnOf('used'));
    expect((await refusal(send.delete(arnOf('used')))).message).toContain('more than one version');
    const remove = (VersionId: string) =>
      cloud.iam().send(new DeletePolicyVersionCommand({ PolicyArn: arnOf('used'), VersionId }));
    expect(await refusal(remove('v1'))).toMatchObject({ code: 'DeleteConflict' });
    await remove('v2');
    await send.delete(arnOf('used'));
    expect(await refusal(send.delete(arnOf('used')))).toMatchObject({ code: 'NoSuchEntity', status: 404 });
  });
});

describe('managed policies are refused', () => {
  test('twice under one name, malformed, or above 6,144 characters', async () => {
    await send.create('once');
    expect(await refusal(send.create('ONCE'))).toMatchObject({ code: 'EntityAlreadyExists', status: 409 });
    expect(await refusal(send.create('bad', '{}'))).toMatchObject({ code: 'MalformedPolicyDocument', status: 400 });
    const long = policyOf({ Action: 's3:GetObject', Resource: `arn:aws:s3:::media/${'a'.repeat(6144)}` });
    expect(await refusal(send.create('long', long))).toMatchObject({ code: 'LimitExceeded' });
  });

  test('above ten on one user, while attaching one again succeeds', async () => {
    await cloud.iam().send(new CreateUserCommand({ UserName: 'full' }));
    for (let number = 0; number <= 10; number += 1) await send.create(`many-${number}`);
    for (let number = 0; number < 10; number += 1) await send.attach('full', arnOf(`many-${number}`));
    await send.attach('full', arnOf('many-0'));
    expect(await refusal(send.attach('full', arnOf('many-10')))).toMatchObject({ code: 'LimitExceeded', status: 409 });
    const list = new ListAttachedUserPoliciesCommand({ UserName: 'full', MaxItems: 8 });
    const first = await cloud.iam().send(list);
    expect(first).toMatchObject({ IsTruncated: true, AttachedPolicies: { length: 8 } });
    const rest = await cloud
      .iam()
      .send(new ListAttachedUserPoliciesCommand({ UserName: 'full', Marker: first.Marker }));
    expect(rest.AttachedPolicies).toHaveLength(2);
    expect(await refusal(send.attach('full', arnOf('none')))).toMatchObject({ code: 'NoSuchEntity' });
    expect(await refusal(send.detach('full', arnOf('many-10')))).toMatchObject({ code: 'NoSuchEntity' });
  });
});

test("AWS's own policies can be attached and listed, not changed", async () => {
  const keys = await cloud.user('vendor');
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';
  await send.attach('vendor', PolicyArn);
  await expect(read(keys, 'private/a')).resolves.toBeDefined();
  expect(await refusal(send.delete(PolicyArn))).toMatchObject({ code: 'AccessDenied' });
  const { Policies } = await cloud.iam().send(new ListPoliciesCommand({ Scope: 'AWS', OnlyAttached: true }));
  expect(Policies?.map(({ Arn }) => Arn)).toEqual([PolicyArn]);
});
