import messages from '@pulumi/pulumi/proto/provider_pb.js';
import { type Properties, Secret, unknownValue } from '../../../../sandbox/stand-ins/provider/property-value.ts';
import { revealed, type StandIn, startStandIn } from '../stand-in-under-test.ts';
import {
  accountToken,
  application,
  customDomain,
  managedDomain,
  policy,
  r2Bucket,
  serviceToken,
} from './resource-types.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn('cloudflare', { CLOUDFLARE_API_TOKEN: 't'.repeat(40) });
  await standIn.configure({ baseUrl: 'http://127.0.0.1:1/client/v4' });
});
afterAll(() => standIn.stop());

const readGroup = '6a018a9f2fc74eb6b293b0c548f38b39';
const writeGroup = '2efd5506f9c8494dacb1fa10a3e7d5b6';
const grant = (group: string, bucket: string): Properties => ({
  effect: 'allow',
  permissionGroups: [{ id: group }],
  resources: JSON.stringify({ [`com.cloudflare.edge.r2.bucket.a_default_${bucket}`]: '*' }),
});
const includes = [{ emailDomain: { domain: 'example.test' } }, { email: { email: 'a@example.test' } }];

const tokenInputs = { accountId: 'a', name: 'media-a', policies: [grant(writeGroup, 'media')] };
const bucketInputs = { accountId: 'a', name: 'media' };
const domainInputs = { accountId: 'a', bucketName: 'media', domain: 'files.example.test', zoneId: 'z', enabled: true };
const managedInputs = { accountId: 'a', bucketName: 'media', enabled: false };
const policyInputs = { accountId: 'a', name: 'staff', decision: 'allow', includes };
const applicationInputs = {
  accountId: 'a',
  name: 'files',
  type: 'self_hosted',
  domain: 'files.example.test',
  destinations: [{ uri: 'files.example.test' }],
  policies: [{ id: 'one', precedence: 1 }, { id: 'two' }],
};
const serviceTokenInputs = { accountId: 'a', name: 'reader' };

describe('X1: a changed property of a cloudflare resource', () => {
  test.each<[string, Properties, Properties, string]>([
    [accountToken, tokenInputs, {}, 'nothing'],
    [accountToken, tokenInputs, { name: 'media-b' }, 'update'],
    [accountToken, tokenInputs, { expiresOn: '2030-01-01T00:00:00Z' }, 'update'],
    [accountToken, { ...tokenInputs, expiresOn: '2030-01-01T00:00:00Z' }, { expiresOn: null }, 'update'],
    [accountToken, tokenInputs, { policies: [grant(readGroup, 'media')] }, 'update'],
    [accountToken, tokenInputs, { policies: [grant(writeGroup, 'other')] }, 'update'],
    [accountToken, tokenInputs, { condition: { requestIp: { ins: ['10.0.0.0/8'] } } }, 'update'],
    [accountToken, { ...tokenInputs, status: 'active' }, { status: null }, 'nothing'],
    [accountToken, tokenInputs, { accountId: 'b' }, 'replace'],

    [r2Bucket, bucketInputs, {}, 'nothing'],
    [r2Bucket, bucketInputs, { jurisdiction: 'default', storageClass: 'Standard' }, 'nothing'],
    [r2Bucket, bucketInputs, { storageClass: 'InfrequentAccess' }, 'update'],
    [r2Bucket, bucketInputs, { jurisdiction: 'eu' }, 'update'],
    [r2Bucket, { ...bucketInputs, location: 'weur' }, { location: 'apac' }, 'nothing'],
    [r2Bucket, bucketInputs, { name: 'other' }, 'replace'],
    [r2Bucket, bucketInputs, { accountId: 'b' }, 'replace'],

    [customDomain, domainInputs, { enabled: false }, 'update'],
    [customDomain, domainInputs, { minTls: '1.2' }, 'update'],
    [customDomain, domainInputs, { jurisdiction: 'eu' }, 'update'],
    [customDomain, domainInputs, { domain: 'other.example.test' }, 'replace'],
    [customDomain, domainInputs, { bucketName: 'other' }, 'replace'],
    [customDomain, domainInputs, { zoneId: 'y' }, 'replace'],

    [managedDomain, managedInputs, { enabled: true }, 'update'],
    [managedDomain, managedInputs, { bucketName: 'other' }, 'replace'],

    [policy, policyInputs, { sessionDuration: '24h' }, 'nothing'],
    [policy, policyInputs, { includes: includes.toReversed() }, 'nothing'],
    [policy, policyInputs, { includes: [{ everyone: {} }] }, 'update'],
    [policy, policyInputs, { decision: 'deny' }, 'update'],
    [policy, policyInputs, { name: 'other' }, 'update'],
    [policy, policyInputs, { accountId: 'b' }, 'replace'],

    [application, applicationInputs, { policies: [{ id: 'one' }, { id: 'two', precedence: 2 }] }, 'nothing'],
    [application, applicationInputs, { policies: [{ id: 'two' }, { id: 'one' }] }, 'update'],
    [application, applicationInputs, { destinations: [{ type: 'public', uri: 'files.example.test' }] }, 'nothing'],
    [application, applicationInputs, { destinations: [{ uri: 'other.example.test' }] }, 'update'],
    [application, applicationInputs, { domain: 'other.example.test' }, 'update'],
    [application, applicationInputs, { domain: null }, 'nothing'],
    [application, { ...applicationInputs, allowedIdps: ['a', 'b'] }, { allowedIdps: ['b', 'a'] }, 'nothing'],
    [application, applicationInputs, { accountId: null, zoneId: 'z' }, 'replace'],

    [serviceToken, serviceTokenInputs, { duration: '8760h', clientSecretVersion: 1 }, 'nothing'],
    [serviceToken, serviceTokenInputs, { duration: '24h' }, 'update'],
    [serviceToken, serviceTokenInputs, { clientSecretVersion: 2, previousClientSecretExpiresAt: 'now' }, 'update'],
    [serviceToken, serviceTokenInputs, { name: 'other' }, 'update'],
    [serviceToken, serviceTokenInputs, { accountId: 'b' }, 'replace'],
  ])('%s: %j with %j is %s', async (token, before, changed, decision) => {
    expect(await standIn.decision(token, { before, after: { ...before, ...changed } })).toBe(decision);
  });

  test('a hostname is found in the paths, so that replaceOnChanges can name it', async () => {
    const destinations = [{ uri: 'other.example.test' }];
    const after = { ...applicationInputs, domain: 'other.example.test', destinations };
    const response = await standIn.diff(application, { before: applicationInputs, after });
    expect(response.getDiffsList().toSorted()).toEqual(['destinations', 'domain']);
    const details = response.getDetaileddiffMap();
    expect(details.get('destinations[0].uri')?.getKind()).toBe(messages.PropertyDiff.Kind.UPDATE);
    expect(details.has('domain')).toBe(true);
  });

  test('what somebody else set on an optional input is taken away; what is empty is not', async () => {
    const change = { before: tokenInputs, after: tokenInputs };
    const state = { expiresOn: '2030-01-01T00:00:00Z' };
    expect(await standIn.decision(accountToken, { ...change, state })).toBe('update');
    const nothing = {
      before: applicationInputs,
      after: applicationInputs,
      state: { skipInterstitial: false, tags: [] },
    };
    expect(await standIn.decision(application, nothing)).toBe('nothing');
  });
});

describe('X1: inputs of a cloudflare resource are refused when', () => {
  const oneRule = [{ email: { email: 'a@example.test' }, everyone: {} }];
  test.each<[string, string, Properties, string]>([
    [
      'unknown',
      r2Bucket,
      { ...bucketInputs, bucket: 'x' },
      "Invalid or unknown key. Examine values at 'thing.bucket'.",
    ],
    ['missing', accountToken, { accountId: 'a', name: 'n' }, 'The argument "policies" is required'],
    ['of the wrong type', managedDomain, { ...managedInputs, enabled: 'yes' }, 'Expected a boolean, got a string'],
    ['outside the set', policy, { ...policyInputs, decision: 'permit' }, 'value must be one of: ["allow" "deny"'],
    ['of no jurisdiction', r2Bucket, { ...bucketInputs, jurisdiction: 'mars' }, 'value must be one of: ["default"'],
    [
      'wrong deep inside',
      accountToken,
      { ...tokenInputs, policies: [{ effect: 'allow', permissionGroups: [{ name: 'x' }], resources: '{}' }] },
      "Examine values at 'thing.policies[0].permissionGroups[0].name'.",
    ],
    [
      'resources that are no JSON object',
      accountToken,
      { ...tokenInputs, policies: [{ effect: 'allow', permissionGroups: [], resources: '"*"' }] },
      "Examine values at 'thing.policies[0].resources'.",
    ],
    ['two selectors in one rule', policy, { ...policyInputs, includes: oneRule }, 'at most 1 selector, got: 2'],
    ['an unknown selector', policy, { ...policyInputs, includes: [{ phone: {} }] }, "'thing.includes[0].phone'"],
    ['both owners', application, { ...applicationInputs, zoneId: 'z' }, '[account_id,zone_id]'],
    ['no owner', serviceToken, { name: 'reader' }, '[account_id,zone_id]'],
    [
      'a reference that is also written out',
      application,
      { ...applicationInputs, policies: [{ id: 'one', includes }] },
      '[id,include]',
    ],
    [
      'an inline policy without a decision',
      application,
      { ...applicationInputs, policies: [{ includes }] },
      '"decision" and "include" must be specified together',
    ],
    [
      'a precedence below one',
      application,
      { ...applicationInputs, policies: [{ id: 'one', precedence: 0 }] },
      'value must be at least 1',
    ],
    [
      'both ways to say the domain',
      application,
      { ...applicationInputs, selfHostedDomains: ['files.example.test'] },
      '"self_hosted_domains" cannot be specified',
    ],
    ['no duration', application, { ...applicationInputs, sessionDuration: '1 day' }, 'valid units'],
    [
      'a new secret without an end for the old one',
      serviceToken,
      { ...serviceTokenInputs, clientSecretVersion: 2 },
      '"previousClientSecretExpiresAt" must be specified',
    ],
  ])('%s', async (_, token, inputs, message) => {
    expect((await standIn.check(token, inputs)).failures.join('\n')).toContain(message);
  });

  test.each<[string, string, Properties]>([
    ['a value of a set in other case', policy, { ...policyInputs, decision: 'Allow' }],
    ['values that are not known yet', accountToken, { accountId: unknownValue, name: 'n', policies: unknownValue }],
    ['a secret', accountToken, { ...tokenInputs, name: new Secret('n') }],
  ])('but not: %s', async (_, token, inputs) => {
    expect((await standIn.check(token, inputs)).failures).toEqual([]);
  });

  test('defaults are planned with and not stored', async () => {
    expect((await standIn.check(r2Bucket, bucketInputs)).inputs).toEqual(bucketInputs);
    const { outputs } = await standIn.create(r2Bucket, bucketInputs, true);
    expect(outputs).toMatchObject({ jurisdiction: 'default', storageClass: 'Standard', creationDate: unknownValue });
  });
});

describe('S5: a preview of', () => {
  const state = { ...tokenInputs, value: new Secret('v'), status: 'active', modifiedOn: 'then' };

  test('a renamed token keeps its secret known and the rest unknown', async () => {
    const resource = { id: 'id', inputs: tokenInputs, outputs: state };
    const { outputs } = await standIn.change(accountToken, resource, { ...tokenInputs, name: 'media-b' }, true);
    expect(outputs).toMatchObject({ name: 'media-b', modifiedOn: unknownValue, status: unknownValue });
    expect(revealed(outputs['value'])).toBe('v');
  });

  test.each([
    [
      'a raised version does not know the new secret',
      { clientSecretVersion: 2, previousClientSecretExpiresAt: 'soon' },
      true,
    ],
    ['anything else does', { name: 'other' }, false],
  ])('a service token: %s', async (_, changed, isNew) => {
    const outputs = { ...serviceTokenInputs, clientId: 'id', clientSecret: new Secret('s') };
    const resource = { id: 'id', inputs: serviceTokenInputs, outputs };
    const planned = await standIn.change(serviceToken, resource, { ...serviceTokenInputs, ...changed }, true);
    expect(planned.outputs).toMatchObject({ clientId: 'id' });
    expect(revealed(planned.outputs['clientSecret'])).toBe(isNew ? unknownValue : 's');
  });
});
