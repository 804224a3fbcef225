import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { refusal, startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';
import { policyOf } from './aws-cloud.ts';

let endpoint: AwsEndpoint;
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
});
afterAll(() => endpoint.stop());

const trust = (principal: string) => policyOf({ Principal: { AWS: principal }, Action: 'sts:AssumeRole' });
const account = '000000000000';
const create = (RoleName: string, extra: object = {}) =>
  endpoint.iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(account), ...extra }));

test('S8: a role lives through the calls that the Pulumi provider makes', async () => {
  const iam = endpoint.iam();
  const RoleName = 'copier';
  const { Role } = await create(RoleName, {
    Path: '/sluice/',
    Description: 'copies',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'Team', Value: 'media' }],
  });
  expect(Role).toMatchObject({
    Arn: `arn:aws:iam::${account}:role/sluice/copier`,
    RoleId: expect.stringMatching(/^AROA/) as string,
    MaxSessionDuration: 7200,
    Description: 'copies',
    Tags: [{ Key: 'Team', Value: 'media' }],
  });
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(trust(account));
  const PolicyDocument = policyOf({ Action: 's3:ListBucket', Resource: 'arn:aws:s3:::media' });
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const inline = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'inline' }));
  expect(decodeURIComponent(inline.PolicyDocument ?? '')).toBe(PolicyDocument);
  expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['inline']);
  expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([
    { PolicyName: 'AmazonS3ReadOnlyAccess', PolicyArn },
  ]);

  await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600, Description: '' }));
  await iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(`arn:aws:iam::${account}:root`) }),
  );
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'env', Value: 'prod' }] }));
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['team'] }));
  const read = await iam.send(new GetRoleCommand({ RoleName }));
  expect(read.Role).toMatchObject({ MaxSessionDuration: 3600, Tags: [{ Key: 'env', Value: 'prod' }] });

  const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
  expect((await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles).toEqual([]);
  expect(await refusal(remove())).toMatchObject({ code: 'DeleteConflict', status: 409 });
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  expect(await refusal(remove())).toMatchObject({ message: 'Cannot delete entity, must delete policies first.' });
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'inline' }));
  await remove();
  expect(await refusal(iam.send(new GetRoleCommand({ RoleName })))).toMatchObject({ code: 'NoSuchEntity' });
});

describe('a role is refused', () => {
  test.each([
    ['a principal that does not exist', trust(`arn:aws:iam::${account}:user/nobody`), 'Invalid principal in policy'],
    ['no principal', policyOf({ Action: 'sts:AssumeRole' }), 'Principal'],
    [
      'a resource in its trust policy',
      policyOf({ Principal: '*', Action: 'sts:AssumeRole', Resource: '*' }),
      'resource',
    ],
    [
      'another service than STS in its trust policy',
      policyOf({ Principal: '*', Action: 's3:GetObject' }),
      'trust policy',
    ],
  ])('with %s', async (_what, AssumeRolePolicyDocument, words) => {
    const answer = await refusal(create('untrusted', { AssumeRolePolicyDocument }));
    expect(answer).toMatchObject({ code: 'MalformedPolicyDocument', status: 400 });
    expect(answer.message).toContain(words);
  });

  test('with a name that is taken in any case, or a session duration out of bounds', async () => {
    await create('taken');
    expect(await refusal(create('TAKEN'))).toMatchObject({ code: 'EntityAlreadyExists' });
    expect(await refusal(create('short', { MaxSessionDuration: 3599 }))).toMatchObject({ code: 'ValidationError' });
    expect(await refusal(create('long', { MaxSessionDuration: 43_201 }))).toMatchObject({ code: 'ValidationError' });
  });
});

test('roles are listed page by page, by path', async () => {
  for (const name of ['c', 'a', 'b']) await create(`listed-${name}`, { Path: '/list/' });
  const first = await endpoint.iam().send(new ListRolesCommand({ PathPrefix: '/list/', MaxItems: 2 }));
  expect(first.Roles?.map(({ RoleName }) => RoleName)).toEqual(['listed-a', 'listed-b']);
  const second = await endpoint.iam().send(new ListRolesCommand({ PathPrefix: '/list/', Marker: first.Marker }));
  expect(second).toMatchObject({ IsTruncated: false, Roles: [{ RoleName: 'listed-c' }] });
});
