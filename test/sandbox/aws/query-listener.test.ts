import {
  CreateUserCommand,
  CreateAccessKeyCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
  ListServerCertificatesCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { administratorName, openAwsAccount } from '../../../sandbox/aws/account.ts';
import { refusal, startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint, Keys } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
});
afterAll(() => endpoint.stop());

async function userWith(UserName: string, ...statements: object[]): Promise<Keys> {
  const iam = endpoint.iam();
  await iam.send(new CreateUserCommand({ UserName, Path: '/team/' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
  }
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

describe('S4: the administrator of a new account', () => {
  test('is an IAM user, not root', async () => {
    const identity = await endpoint.sts().send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      Account: endpoint.account.accountId,
      Arn: `arn:aws:iam::${endpoint.account.accountId}:user/${administratorName}`,
      UserId: expect.stringMatching(/^AIDA/) as string,
    });
  });
});

describe('a signature is refused', () => {
  test('with SignatureDoesNotMatch when the secret is wrong', async () => {
    const keys = { ...endpoint.account.administrator(), secretAccessKey: 'w'.repeat(40) };
    expect(await refusal(endpoint.sts(keys).send(new GetCallerIdentityCommand({})))).toMatchObject({
      code: 'SignatureDoesNotMatch',
      status: 403,
      message: expect.stringContaining('Check your AWS Secret Access Key') as string,
    });
  });

  test('with InvalidClientTokenId when nobody holds the key, as when key and secret are swapped', async () => {
    const { accessKeyId, secretAccessKey } = endpoint.account.administrator();
    for (const keys of [
      { accessKeyId: 'A'.repeat(20), secretAccessKey },
      { accessKeyId: secretAccessKey, secretAccessKey: accessKeyId },
    ]) {
      expect(await refusal(endpoint.sts(keys).send(new GetCallerIdentityCommand({})))).toEqual({
        code: 'InvalidClientTokenId',
        status: 403,
        message: 'The security token included in the request is invalid.',
      });
    }
  });

  test('with InvalidClientTokenId when a session token comes with a user key', async () => {
    const keys = { ...endpoint.account.administrator(), sessionToken: 'token' };
    expect(await refusal(endpoint.iam(keys).send(new GetUserCommand({})))).toMatchObject({
      code: 'InvalidClientTokenId',
    });
  });

  test("for IAM in any region but its own and the account's, which clients of a custom endpoint sign for", async () => {
    const settings = { endpoint: endpoint.url, credentials: endpoint.account.administrator(), maxAttempts: 1 };
    const [own, elsewhere] = ['eu-west-1', 'ap-south-1'].map((region) => new IAMClient({ ...settings, region }));
    await expect(own?.send(new GetUserCommand({}))).resolves.toBeDefined();
    const answer = await refusal(Promise.resolve(elsewhere?.send(new GetUserCommand({}))));
    for (const client of [own, elsewhere]) client?.destroy();
    expect(answer).toMatchObject({ code: 'SignatureDoesNotMatch', status: 403 });
    expect(answer.message).toContain("not 'ap-south-1'");
    for (const region of ['us-east-1', 'ap-south-1']) {
      await expect(endpoint.sts(undefined, region).send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
    }
  });

  test('when the clocks differ by more than 15 minutes', async () => {
    const late = await startAwsEndpoint(() => new Date(Date.now() + 16 * 60_000));
    expect(await refusal(late.sts().send(new GetCallerIdentityCommand({})))).toMatchObject({
      code: 'SignatureDoesNotMatch',
      status: 403,
      message: expect.stringContaining('Signature expired') as string,
    });
    await late.stop();
  });

  test('when there is none', async () => {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      body: new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' }),
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an action is allowed', () => {
  const account = '000000000000';
  const read = { Effect: 'Allow', Action: 'iam:GetUser', Resource: `arn:aws:iam::${account}:user/team/*` };

  test('only on what the policies of the caller name', async () => {
    const keys = await userWith('auditor', read);
    const get = (UserName?: string) => endpoint.iam(keys).send(new GetUserCommand({ UserName }));
    expect((await get('auditor')).User?.UserName).toBe('auditor');
    expect((await get()).User?.UserName).toBe('auditor');
    expect(await refusal(get(administratorName))).toEqual({
      code: 'AccessDenied',
      status: 403,
      message: `User: arn:aws:iam::${account}:user/team/auditor is not authorized to perform: iam:GetUser on resource: arn:aws:iam::${account}:user/${administratorName} because no identity-based policy allows the iam:GetUser action`,
    });
    expect(await refusal(endpoint.iam(keys).send(new ListUsersCommand({})))).toMatchObject({ code: 'AccessDenied' });
  });

  test('unless one of them denies it', async () => {
    const keys = await userWith('denied', read, { Effect: 'Deny', Action: 'iam:*', Resource: '*' });
    const answer = await refusal(endpoint.iam(keys).send(new GetUserCommand({})));
    expect(answer).toMatchObject({ code: 'AccessDenied', status: 403 });
    expect(answer.message).toContain('with an explicit deny in an identity-based policy');
  });

  test('under the conditions of the statement', async () => {
    const near = { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' }, StringEquals: { 'aws:username': 'near' } };
    const keys = await userWith('near', { ...read, Condition: near });
    await expect(endpoint.iam(keys).send(new GetUserCommand({}))).resolves.toBeDefined();
    const far = await userWith('far', { ...read, Condition: near });
    expect(await refusal(endpoint.iam(far).send(new GetUserCommand({})))).toMatchObject({ code: 'AccessDenied' });
  });

  test('before anything is looked up: whether a user exists is told to nobody without the right', async () => {
    const keys = await userWith('curious');
    const get = endpoint.iam(keys).send(new GetUserCommand({ UserName: 'nobody' }));
    expect(await refusal(get)).toMatchObject({ code: 'AccessDenied' });
    expect((await endpoint.sts(keys).send(new GetCallerIdentityCommand({}))).Arn).toMatch(/curious$/);
  });

  test('from the moment its policy is put, and no longer once it is replaced', async () => {
    const keys = await userWith('changing', read);
    await expect(endpoint.iam(keys).send(new GetUserCommand({}))).resolves.toBeDefined();
    const PolicyDocument = JSON.stringify({ Statement: { ...read, Action: 'iam:ListUsers' } });
    const put = new PutUserPolicyCommand({ UserName: 'changing', PolicyName: 'p', PolicyDocument });
    await endpoint.iam().send(put);
    expect(await refusal(endpoint.iam(keys).send(new GetUserCommand({})))).toMatchObject({ code: 'AccessDenied' });
  });
});

describe('a request is refused', () => {
  test('with InvalidAction when the sandbox does not know it', async () => {
    expect(await refusal(endpoint.iam().send(new ListServerCertificatesCommand({})))).toMatchObject({
      code: 'InvalidAction',
      status: 400,
    });
  });
});

test('a body that no IAM request needs is refused, however it is signed', async () => {
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.alloc(600 * 1024, 'a'),
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('<Code>ValidationError</Code>');
});

test('an administrator that was deleted is there again when the account is opened anew', async () => {
  const other = await startAwsEndpoint();
  const before = other.account.administrator();
  await other.account.update((draft) => void draft.users.splice(0));
  const reopened = await openAwsAccount(other.directory);
  expect(reopened.administrator().accessKeyId).not.toBe(before.accessKeyId);
  expect(reopened.holder(before.accessKeyId)).toBeUndefined();
  await other.stop();
});
