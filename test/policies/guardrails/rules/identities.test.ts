import { keyBesideRole } from '../../../../policies/guardrails/rules/key-beside-role.ts';
import { masterIdentity } from '../../../../policies/guardrails/rules/master-identity.ts';
import { publicAccessBlock } from '../../../../policies/guardrails/rules/public-access-block.ts';
import { aResource, aStackResource, saysOf, saysOfStack } from '../fixtures/resources.ts';

const accessKey = 'aws:iam/accessKey:AccessKey';

describe('S4: root and master identities are refused', () => {
  test.each([
    ['a key without a user', aResource(accessKey), /names no user/],
    ['a key of root', aResource(accessKey, { user: 'root' }), /belongs to root/],
    ['a policy on root', aResource('aws:iam/userPolicy:UserPolicy', { user: '<root_account>' }), /user root/],
    [
      'the Global API Key in the program',
      aResource('pulumi:providers:cloudflare', { email: 'a@example.com', apiKey: 'hunter2' }),
      /Global API Key$/,
    ],
    [
      'the Global API Key behind a resource',
      aResource('cloudflare:index/r2Bucket:R2Bucket', {}, { provider: { apiKey: 'hunter2' } }),
      /Global API Key$/,
    ],
  ])('%s', (_case, resource, what) => {
    const says = saysOf(masterIdentity, resource);
    expect(says).toEqual([expect.stringMatching(what)]);
    expect(says.join()).not.toContain('hunter2');
  });

  test.each([
    ['a key of a user', aResource(accessKey, { user: 'sluice-prod-media-source-a' })],
    ['a user whose name holds the word', aResource('aws:iam/user:User', { name: 'root-cause-bot' })],
    ['an API token', aResource('cloudflare:index/r2Bucket:R2Bucket', {}, { provider: { apiToken: 'hunter2' } })],
  ])('but not %s', (_case, resource) => {
    expect(saysOf(masterIdentity, resource)).toEqual([]);
  });
});

describe('S4: a bucket without its public access block is refused', () => {
  const bucket = aStackResource('aws:s3/bucket:Bucket', { bucket: 'media' }, { name: 'media' });
  const all = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
  const block = (properties: Record<string, unknown>, more = {}) =>
    aStackResource('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', properties, more);

  test.each([
    ['no block', [], ['bucket media has no public access block']],
    ['the block of another bucket', [block({ ...all, bucket: 'other' })], ['bucket media has no public access block']],
    [
      'a block with one left out',
      [block({ ...all, bucket: 'media', blockPublicPolicy: undefined })],
      ['blockPublicPolicy is off for bucket media'],
    ],
  ])('%s', (_case, blocks, says) => {
    expect(saysOfStack(publicAccessBlock, [bucket, ...blocks])).toEqual(says);
  });

  test.each([
    ['by its name', block({ ...all, bucket: 'media' })],
    ['by reference', block({ ...all }, { propertyDependencies: { bucket: [bucket.urn] } })],
  ])('but not one whose block names it %s', (_case, own) => {
    expect(saysOfStack(publicAccessBlock, [bucket, own])).toEqual([]);
  });
});

describe('S8: a static key beside a role is pointed out', () => {
  const policy = (bucket: string) =>
    JSON.stringify({ Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/x/*` } });
  const key = aStackResource(accessKey, { user: 'media-user' });
  const ofUser = aStackResource('aws:iam/userPolicy:UserPolicy', { user: 'media-user', policy: policy('media') });
  const ofRole = (bucket: string) =>
    aStackResource('aws:iam/rolePolicy:RolePolicy', { role: 'media-role', policy: policy(bucket) });

  test('where both reach the same bucket', () => {
    expect(saysOfStack(keyBesideRole, [key, ofUser, ofRole('media')])).toEqual([
      'user media-user has a static key for media, which role media-role reaches too',
    ]);
    expect(keyBesideRole.level).toBe('advisory');
  });

  test('where managed policies are what both hold', () => {
    const managed = aStackResource('aws:iam/policy:Policy', { policy: policy('media') });
    const references = { propertyDependencies: { policyArn: [managed.urn] } };
    const toUser = aStackResource(
      'aws:iam/userPolicyAttachment:UserPolicyAttachment',
      { user: 'media-user' },
      references,
    );
    const toRole = aStackResource(
      'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
      { role: 'media-role' },
      references,
    );
    expect(saysOfStack(keyBesideRole, [key, managed, toUser, toRole])).toEqual([
      'user media-user has a static key for media, which role media-role reaches too',
    ]);
    expect(saysOfStack(keyBesideRole, [key, managed, toRole])).toEqual([]);
  });

  test('but not where they reach different ones, nor without a key', () => {
    expect(saysOfStack(keyBesideRole, [key, ofUser, ofRole('other')])).toEqual([]);
    expect(saysOfStack(keyBesideRole, [ofUser, ofRole('media')])).toEqual([]);
  });
});
