import { IAM } from '@aws-sdk/client-iam';
import { type Clouds, startClouds } from '../clouds-under-test.ts';
import { matching } from '../stand-in-under-test.ts';
import { policyFor, trusting } from './policy-texts.ts';
import {
  managedPolicy,
  oidcProvider,
  role,
  roleAttachment,
  rolePolicy,
  user,
  userAttachment,
} from './resource-types.ts';

let clouds: Clouds;
let iam: IAM;
let administrator: string;
beforeAll(async () => {
  clouds = await startClouds('aws', { defaultTags: JSON.stringify({ tags: { team: 'media' } }) });
  const { endpoint, accessKeyId, secretAccessKey } = clouds.status.aws;
  iam = new IAM({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } });
  administrator = (await iam.getUser({})).User?.Arn ?? '';
});
afterAll(() => clouds.dispose());

describe('X1, S8: aws.iam.Role in the sandbox', () => {
  test('is made, trusts others, is tagged, and is found equal however IAM writes it', async () => {
    const { standIn } = clouds;
    const program = { name: 'reader', path: '/sluice/', assumeRolePolicy: trusting(administrator), tags: { a: 'b' } };
    const made = await standIn.make(role, program);
    expect(made).toMatchObject({
      id: 'reader',
      outputs: {
        arn: `arn:aws:iam::${clouds.status.aws.accountId}:role/sluice/reader`,
        createDate: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        maxSessionDuration: 3600,
        tagsAll: { a: 'b', team: 'media' },
        uniqueId: matching(/^AROA/),
      },
    });
    expect((await standIn.refresh(role, made))?.inputs['assumeRolePolicy']).toBe(program.assumeRolePolicy);

    await iam.createUser({ UserName: 'deployer' });
    const deployer = administrator.replace(/user\/.*/, 'user/deployer');
    const changed = await standIn.change(role, made, {
      ...program,
      assumeRolePolicy: trusting(deployer),
      description: 'reads media',
      maxSessionDuration: 7200,
      tags: {},
    });
    const { Role: found } = await iam.getRole({ RoleName: 'reader' });
    expect(found).toMatchObject({ Description: 'reads media', MaxSessionDuration: 7200 });
    expect(decodeURIComponent(found?.AssumeRolePolicyDocument ?? '')).toContain(deployer);
    expect(changed.outputs).toMatchObject({ tagsAll: { team: 'media' } });

    await iam.updateAssumeRolePolicy({ RoleName: 'reader', PolicyDocument: trusting(administrator, deployer) });
    const widened = await standIn.refresh(role, changed);
    expect(await standIn.decision(role, { before: widened?.inputs ?? {}, after: changed.inputs })).toBe('update');

    await standIn.delete(role, changed);
    expect(await standIn.refresh(role, changed)).toBeUndefined();
    await standIn.delete(role, changed); // a role already gone is no error
    await iam.deleteUser({ UserName: 'deployer' });
  });

  test('is not made for a principal that does not exist', async () => {
    const { standIn } = clouds;
    const nobody = administrator.replace(/user\/.*/, 'user/nobody');
    const { inputs } = await standIn.check(role, { name: 'ghost', assumeRolePolicy: trusting(nobody) });
    await expect(standIn.create(role, inputs)).rejects.toThrow(/creating IAM Role \(ghost\): MalformedPolicyDocument/);
  });

  test('is deleted with policies that somebody else gave it only where forceDetachPolicies was deployed', async () => {
    const { standIn } = clouds;
    const program = { name: 'keeper', assumeRolePolicy: trusting(administrator) };
    const made = await standIn.make(role, program);
    const { Policy: foreign } = await iam.createPolicy({ PolicyName: 'foreign', PolicyDocument: policyFor('*') });
    await iam.attachRolePolicy({ RoleName: 'keeper', PolicyArn: foreign?.Arn });
    await iam.putRolePolicy({ RoleName: 'keeper', PolicyName: 'inline', PolicyDocument: policyFor('*') });
    await expect(standIn.delete(role, made)).rejects.toThrow(/deleting IAM Role \(keeper\): DeleteConflict/);

    const forced = await standIn.change(role, made, { ...program, forceDetachPolicies: true });
    await standIn.delete(role, forced);
    expect(await standIn.refresh(role, forced)).toBeUndefined();
    await iam.deletePolicy({ PolicyArn: foreign?.Arn });
  });
});

describe('X1: aws.iam.RolePolicy in the sandbox', () => {
  test('is put, changed and deleted', async () => {
    const { standIn } = clouds;
    const owner = await standIn.make(role, { name: 'holder', assumeRolePolicy: trusting(administrator) });
    const program = { role: 'holder', name: 'access', policy: policyFor('arn:aws:s3:::media/*') };
    const made = await standIn.make(rolePolicy, program);
    expect(made).toMatchObject({ id: 'holder:access', outputs: program });
    const changed = await standIn.change(rolePolicy, made, { ...program, policy: policyFor('arn:aws:s3:::other/*') });
    expect((await standIn.refresh(rolePolicy, changed))?.inputs['policy']).toBe(changed.inputs['policy']);
    await standIn.delete(rolePolicy, changed);
    expect(await standIn.refresh(rolePolicy, changed)).toBeUndefined();
    await standIn.delete(role, owner);
  });
});

describe('X1: aws.iam.Policy and its attachments in the sandbox', () => {
  test('a policy keeps at most five versions, and every change is in force', async () => {
    const { standIn } = clouds;
    const program = { name: 'media', path: '/sluice/' };
    let made = await standIn.make(managedPolicy, { ...program, policy: policyFor('arn:aws:s3:::media-0/*') });
    expect(made.id).toBe(`arn:aws:iam::${clouds.status.aws.accountId}:policy/sluice/media`);
    for (const number of [1, 2, 3, 4, 5, 6]) {
      made = await standIn.change(managedPolicy, made, {
        ...program,
        policy: policyFor(`arn:aws:s3:::media-${number}/*`),
      });
    }
    const { Versions: versions = [] } = await iam.listPolicyVersions({ PolicyArn: made.id });
    expect(versions).toHaveLength(5);
    expect((await standIn.refresh(managedPolicy, made))?.outputs['policy']).toContain('media-6');
    await standIn.delete(managedPolicy, made);
    expect(await standIn.refresh(managedPolicy, made)).toBeUndefined();
  });

  test.each([
    ['user', user, userAttachment, {}],
    ['role', role, roleAttachment, { assumeRolePolicy: 'trust' }],
  ])('is given to a %s and taken away', async (holder, holderToken, token, more) => {
    const { standIn } = clouds;
    const trust = 'assumeRolePolicy' in more ? { assumeRolePolicy: trusting(administrator) } : {};
    const owner = await standIn.make(holderToken, { name: 'owner', ...trust });
    const policy = await standIn.make(managedPolicy, { name: 'given', policy: policyFor('arn:aws:s3:::media/*') });
    const made = await standIn.make(token, { [holder]: 'owner', policyArn: policy.id });
    expect(made.id).toBe(`owner/${policy.id}`);
    expect(await standIn.refresh(token, made)).toMatchObject({ outputs: made.outputs });
    await expect(standIn.delete(managedPolicy, policy)).rejects.toThrow(/DeleteConflict/);

    await standIn.delete(token, made);
    expect(await standIn.refresh(token, made)).toBeUndefined();
    await standIn.delete(token, made); // already taken away
    await standIn.delete(managedPolicy, policy);
    await standIn.delete(holderToken, owner);
  });
});

describe('X1, S8: aws.iam.OpenIdConnectProvider in the sandbox', () => {
  test('is made, takes other audiences, and is deleted', async () => {
    const { standIn } = clouds;
    const program = { url: 'https://issuer.example.com', clientIdLists: ['sts.amazonaws.com'] };
    const made = await standIn.make(oidcProvider, program);
    expect(made).toMatchObject({
      id: `arn:aws:iam::${clouds.status.aws.accountId}:oidc-provider/issuer.example.com`,
      outputs: { url: 'https://issuer.example.com', thumbprintLists: [matching(/^[0-9a-f]{40}$/)] },
    });
    expect((await standIn.refresh(oidcProvider, made))?.inputs).toMatchObject(program);

    const changed = await standIn.change(oidcProvider, made, { ...program, clientIdLists: ['other', 'third'] });
    const { ClientIDList } = await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: made.id });
    expect(ClientIDList?.toSorted()).toEqual(['other', 'third']);

    await standIn.delete(oidcProvider, changed);
    expect(await standIn.refresh(oidcProvider, changed)).toBeUndefined();
  });

  test('an account has one for each issuer', async () => {
    const { standIn } = clouds;
    const program = { url: 'https://issuer.example.com', clientIdLists: ['sts.amazonaws.com'] };
    const made = await standIn.make(oidcProvider, program);
    const { inputs } = await standIn.check(oidcProvider, program);
    await expect(standIn.create(oidcProvider, inputs)).rejects.toThrow(/EntityAlreadyExists/);
    await standIn.delete(oidcProvider, made);
  });
});
