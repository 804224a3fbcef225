import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { refusal, startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';
import { policyOf } from './aws-cloud.ts';

let endpoint: AwsEndpoint;
const PolicySourceArn = 'arn:aws:iam::000000000000:user/simulated';
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
  const iam = endpoint.iam();
  const [UserName, GroupName, PolicyName] = ['simulated', 'simulants', 'p'];
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
  const list = policyOf({
    Action: 's3:ListBucket',
    Resource: 'arn:aws:s3:::media',
    Condition: { StringLike: { 's3:prefix': 'uploads/*' } },
  });
  const read = policyOf(
    { Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/*' },
    { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::media/private/*' },
  );
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: list }));
  await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'of-group', PolicyDocument: read }));
});
afterAll(() => endpoint.stop());

const simulate = async (extra: object) => {
  const command = new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ['s3:GetObject'], ...extra });
  return (await endpoint.iam().send(command)).EvaluationResults ?? [];
};

describe('S3: SimulatePrincipalPolicy answers', () => {
  test("allowed, explicitDeny or implicitDeny for each action and resource, by the user's and its groups' policies", async () => {
    const results = await simulate({
      ActionNames: ['s3:GetObject', 's3:PutObject'],
      ResourceArns: ['arn:aws:s3:::media/uploads/a', 'arn:aws:s3:::media/private/a'],
    });
    expect(results.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision])).toEqual([
      ['s3:GetObject', 'allowed'],
      ['s3:GetObject', 'explicitDeny'],
      ['s3:PutObject', 'implicitDeny'],
      ['s3:PutObject', 'explicitDeny'],
    ]);
    expect(results[0]?.MatchedStatements).toEqual([{ SourcePolicyId: 'of-group', SourcePolicyType: 'IAM Policy' }]);
    expect(results[2]?.MatchedStatements).toEqual([]);
  });

  test('which context keys the policies ask for and nobody gave', async () => {
    const list = { ActionNames: ['s3:ListBucket'], ResourceArns: ['arn:aws:s3:::media'] };
    const [without] = await simulate(list);
    expect(without).toMatchObject({ EvalDecision: 'implicitDeny', MissingContextValues: ['s3:prefix'] });
    const prefix = (value: string) => ({
      ContextEntries: [{ ContextKeyName: 's3:prefix', ContextKeyValues: [value], ContextKeyType: 'string' }],
    });
    const [inside] = await simulate({ ...list, ...prefix('uploads/x') });
    expect(inside).toMatchObject({ EvalDecision: 'allowed', MissingContextValues: [] });
    const [outside] = await simulate({ ...list, ...prefix('private/') });
    expect(outside).toMatchObject({ EvalDecision: 'implicitDeny', MissingContextValues: [] });
  });

  test('with what else is given: more policies, a boundary, a resource policy', async () => {
    const ResourceArns = ['arn:aws:s3:::media/uploads/a'];
    const put = { ActionNames: ['s3:PutObject'], ResourceArns };
    const [added] = await simulate({ ...put, PolicyInputList: [policyOf({ Action: 's3:*', Resource: '*' })] });
    expect(added).toMatchObject({ EvalDecision: 'allowed' });
    const [bounded] = await simulate({
      ResourceArns,
      PermissionsBoundaryPolicyInputList: [policyOf({ Action: 's3:PutObject', Resource: '*' })],
    });
    expect(bounded).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    });
    const ResourcePolicy = policyOf({
      Principal: { AWS: PolicySourceArn },
      Action: 's3:PutObject',
      Resource: ResourceArns[0],
    });
    const [byResource] = await simulate({ ...put, ResourcePolicy, CallerArn: PolicySourceArn });
    expect(byResource).toMatchObject({ EvalDecision: 'allowed' });
    expect(await refusal(simulate({ ...put, ResourcePolicy }))).toMatchObject({ code: 'InvalidInput' });
  });

  test('within the boundary that the user has', async () => {
    const iam = endpoint.iam();
    const PolicyDocument = policyOf({ Action: 's3:PutObject', Resource: '*' });
    await iam.send(new CreateUserCommand({ UserName: 'bounded' }));
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument }));
    const bounded = { UserName: 'bounded', PermissionsBoundary: Policy?.Arn };
    await iam.send(new PutUserPermissionsBoundaryCommand(bounded));
    const [result] = await simulate({
      PolicySourceArn: 'arn:aws:iam::000000000000:user/bounded',
      PolicyInputList: [policyOf({ Action: 's3:*', Resource: '*' })],
    });
    expect(result).toMatchObject({ EvalDecision: 'implicitDeny' });
  });
});

test('SimulateCustomPolicy decides by the policies given alone', async () => {
  const simulateCustom = (document: string, MaxItems?: number, Marker?: string) =>
    endpoint.iam().send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [document],
        ActionNames: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        MaxItems,
        Marker,
      }),
    );
  const document = policyOf({ Action: 's3:GetObject', Resource: '*' });
  const { EvaluationResults } = await simulateCustom(document);
  expect(EvaluationResults?.map(({ EvalDecision }) => EvalDecision)).toEqual([
    'allowed',
    'implicitDeny',
    'implicitDeny',
  ]);
  const first = await simulateCustom(document, 2);
  expect(first).toMatchObject({ IsTruncated: true, EvaluationResults: { length: 2 } });
  const last = await simulateCustom(document, 2, first.Marker);
  expect(last.EvaluationResults?.map(({ EvalActionName }) => EvalActionName)).toEqual(['s3:DeleteObject']);
  expect(await refusal(simulateCustom('{}'))).toMatchObject({ code: 'MalformedPolicyDocument' });
});

test('a principal that does not exist is refused', async () => {
  const PolicySourceArn = 'arn:aws:iam::000000000000:role/none';
  expect(await refusal(simulate({ PolicySourceArn }))).toMatchObject({ code: 'NoSuchEntity', status: 404 });
});
