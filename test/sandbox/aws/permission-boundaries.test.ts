import {
  CreatePolicyCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetUserCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { refusal } from './aws-endpoint.ts';
import type { Keys } from './aws-endpoint.ts';
import { policyOf, startAwsCloud } from './aws-cloud.ts';
import type { AwsCloudUnderTest } from './aws-cloud.ts';

let cloud: AwsCloudUnderTest;
let PermissionsBoundary: string;
beforeAll(async () => {
  cloud = await startAwsCloud();
  const PolicyDocument = policyOf({ Action: 's3:*', Resource: 'arn:aws:s3:::media/uploads/*' });
  const { Policy } = await cloud.iam().send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument }));
  PermissionsBoundary = Policy?.Arn ?? '';
});
afterAll(() => cloud.stop());

const read = (keys: Keys, Key: string) => cloud.s3(keys).send(new GetObjectCommand({ Bucket: 'media', Key }));
const allow = (UserName: string, ...statements: object[]) => {
  const put = { UserName, PolicyName: 'p', PolicyDocument: policyOf(...statements) };
  return cloud.iam().send(new PutUserPolicyCommand(put));
};

test('S1: a boundary limits what policies allow and allows nothing by itself', async () => {
  const iam = cloud.iam();
  const [keys, UserName] = [await cloud.user('bounded'), 'bounded'];
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
  expect(await refusal(read(keys, 'uploads/a'))).toMatchObject({ code: 'AccessDenied' });
  await allow(UserName, { Action: 's3:GetObject', Resource: '*' });
  await expect(read(keys, 'uploads/a')).resolves.toBeDefined();
  expect(await refusal(read(keys, 'private/a'))).toMatchObject({ code: 'AccessDenied', status: 403 });
  expect((await iam.send(new GetUserCommand({ UserName }))).User?.PermissionsBoundary).toEqual({
    PermissionsBoundaryType: 'Policy',
    PermissionsBoundaryArn: PermissionsBoundary,
  });
  expect(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn: PermissionsBoundary })))).toMatchObject({
    code: 'DeleteConflict',
  });
  await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
  await expect(read(keys, 'private/a')).resolves.toBeDefined();
  expect(await refusal(iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName })))).toMatchObject({
    code: 'NoSuchEntity',
  });
});

test('the refusal of an IAM call names the boundary', async () => {
  const [keys, UserName] = [await cloud.user('named'), 'named'];
  await cloud.iam().send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
  await allow(UserName, { Action: 'iam:*', Resource: '*' });
  const { message } = await refusal(cloud.iam(keys).send(new GetUserCommand({})));
  expect(message).toContain('because no permissions boundary allows the iam:GetUser action');
});

test('a delegate can be held to making users with a given boundary only', async () => {
  const keys = await cloud.user('delegate');
  const bounded = { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } };
  await allow('delegate', { Action: ['iam:CreateUser', 'iam:PutUserPolicy'], Resource: '*', Condition: bounded });
  const create = (UserName: string, extra: object = {}) =>
    cloud.iam(keys).send(new CreateUserCommand({ UserName, ...extra }));
  expect(await refusal(create('free'))).toMatchObject({ code: 'AccessDenied' });
  await create('held', { PermissionsBoundary });
  const PolicyDocument = policyOf({ Action: '*', Resource: '*' });
  const put = (UserName: string) =>
    cloud.iam(keys).send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
  await put('held');
  expect(await refusal(put('delegate'))).toMatchObject({ code: 'AccessDenied' });
});
