import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  PutGroupPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { refusal } from './aws-endpoint.ts';
import { policyOf, startAwsCloud } from './aws-cloud.ts';
import type { AwsCloudUnderTest } from './aws-cloud.ts';

let cloud: AwsCloudUnderTest;
beforeAll(async () => {
  cloud = await startAwsCloud();
});
afterAll(() => cloud.stop());

const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';

test('S1: members may do what the inline and attached policies of their groups allow, and nothing once they left', async () => {
  const iam = cloud.iam();
  const keys = await cloud.user('member');
  const [GroupName, UserName] = ['readers', 'member'];
  const read = () => cloud.s3(keys).send(new GetObjectCommand({ Bucket: 'media', Key: 'uploads/a' }));
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
  expect(await refusal(read())).toMatchObject({ code: 'AccessDenied' });

  const PolicyDocument = policyOf({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/uploads/*' });
  await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'inline', PolicyDocument }));
  await expect(read()).resolves.toBeDefined();
  await iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: 'inline' }));
  expect(await refusal(read())).toMatchObject({ code: 'AccessDenied' });

  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
  await expect(read()).resolves.toBeDefined();
  await iam.send(new UpdateUserCommand({ UserName, NewUserName: 'renamed' }));
  await iam.send(new UpdateGroupCommand({ GroupName, NewGroupName: 'renamed-readers', NewPath: '/new/' }));
  await expect(read()).resolves.toBeDefined();
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'renamed' }));
  expect(Groups?.map(({ Arn }) => Arn)).toEqual([`arn:aws:iam::${cloud.account.accountId}:group/new/renamed-readers`]);
  const { Users } = await iam.send(new GetGroupCommand({ GroupName: 'renamed-readers' }));
  expect(Users?.map((user) => user.UserName)).toEqual(['renamed']);

  await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'renamed-readers', UserName: 'renamed' }));
  expect(await refusal(read())).toMatchObject({ code: 'AccessDenied' });
});

describe('refused is', () => {
  test('deleting a group that has members or policies, and a user that is in a group', async () => {
    const iam = cloud.iam();
    const GroupName = 'full';
    await cloud.user('inside');
    await iam.send(new CreateGroupCommand({ GroupName }));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'inside' }));
    const remove = () => refusal(iam.send(new DeleteGroupCommand({ GroupName })));
    expect(await remove()).toMatchObject({ code: 'DeleteConflict', status: 409 });
    expect(await refusal(iam.send(new DeleteUserCommand({ UserName: 'inside' })))).toMatchObject({
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must remove users from group first.',
    });
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: 'inside' }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    expect(await remove()).toMatchObject({ message: 'Cannot delete entity, must detach all policies first.' });
    await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new DeleteGroupCommand({ GroupName }));
    expect((await iam.send(new ListGroupsCommand({}))).Groups?.map((group) => group.GroupName)).not.toContain(
      GroupName,
    );
  });

  test('a name that is taken in any case, and an eleventh group of one user', async () => {
    const iam = cloud.iam();
    await cloud.user('everywhere');
    await iam.send(new CreateGroupCommand({ GroupName: 'g0' }));
    expect(await refusal(iam.send(new CreateGroupCommand({ GroupName: 'G0' })))).toMatchObject({
      code: 'EntityAlreadyExists',
    });
    const add = (GroupName: string) => iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'everywhere' }));
    for (let number = 1; number <= 10; number += 1) await iam.send(new CreateGroupCommand({ GroupName: `g${number}` }));
    for (let number = 0; number < 10; number += 1) await add(`g${number}`);
    await add('g0');
    expect(await refusal(add('g10'))).toMatchObject({ code: 'LimitExceeded', status: 409 });
  });
});
