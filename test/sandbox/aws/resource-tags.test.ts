import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  ListEntitiesForPolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { type AwsCloudUnderTest, policyOf, startAwsCloud } from './aws-cloud.ts';
import { type Keys, refusal } from './aws-endpoint.ts';

let cloud: AwsCloudUnderTest;
let manager: Keys;
beforeAll(async () => {
  cloud = await startAwsCloud();
  manager = await cloud.user('manager');
  const PolicyDocument = policyOf(
    {
      Action: 'iam:CreateAccessKey',
      Resource: '*',
      Condition: { StringEquals: { 'iam:ResourceTag/Team': 'blue' } },
    },
    { Action: 'iam:GetRole', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } },
  );
  await cloud.iam().send(new PutUserPolicyCommand({ UserName: 'manager', PolicyName: 'manager', PolicyDocument }));
});
afterAll(() => cloud.stop());

const tagged = (Value: string) => ({ Tags: [{ Key: 'Team', Value }] });

describe('S1: tags of what an IAM call is about decide', () => {
  test('on a user, by iam:ResourceTag', async () => {
    await cloud.iam().send(new CreateUserCommand({ UserName: 'blue', ...tagged('blue') }));
    await cloud.iam().send(new CreateUserCommand({ UserName: 'red', ...tagged('red') }));
    await cloud.iam().send(new CreateUserCommand({ UserName: 'untagged' }));
    const create = (UserName: string) => cloud.iam(manager).send(new CreateAccessKeyCommand({ UserName }));
    await expect(create('blue')).resolves.toBeDefined();
    for (const name of ['red', 'untagged', 'missing']) {
      expect(await refusal(create(name))).toMatchObject({ code: 'AccessDenied', status: 403 });
    }
  });

  test('on a role, by aws:ResourceTag', async () => {
    const Principal = { AWS: cloud.account.accountId };
    const AssumeRolePolicyDocument = policyOf({ Principal, Action: 'sts:AssumeRole' });
    for (const team of ['blue', 'red']) {
      const RoleName = `role-${team}`;
      await cloud.iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...tagged(team) }));
    }
    const get = (RoleName: string) => cloud.iam(manager).send(new GetRoleCommand({ RoleName }));
    await expect(get('role-blue')).resolves.toBeDefined();
    expect(await refusal(get('role-red'))).toMatchObject({ code: 'AccessDenied' });
  });
});

test('who holds a policy is told page by page, over users, groups and roles', async () => {
  const iam = cloud.iam();
  const PolicyDocument = policyOf({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/*' });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'held', PolicyDocument }));
  const PolicyArn = Policy?.Arn ?? '';
  const AssumeRolePolicyDocument = policyOf({ Principal: { AWS: cloud.account.accountId }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateGroupCommand({ GroupName: 'holders' }));
  await iam.send(new CreateRoleCommand({ RoleName: 'holder', AssumeRolePolicyDocument }));
  for (const UserName of ['holder-1', 'holder-2']) {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  }
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'holders', PolicyArn }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'holder', PolicyArn }));
  const names: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn, MaxItems: 1, Marker }));
    const held = [
      ...(page.PolicyUsers ?? []).map(({ UserName }) => UserName),
      ...(page.PolicyGroups ?? []).map(({ GroupName }) => GroupName),
      ...(page.PolicyRoles ?? []).map(({ RoleName }) => RoleName),
    ];
    expect(held).toHaveLength(1);
    names.push(...held);
    ({ Marker } = page);
  } while (Marker !== undefined);
  expect(names.sort()).toEqual(['holder', 'holder-1', 'holder-2', 'holders']);
});
