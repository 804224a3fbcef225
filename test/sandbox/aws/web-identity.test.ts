import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  AddClientIDToOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { githubClaims, githubIssuerUrl, openTokenIssuer } from '../../../sandbox/aws/web-identity-issuer.ts';
import type { WebIdentityIssuer } from '../../../sandbox/aws/web-identity-issuer.ts';
import { refusal } from './aws-endpoint.ts';
import { keysOf, policyOf, startAwsCloud } from './aws-cloud.ts';
import type { AwsCloudUnderTest } from './aws-cloud.ts';

let cloud: AwsCloudUnderTest;
let issuer: WebIdentityIssuer;
const host = 'token.actions.githubusercontent.com';
const providerArn = `arn:aws:iam::000000000000:oidc-provider/${host}`;
const main = githubClaims({ repository: 'acme/media', ref: 'refs/heads/main' });

beforeAll(async () => {
  cloud = await startAwsCloud();
  issuer = await openTokenIssuer(cloud.account);
  const iam = cloud.iam();
  const create = new CreateOpenIDConnectProviderCommand({ Url: githubIssuerUrl, ClientIDList: ['sts.amazonaws.com'] });
  expect((await iam.send(create)).OpenIDConnectProviderArn).toBe(providerArn);
  const AssumeRolePolicyDocument = policyOf({
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' },
      StringLike: { [`${host}:sub`]: 'repo:acme/media:ref:refs/heads/*' },
    },
  });
  await iam.send(new CreateRoleCommand({ RoleName: 'ci', AssumeRolePolicyDocument }));
  const PolicyDocument = policyOf({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/uploads/*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'ci', PolicyName: 'p', PolicyDocument }));
});
afterAll(() => cloud.stop());

const assume = (WebIdentityToken: string, RoleName = 'ci') =>
  cloud.sts().send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: `arn:aws:iam::000000000000:role/${RoleName}`,
      RoleSessionName: 'github',
      WebIdentityToken,
    }),
  );

test("S8: a GitHub Actions job becomes a role's session by its token alone", async () => {
  const answer = await assume(await issuer.mint(main));
  expect(answer).toMatchObject({
    Provider: providerArn,
    Audience: 'sts.amazonaws.com',
    SubjectFromWebIdentityToken: 'repo:acme/media:ref:refs/heads/main',
  });
  const read = (Key: string) =>
    cloud.s3(keysOf(answer.Credentials)).send(new GetObjectCommand({ Bucket: 'media', Key }));
  await expect(read('uploads/a')).resolves.toBeDefined();
  expect(await refusal(read('private/a'))).toMatchObject({ code: 'AccessDenied' });
});

describe('a web identity token is refused', () => {
  test('for a subject that the trust policy does not name, and for a role that does not trust its provider', async () => {
    const fork = await issuer.mint(githubClaims({ repository: 'mallory/media', ref: 'refs/heads/main' }));
    const denied = {
      code: 'AccessDenied',
      status: 403,
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    };
    expect(await refusal(assume(fork))).toEqual(denied);
    expect(await refusal(assume(await issuer.mint(main), 'none'))).toEqual(denied);
  });

  test('with another audience, expired, not yet valid, unsigned, or signed by others', async () => {
    const invalid = { code: 'InvalidIdentityToken', status: 400 };
    expect(await refusal(assume(await issuer.mint({ ...main, aud: 'api' })))).toMatchObject(invalid);
    const old = await issuer.mint(main, new Date(Date.now() - 600_000));
    expect(await refusal(assume(old))).toMatchObject({ code: 'ExpiredTokenException', status: 400 });
    expect(await refusal(assume(await issuer.mint(main, new Date(Date.now() + 600_000))))).toMatchObject(invalid);
    const [header = '', payload = ''] = (await issuer.mint(main)).split('.');
    expect(await refusal(assume(`${header}.${payload}.`))).toMatchObject(invalid);
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    expect(await refusal(assume(`${none}.${payload}.`))).toMatchObject(invalid);
    const before = await issuer.mint(main);
    issuer = await openTokenIssuer(cloud.account);
    expect(await refusal(assume(before))).toMatchObject(invalid);
    expect(await refusal(assume('not a token'))).toMatchObject(invalid);
  });

  test('of an issuer that the account has no provider for, or whose keys nobody registered', async () => {
    const elsewhere = await openTokenIssuer(cloud.account, 'https://issuer.example');
    expect((await refusal(assume(await elsewhere.mint(main)))).message).toContain('No OpenIDConnect provider found');
    const create = { Url: 'https://unregistered.example', ClientIDList: ['sts.amazonaws.com'] };
    await cloud.iam().send(new CreateOpenIDConnectProviderCommand(create));
    const unregistered = await openTokenIssuer(cloud.account, 'https://unregistered.example');
    const token = await unregistered.mint(main);
    await cloud.account.update((draft) => {
      draft.tokenIssuers = draft.tokenIssuers.filter(({ url }) => url !== unregistered.url);
    });
    expect((await refusal(assume(token))).message).toContain("Couldn't retrieve verification key");
  });
});

test('OpenID Connect providers are made, changed, listed and deleted', async () => {
  const iam = cloud.iam();
  const create = new CreateOpenIDConnectProviderCommand({
    Url: 'https://id.example/path/',
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  const { OpenIDConnectProviderArn } = await iam.send(create);
  const named = { OpenIDConnectProviderArn };
  expect(OpenIDConnectProviderArn).toMatch(/:oidc-provider\/id\.example\/path$/);
  expect(await refusal(iam.send(create))).toMatchObject({ code: 'EntityAlreadyExists', status: 409 });
  await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'one' }));
  await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'two' }));
  await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: 'one' }));
  const ThumbprintList = ['a'.repeat(40)];
  await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...named, ThumbprintList }));
  expect(await iam.send(new GetOpenIDConnectProviderCommand(named))).toMatchObject({
    Url: 'id.example/path',
    ClientIDList: ['two'],
    ThumbprintList,
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  expect(OpenIDConnectProviderList?.map(({ Arn }) => Arn)).toContain(OpenIDConnectProviderArn);
  await iam.send(new DeleteOpenIDConnectProviderCommand(named));
  expect(await refusal(iam.send(new GetOpenIDConnectProviderCommand(named)))).toMatchObject({ code: 'NoSuchEntity' });
  const plain = { Url: 'http://id.example' };
  expect(await refusal(iam.send(new CreateOpenIDConnectProviderCommand(plain)))).toMatchObject({
    code: 'ValidationError',
  });
});
