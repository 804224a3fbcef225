import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  ListVirtualMFADevicesCommand,
  paginateListUsers,
  PutUserPolicyCommand,
  DeleteAccessKeyCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import type { IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { administratorName } from '../../../sandbox/aws/account.ts';
import { refusal, startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
let iam: IAMClient;
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
  iam = endpoint.iam();
});
afterAll(() => endpoint.stop());

const emptyPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }],
});

describe('S4: an IAM user has', () => {
  test('a path, an id of AWS shape and an ARN made of both', async () => {
    const tags = [{ Key: 'team', Value: 'media: x@y' }];
    const { User } = await iam.send(new CreateUserCommand({ UserName: 'reader', Path: '/sluice/', Tags: tags }));
    expect(User).toMatchObject({
      UserName: 'reader',
      Path: '/sluice/',
      Arn: `arn:aws:iam::${endpoint.account.accountId}:user/sluice/reader`,
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{16}$/) as string,
      CreateDate: expect.any(Date) as Date,
      Tags: tags,
    });
    const read = await iam.send(new GetUserCommand({ UserName: 'reader' }));
    expect(read.User).toEqual(User);
  });

  test('the root path unless it says another', async () => {
    const { User } = await iam.send(new CreateUserCommand({ UserName: 'rooted' }));
    expect(User?.Path).toBe('/');
    expect(User).not.toHaveProperty('Tags');
  });

  test('a path that XML has to escape', async () => {
    const { User } = await iam.send(new CreateUserCommand({ UserName: 'escaped', Path: '/a&b<c>"/' }));
    expect(User?.Path).toBe('/a&b<c>"/');
  });

  test('a name that no other user has in any case', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'Writer' }));
    expect(await refusal(iam.send(new CreateUserCommand({ UserName: 'wRITER' })))).toMatchObject({
      code: 'EntityAlreadyExists',
      status: 409,
    });
  });

  test('a name of at most 64 legal characters', async () => {
    await expect(iam.send(new CreateUserCommand({ UserName: 'n'.repeat(64) }))).resolves.toBeDefined();
    for (const UserName of ['n'.repeat(65), 'with space', 'slash/ed']) {
      const answer = await refusal(iam.send(new CreateUserCommand({ UserName })));
      expect(answer).toMatchObject({ code: 'ValidationError', status: 400 });
      expect(answer.message).toMatch(/^1 validation error detected: Value at 'UserName'/);
    }
  });

  test('even the name of an object prototype', async () => {
    await iam.send(new CreateUserCommand({ UserName: '__proto__' }));
    const { User } = await iam.send(new GetUserCommand({ UserName: '__proto__' }));
    expect(User?.UserName).toBe('__proto__');
  });

  test('no permissions boundary that does not exist', async () => {
    const PermissionsBoundary = `arn:aws:iam::${endpoint.account.accountId}:policy/none`;
    expect(await refusal(iam.send(new CreateUserCommand({ UserName: 'bound', PermissionsBoundary })))).toMatchObject({
      code: 'NoSuchEntity',
      status: 404,
    });
  });
});

test('a user who is not there is NoSuchEntity', async () => {
  expect(await refusal(iam.send(new GetUserCommand({ UserName: 'nobody' })))).toEqual({
    code: 'NoSuchEntity',
    status: 404,
    message: 'The user with name nobody cannot be found.',
  });
});

test('GetUser without a name answers the user who signed', async () => {
  const { User } = await iam.send(new GetUserCommand({}));
  expect(User?.UserName).toBe(administratorName);
});

test('a renamed user keeps its keys and policies under a new ARN', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'before' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'before' }));
  await iam.send(new UpdateUserCommand({ UserName: 'before', NewUserName: 'after', NewPath: '/new/' }));
  const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const caller = await endpoint.sts(keys).send(new GetCallerIdentityCommand({}));
  expect(caller.Arn).toBe(`arn:aws:iam::${endpoint.account.accountId}:user/new/after`);
  expect(await refusal(iam.send(new GetUserCommand({ UserName: 'before' })))).toMatchObject({ code: 'NoSuchEntity' });
  await iam.send(new CreateUserCommand({ UserName: 'before' }));
  expect(await refusal(iam.send(new UpdateUserCommand({ UserName: 'after', NewUserName: 'BEFORE' })))).toMatchObject({
    code: 'EntityAlreadyExists',
  });
});

describe('a user is deleted', () => {
  test('only when its policies and access keys are gone', async () => {
    const UserName = 'leaving';
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: emptyPolicy }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const deletion = () => iam.send(new DeleteUserCommand({ UserName }));
    expect(await refusal(deletion())).toEqual({
      code: 'DeleteConflict',
      status: 409,
      message: 'Cannot delete entity, must delete policies first.',
    });
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' }));
    expect(await refusal(deletion())).toMatchObject({
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must delete access keys first.',
    });
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId }));
    await deletion();
    expect(await refusal(deletion())).toMatchObject({ code: 'NoSuchEntity', status: 404 });
  });

  test('after its groups, devices and certificates were asked for, of which there are none', async () => {
    const UserName = 'plain';
    await iam.send(new CreateUserCommand({ UserName }));
    const answers = {
      Groups: await iam.send(new ListGroupsForUserCommand({ UserName })),
      AttachedPolicies: await iam.send(new ListAttachedUserPoliciesCommand({ UserName })),
      SSHPublicKeys: await iam.send(new ListSSHPublicKeysCommand({ UserName })),
      VirtualMFADevices: await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' })),
      MFADevices: await iam.send(new ListMFADevicesCommand({ UserName })),
      Certificates: await iam.send(new ListSigningCertificatesCommand({ UserName })),
      ServiceSpecificCredentials: await iam.send(new ListServiceSpecificCredentialsCommand({ UserName })),
    };
    for (const [list, answer] of Object.entries(answers)) expect(answer).toMatchObject({ [list]: [] });
    expect(await refusal(iam.send(new GetLoginProfileCommand({ UserName })))).toMatchObject({
      code: 'NoSuchEntity',
      status: 404,
    });
    expect(await refusal(iam.send(new ListGroupsForUserCommand({ UserName: 'nobody' })))).toMatchObject({
      code: 'NoSuchEntity',
    });
  });
});

describe('users are listed', () => {
  test('page by page, each once, by path', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `member-${index}`);
    for (const UserName of names) await iam.send(new CreateUserCommand({ UserName, Path: '/paged/' }));
    const pages: string[][] = [];
    for await (const page of paginateListUsers({ client: iam, pageSize: 3 }, { PathPrefix: '/paged/' })) {
      pages.push((page.Users ?? []).map(({ UserName = '' }) => UserName));
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(names);
  });

  test('without their tags, and not with a marker that no page gave out', async () => {
    const { Users } = await iam.send(new ListUsersCommand({ PathPrefix: '/sluice/' }));
    expect(Users).toHaveLength(1);
    expect(Users?.[0]).not.toHaveProperty('Tags');
    expect(await refusal(iam.send(new ListUsersCommand({ Marker: '?' })))).toMatchObject({ code: 'ValidationError' });
    expect(await refusal(iam.send(new ListUsersCommand({ MaxItems: 0 })))).toMatchObject({ code: 'ValidationError' });
    expect(await refusal(iam.send(new ListUsersCommand({ MaxItems: 1001 })))).toMatchObject({
      code: 'ValidationError',
    });
  });
});

describe('tags', () => {
  const UserName = 'tagged';
  const tagsOf = async () => (await iam.send(new ListUserTagsCommand({ UserName }))).Tags;

  test('are overlaid and removed by key, whatever its case', async () => {
    await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'Team', Value: 'a' }] }));
    await iam.send(
      new TagUserCommand({
        UserName,
        Tags: [
          { Key: 'team', Value: 'b' },
          { Key: 'env', Value: '' },
        ],
      }),
    );
    expect(await tagsOf()).toEqual([
      { Key: 'env', Value: '' },
      { Key: 'team', Value: 'b' },
    ]);
    await iam.send(new UntagUserCommand({ UserName, TagKeys: ['TEAM'] }));
    expect(await tagsOf()).toEqual([{ Key: 'env', Value: '' }]);
    await iam.send(new TagUserCommand({ UserName, Tags: [] }));
  });

  test('are refused when reserved, given twice or more than fifty', async () => {
    const put = (...keys: string[]) =>
      refusal(iam.send(new TagUserCommand({ UserName, Tags: keys.map((Key) => ({ Key, Value: 'v' })) })));
    expect(await put('aws:x')).toMatchObject({ code: 'InvalidInput', status: 400 });
    expect(await put('k', 'K')).toMatchObject({ code: 'InvalidInput' });
    expect(await put(...Array.from({ length: 50 }, (_, index) => `key-${index}`))).toMatchObject({
      code: 'LimitExceeded',
      status: 409,
    });
    expect(await tagsOf()).toHaveLength(1);
  });
});
