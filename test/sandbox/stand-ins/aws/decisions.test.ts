import messages from '@pulumi/pulumi/proto/provider_pb.js';
import { type Properties, Secret, text, unknownValue } from '../../../../sandbox/stand-ins/provider/property-value.ts';
import { revealed, type StandIn, startStandIn } from '../stand-in-under-test.ts';
import { trusting } from './policy-texts.ts';
import {
  accessKey,
  bucket,
  managedPolicy,
  oidcProvider,
  ownershipControls,
  publicAccessBlock,
  role,
  roleAttachment,
  rolePolicy,
  user,
  userAttachment,
  userPolicy,
} from './resource-types.ts';

const endpoint = 'http://127.0.0.1:1';
const statement = { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::media/*' };
const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
const samePolicy = JSON.stringify({
  Statement: { Resource: ['arn:aws:s3:::media/*'], Action: ['s3:PutObject', 's3:GetObject'], Effect: 'Allow' },
  Version: '2012-10-17',
});
const widerPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Resource: '*' }] });

const widerTrust = trusting('*');

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn('aws', { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' });
  await standIn.configure({
    region: 'eu-west-1',
    endpoints: JSON.stringify([{ iam: endpoint, sts: endpoint, s3: endpoint }]),
    skipCredentialsValidation: 'true',
    defaultTags: JSON.stringify({ tags: { team: 'media' } }),
  });
});
afterAll(() => standIn.stop());

describe('X1: a changed property of an aws resource', () => {
  const userInputs = { name: 'media-a', path: '/sluice/', forceDestroy: false };
  const policyInputs = { name: 'access', user: 'media-a', policy };
  const userAttachmentInputs = { user: 'media-a', policyArn: 'arn:aws:iam::000000000000:policy/media' };
  const managedInputs = { name: 'media', path: '/sluice/', policy };
  const roleInputs = {
    name: 'media',
    path: '/sluice/',
    assumeRolePolicy: trusting('arn:aws:iam::000000000000:user/a'),
    forceDetachPolicies: false,
  };
  const rolePolicyInputs = { name: 'access', role: 'media', policy };
  const oidcInputs = { url: 'https://issuer.example.com', clientIdLists: ['sts.amazonaws.com'] };
  const keyInputs = { user: 'media-a', status: 'Active' };
  const bucketInputs = { bucket: 'media', region: 'eu-west-1', forceDestroy: false };
  const blockInputs = { bucket: 'media', region: 'eu-west-1', blockPublicAcls: true };
  const controlsInputs = { bucket: 'media', region: 'eu-west-1', rule: { objectOwnership: 'BucketOwnerEnforced' } };

  test.each<[string, Properties, Properties, string]>([
    [user, userInputs, {}, 'nothing'],
    [user, userInputs, { name: 'media-b' }, 'update'],
    [user, userInputs, { path: '/' }, 'update'],
    [user, userInputs, { forceDestroy: true }, 'update'],
    [user, userInputs, { permissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }, 'update'],
    [user, userInputs, { tags: { a: 'b' } }, 'update'],
    [user, userInputs, { tagsAll: { team: 'media' } }, 'update'],
    [user, { name: 'media-a', path: '/' }, { path: null }, 'nothing'],

    [userPolicy, policyInputs, { policy: samePolicy }, 'nothing'],
    [userPolicy, policyInputs, { policy: widerPolicy }, 'update'],
    [userPolicy, policyInputs, { policy: unknownValue }, 'update'],
    [userPolicy, policyInputs, { name: 'other' }, 'replace'],
    [userPolicy, policyInputs, { user: 'media-b' }, 'replace'],
    [userPolicy, policyInputs, { user: unknownValue }, 'replace'],

    [userAttachment, userAttachmentInputs, {}, 'nothing'],
    [userAttachment, userAttachmentInputs, { user: 'media-b' }, 'replace'],
    [userAttachment, userAttachmentInputs, { policyArn: unknownValue }, 'replace'],
    [roleAttachment, { ...userAttachmentInputs, user: null, role: 'media' }, { role: 'other' }, 'replace'],

    [managedPolicy, managedInputs, { policy: samePolicy }, 'nothing'],
    [managedPolicy, managedInputs, { policy: widerPolicy }, 'update'],
    [managedPolicy, managedInputs, { name: 'other' }, 'replace'],
    [managedPolicy, managedInputs, { path: '/' }, 'replace'],
    [managedPolicy, managedInputs, { description: 'why' }, 'replace'],

    [role, roleInputs, {}, 'nothing'],
    [role, roleInputs, { assumeRolePolicy: widerTrust }, 'update'],
    [role, roleInputs, { maxSessionDuration: 7200 }, 'update'],
    [role, roleInputs, { description: 'why' }, 'update'],
    [role, roleInputs, { forceDetachPolicies: true }, 'update'],
    [role, roleInputs, { name: 'other' }, 'replace'],
    [role, roleInputs, { path: '/' }, 'replace'],
    [role, { ...roleInputs, maxSessionDuration: 3600 }, { maxSessionDuration: null }, 'nothing'],

    [rolePolicy, rolePolicyInputs, { policy: samePolicy }, 'nothing'],
    [rolePolicy, rolePolicyInputs, { policy: widerPolicy }, 'update'],
    [rolePolicy, rolePolicyInputs, { role: 'other' }, 'replace'],

    [oidcProvider, oidcInputs, { url: 'issuer.example.com' }, 'nothing'],
    [oidcProvider, oidcInputs, { url: 'https://other.example.com' }, 'replace'],
    [oidcProvider, oidcInputs, { clientIdLists: ['sts.amazonaws.com', 'other'] }, 'update'],
    [oidcProvider, oidcInputs, { clientIdLists: ['b', 'sts.amazonaws.com'] }, 'update'],
    [oidcProvider, { ...oidcInputs, clientIdLists: ['a', 'b'] }, { clientIdLists: ['b', 'a'] }, 'nothing'],

    [accessKey, keyInputs, {}, 'nothing'],
    [accessKey, keyInputs, { status: null }, 'nothing'],
    [accessKey, keyInputs, { status: 'Inactive' }, 'update'],
    [accessKey, keyInputs, { user: 'media-b' }, 'replace'],

    [bucket, bucketInputs, { forceDestroy: true }, 'update'],
    [bucket, bucketInputs, { tags: { a: 'b' } }, 'update'],
    [bucket, bucketInputs, { bucket: 'other' }, 'replace'],
    [bucket, bucketInputs, { region: 'us-east-1' }, 'replace'],
    [bucket, bucketInputs, { region: null }, 'nothing'],

    [publicAccessBlock, blockInputs, { blockPublicAcls: false }, 'update'],
    [publicAccessBlock, blockInputs, { restrictPublicBuckets: true }, 'update'],
    [publicAccessBlock, blockInputs, { restrictPublicBuckets: false }, 'nothing'],
    [publicAccessBlock, blockInputs, { bucket: 'other' }, 'replace'],

    [ownershipControls, controlsInputs, { rule: { objectOwnership: 'ObjectWriter' } }, 'update'],
    [ownershipControls, controlsInputs, { bucket: 'other' }, 'replace'],
  ])('%s: %j with %j is %s', async (token, before, changed, decision) => {
    expect(await standIn.decision(token, { before, after: { ...before, ...changed } })).toBe(decision);
  });

  test('a value that only became secret is no change', async () => {
    const after = { ...userInputs, path: new Secret('/sluice/') };
    expect(await standIn.decision(user, { before: userInputs, after })).toBe('nothing');
  });

  test('computed outputs are no change', async () => {
    const state = { arn: 'arn:aws:iam::000000000000:user/media-a', uniqueId: 'id', tagsAll: {} };
    expect(await standIn.decision(user, { before: userInputs, after: userInputs, state })).toBe('nothing');
  });

  test('what somebody else set on an optional input is taken away', async () => {
    const state = { tags: { added: 'by hand' } };
    expect(await standIn.decision(user, { before: userInputs, after: userInputs, state })).toBe('update');
  });

  test('an attachment is deleted before it is made anew', async () => {
    const after = { ...userAttachmentInputs, user: 'media-b' };
    const response = await standIn.diff(userAttachment, { before: userAttachmentInputs, after });
    expect(response.getDeletebeforereplace()).toBe(true);
  });

  test('the engine is told the paths, which replace, and to create before it deletes', async () => {
    const after = { ...controlsInputs, bucket: 'other', rule: { objectOwnership: 'ObjectWriter' } };
    const response = await standIn.diff(ownershipControls, { before: controlsInputs, after });
    const kinds = messages.PropertyDiff.Kind;
    const details = response.getDetaileddiffMap();
    expect(response.toObject()).toMatchObject({
      hasdetaileddiff: true,
      deletebeforereplace: false,
      diffsList: ['bucket', 'rule'],
      replacesList: ['bucket'],
      stablesList: ['region'],
    });
    expect(details.get('bucket')?.getKind()).toBe(kinds.UPDATE_REPLACE);
    expect(details.get('rule.objectOwnership')?.getKind()).toBe(kinds.UPDATE);
  });
});

describe('X1: inputs of an aws resource are refused when', () => {
  test.each<[string, string, Properties, string]>([
    ['unknown', user, { name: 'u', nmae: 'x' }, "Invalid or unknown key. Examine values at 'thing.nmae'."],
    ['an output', user, { name: 'u', arn: 'x' }, "Invalid or unknown key. Examine values at 'thing.arn'."],
    ['of the wrong type', user, { name: ['u'] }, 'Expected a string, got a list'],
    ['text for a flag', user, { name: 'u', forceDestroy: 'true' }, 'Expected a boolean, got a string'],
    ['of the wrong type inside', user, { tags: { a: 1 } }, `Examine values at 'thing.tags["a"]'.`],
    [
      'missing',
      userPolicy,
      { user: 'u' },
      'Missing required argument. The argument "policy" is required, but no definition was found.',
    ],
    ['two that exclude each other', userPolicy, { user: 'u', policy, name: 'a', namePrefix: 'b' }, 'conflicts with'],
    ['a policy that is no JSON', userPolicy, { user: 'u', policy: '{' }, 'contains an invalid JSON policy'],
    ['a policy that is no object', userPolicy, { user: 'u', policy: '[]' }, 'contains an invalid JSON policy'],
    ['outside the set', accessKey, { user: 'u', status: 'Off' }, 'value must be one of: ["Active" "Inactive"]'],
    ['a PGP key', accessKey, { user: 'u', pgpKey: 'keybase:me' }, 'cannot encrypt'],
    ['a bucket name with capitals', bucket, { bucket: 'Media' }, 'only lowercase'],
    ['a deprecated inline property', bucket, { bucket: 'media', acl: 'private' }, 'use the resource of its own'],
    ['inline in a role', role, { assumeRolePolicy: widerTrust, managedPolicyArns: [] }, 'use the resource of its own'],
    ['a role without trust', role, { name: 'r' }, 'The argument "assumeRolePolicy" is required'],
    ['an attachment of nothing', roleAttachment, { role: 'r' }, 'The argument "policyArn" is required'],
    ['a pause between versions', managedPolicy, { policy, delayAfterPolicyCreationInMs: 1 }, 'does not wait'],
    ['a nested unknown', ownershipControls, { bucket: 'b', rule: { ownership: 'x' } }, "'thing.rule.ownership'"],
    ['a nested one missing', ownershipControls, { bucket: 'b', rule: {} }, '"objectOwnership" is required'],
  ])('%s', async (_, token, inputs, message) => {
    const { failures } = await standIn.check(token, inputs);
    expect(failures.join('\n')).toContain(message);
  });

  test('a secret value outside the set is not quoted', async () => {
    const { failures } = await standIn.check(accessKey, { user: 'u', status: new Secret('hunter2') });
    expect(failures).toEqual([expect.stringContaining('got: [secret]')]);
    expect(failures.join()).not.toContain('hunter2');
  });
});

describe('Check', () => {
  test('fills in defaults, all tags and the region, and says which names it filled', async () => {
    expect(await standIn.check(user, { name: 'media-a', tags: { a: 'b' } })).toEqual({
      failures: [],
      inputs: {
        name: 'media-a',
        path: '/',
        forceDestroy: false,
        tags: { a: 'b' },
        tagsAll: { team: 'media', a: 'b' },
        __defaults: ['forceDestroy', 'path'],
      },
    });
    const { inputs } = await standIn.check(bucket, { bucket: 'media' });
    expect(inputs).toMatchObject({ region: 'eu-west-1', tagsAll: { team: 'media' } });
  });

  test('keeps secrets secret and unknown values unknown', async () => {
    const { inputs } = await standIn.check(user, { name: unknownValue, path: new Secret('/hidden/') });
    expect(inputs['name']).toBe(unknownValue);
    expect(inputs['path']).toBeInstanceOf(Secret);
    const tagged = await standIn.check(user, { name: 'u', tags: { note: new Secret('hidden') } });
    expect(revealed(tagged.inputs['tagsAll'])).toEqual({ team: 'media', note: 'hidden' });
    expect((await standIn.check(user, { name: 'u', tags: { a: unknownValue } })).inputs['tagsAll']).toBe(unknownValue);
  });

  test('completes an absent name from the seed, and keeps it in every later deployment', async () => {
    const first = await standIn.check(user, {}, { seed: 'one' });
    expect(first.inputs['name']).toMatch(/^thing-[0-9a-f]{7}$/);
    expect(await standIn.check(user, {}, { seed: 'one' })).toEqual(first);
    expect((await standIn.check(user, {}, { seed: 'two' })).inputs['name']).not.toBe(first.inputs['name']);
    expect((await standIn.check(user, {}, { seed: 'two', olds: first.inputs })).inputs['name']).toBe(
      first.inputs['name'],
    );
  });

  test('makes no name where a prefix is given', async () => {
    const { inputs } = await standIn.check(userPolicy, { namePrefix: 'access-', user: 'u', policy });
    expect(inputs['name']).toBeUndefined();
  });

  test('takes a policy given as an object', async () => {
    const object = { Version: '2012-10-17', Statement: [statement] };
    const { inputs, failures } = await standIn.check(userPolicy, { user: 'u', name: 'n', policy: object });
    expect(failures).toEqual([]);
    expect(JSON.parse(text(inputs, 'policy'))).toEqual(object);
  });
});

describe('a preview', () => {
  test('knows the inputs and no computed output of a new resource', async () => {
    const { inputs } = await standIn.check(accessKey, { user: 'media-a' });
    const { id, outputs } = await standIn.create(accessKey, inputs, true);
    expect(id).toBe('');
    expect(outputs).toMatchObject({ user: 'media-a', status: 'Active', createDate: unknownValue });
    expect(revealed(outputs['secret'])).toBe(unknownValue);
  });

  test('keeps the outputs of an existing resource', async () => {
    const { inputs } = await standIn.check(accessKey, { user: 'media-a' });
    const state = { user: 'media-a', status: 'Active', createDate: 'then', secret: new Secret('s') };
    const resource = { id: 'key', inputs, outputs: state };
    const { outputs } = await standIn.change(accessKey, resource, { user: 'media-a', status: 'Inactive' }, true);
    expect(outputs).toMatchObject({ status: 'Inactive', createDate: 'then' });
    expect(outputs['secret']).toBeInstanceOf(Secret);
  });

  test('is the only time that an unknown value may reach a create', async () => {
    await expect(standIn.create(accessKey, { user: unknownValue })).rejects.toThrow(/"user" is not known/);
  });
});
