import {
  CreateUserCommand,
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import type { IAMClient } from '@aws-sdk/client-iam';
import { refusal, startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
let iam: IAMClient;
const UserName = 'reader';
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
  iam = endpoint.iam();
  await iam.send(new CreateUserCommand({ UserName }));
});
afterAll(() => endpoint.stop());

const policy = (statement: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::media/*', ...statement }],
  });
const put = (PolicyName: string, PolicyDocument: string, user = UserName) =>
  iam.send(new PutUserPolicyCommand({ UserName: user, PolicyName, PolicyDocument }));
const remove = (PolicyName: string) => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));

/** A policy of exactly `characters` that count, with white space that does not. */
function policyOfLength(characters: number): string {
  const sid = 'x'.repeat(characters - policy({ Sid: '' }).length);
  return JSON.stringify(JSON.parse(policy({ Sid: sid })), null, 4);
}

describe('an inline policy', () => {
  test('comes back percent-encoded and otherwise as it was put', async () => {
    const document = policy({ Sid: 'Read', Resource: "arn:aws:s3:::media/it's (new) 100%!/*" });
    await put('objects', document);
    const answer = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: 'objects' }));
    expect(answer.PolicyDocument).toMatch(/^[A-Za-z0-9\-._~%]+$/);
    expect(decodeURIComponent(answer.PolicyDocument ?? '')).toBe(document);
    expect(answer).toMatchObject({ UserName, PolicyName: 'objects' });
  });

  test('is replaced by another of its name, listed once, and deleted', async () => {
    await put('objects', policy({ Action: 's3:PutObject' }));
    const { PolicyNames, IsTruncated } = await iam.send(new ListUserPoliciesCommand({ UserName }));
    expect({ PolicyNames, IsTruncated }).toEqual({ PolicyNames: ['objects'], IsTruncated: false });
    await remove('objects');
    expect(await refusal(remove('objects'))).toMatchObject({ code: 'NoSuchEntity', status: 404 });
    const get = iam.send(new GetUserPolicyCommand({ UserName, PolicyName: 'objects' }));
    expect(await refusal(get)).toMatchObject({ code: 'NoSuchEntity' });
  });

  test.each([
    ['no JSON', '{'],
    ['an unknown element', policy({ Actions: [] })],
    ['a principal', policy({ Principal: '*' })],
    ['no action', policy({ Action: undefined })],
    ['an action without a service', policy({ Action: 'GetObject' })],
    ['a resource that is no ARN', policy({ Resource: 'media/*' })],
  ])('with %s is a MalformedPolicyDocument', async (_what, document) => {
    expect(await refusal(put('wrong', document))).toMatchObject({ code: 'MalformedPolicyDocument', status: 400 });
  });

  test('needs a user that exists', async () => {
    expect(await refusal(put('objects', policy(), 'nobody'))).toMatchObject({ code: 'NoSuchEntity', status: 404 });
  });
});

describe('the inline policies of a user', () => {
  test('have 2,048 characters together, white space not counted', async () => {
    const largest = policyOfLength(2048);
    expect(largest.length).toBeGreaterThan(2048);
    await put('one', largest);
    await put('one', largest);
    expect(await refusal(put('two', policy()))).toMatchObject({ code: 'LimitExceeded', status: 409 });
    expect(await refusal(put('one', policyOfLength(2049)))).toMatchObject({ code: 'LimitExceeded' });
    const { PolicyNames } = await iam.send(new ListUserPoliciesCommand({ UserName }));
    expect(PolicyNames).toEqual(['one']);
    await remove('one');
  });
});
