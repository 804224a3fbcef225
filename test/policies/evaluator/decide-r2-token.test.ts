import { decideR2Token } from '../../../policies/evaluator/decide-r2-token.ts';
import {
  type R2PermissionGroup,
  r2PermissionGroups,
  type R2TokenPolicy,
} from '../../../policies/evaluator/r2-token.ts';
import type { StorageOperation, StorageRequest } from '../../../policies/storage-request.ts';

const account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const other = 'f9e8d7c6b5a493827160f5e4d3c2b1a0';
const place = { accountId: account, jurisdiction: 'default' } as const;

const bucketKey = (bucket: string, jurisdiction = 'default', owner = account) =>
  `com.cloudflare.edge.r2.bucket.${owner}_${jurisdiction}_${bucket}`;
const accountKey = (id = account) => `com.cloudflare.api.account.${id}`;
const oneBucket = { [bucketKey('media')]: '*' };
const everyBucket = { [accountKey()]: { 'com.cloudflare.edge.r2.bucket.*': '*' } };
const wholeAccount = { [accountKey()]: '*' };

function policy(
  group: R2PermissionGroup,
  resources: R2TokenPolicy['resources'],
  effect: 'allow' | 'deny' = 'allow',
): R2TokenPolicy {
  return { effect, permissionGroups: [{ id: r2PermissionGroups[group].id }], resources };
}

const call = (operation: StorageOperation, bucket = 'media'): StorageRequest => ({
  operation,
  bucket,
  key: 'k',
  secure: true,
});
const verdict = (request: StorageRequest, ...policies: readonly R2TokenPolicy[]) =>
  decideR2Token(policies, request, place).verdict;

/** Cloudflare R2, "API tokens: permissions"; one call for each column of its table. */
describe('R5: what each permission group lets its holder do', () => {
  const calls = [
    'ListBuckets',
    'CreateBucket',
    'DeleteBucket',
    'GetBucketCors',
    'PutBucketCors',
    'HeadBucket',
    'GetBucketLocation',
    'ListObjectsV2',
    'GetObject',
    'ListMultipartUploads',
    'PutObject',
    'DeleteObject',
    'CreateMultipartUpload',
    'AbortMultipartUpload',
  ] as const satisfies readonly StorageOperation[];
  const objectReads = ['GetBucketLocation', 'ListObjectsV2', 'GetObject', 'ListMultipartUploads'];
  const objectWrites = ['PutObject', 'DeleteObject', 'CreateMultipartUpload', 'AbortMultipartUpload'];

  test.each([
    ['storageWrite', wholeAccount, calls],
    ['storageRead', wholeAccount, ['ListBuckets', 'GetBucketCors', 'HeadBucket', ...objectReads]],
    ['bucketItemWrite', oneBucket, [...objectReads, ...objectWrites]],
    ['bucketItemRead', oneBucket, objectReads],
  ] as const)('%s', (group, resources, allowed) => {
    const found = calls.filter((operation) => verdict(call(operation), policy(group, resources)) === 'allowed');
    expect(found).toEqual(allowed);
  });
});

describe('R4: where a group reaches', () => {
  test.each<[string, R2PermissionGroup, R2TokenPolicy['resources'], boolean]>([
    ['its bucket', 'bucketItemRead', oneBucket, true],
    ['all buckets, inside the account', 'bucketItemRead', everyBucket, true],
    ['a bucket, inside the account', 'bucketItemRead', { [accountKey()]: oneBucket }, true],
    ['the account', 'storageRead', wholeAccount, true],
    ['every account', 'storageRead', { 'com.cloudflare.api.account.*': '*' }, true],
    ['another bucket', 'bucketItemRead', { [bucketKey('media-2')]: '*' }, false],
    ['another jurisdiction', 'bucketItemRead', { [bucketKey('media', 'eu')]: '*' }, false],
    ['another account', 'bucketItemRead', { [bucketKey('media', 'default', other)]: '*' }, false],
    [
      'all buckets of another account',
      'bucketItemRead',
      { [accountKey(other)]: { 'com.cloudflare.edge.r2.bucket.*': '*' } },
      false,
    ],
    ['the wildcard outside its account', 'bucketItemRead', { 'com.cloudflare.edge.r2.bucket.*': '*' }, false],
    ['an object group on an account', 'bucketItemRead', wholeAccount, false],
    ['an admin group on a bucket', 'storageRead', oneBucket, false],
    ['a value that is no *', 'bucketItemRead', { [bucketKey('media')]: 'all' }, false],
  ])('%s: %p', (_case, group, resources, allowed) => {
    expect(verdict(call('GetObject'), policy(group, resources))).toBe(allowed ? 'allowed' : 'implicitly-denied');
  });

  test('an unknown group does nothing, beside one that does', () => {
    const unknown = { ...policy('bucketItemRead', oneBucket), permissionGroups: [{ id: '0'.repeat(32) }] };
    expect(verdict(call('GetObject'), unknown)).toBe('implicitly-denied');
    expect(verdict(call('GetObject'), unknown, policy('bucketItemRead', oneBucket))).toBe('allowed');
  });
});

describe('a deny beats an allow', () => {
  test('wherever it stands', () => {
    const allow = policy('bucketItemWrite', everyBucket);
    const deny = policy('bucketItemWrite', oneBucket, 'deny');
    expect(verdict(call('PutObject'), allow, deny)).toBe('explicitly-denied');
    expect(verdict(call('PutObject'), deny, allow)).toBe('explicitly-denied');
    expect(verdict(call('PutObject', 'other'), allow, deny)).toBe('allowed');
  });

  test('for what its group covers', () => {
    const allow = policy('bucketItemWrite', oneBucket);
    const deny = policy('bucketItemRead', oneBucket, 'deny');
    expect(verdict(call('GetObject'), allow, deny)).toBe('explicitly-denied');
    expect(verdict(call('PutObject'), allow, deny)).toBe('allowed');
  });
});

describe('a copy reads its source', () => {
  const copy = (bucket: string) => ({ ...call('CopyObject'), copySource: { bucket, key: 'k' } });

  test('which the token must cover too', () => {
    expect(verdict(copy('media'), policy('bucketItemWrite', oneBucket))).toBe('allowed');
    expect(verdict(copy('other'), policy('bucketItemWrite', oneBucket))).toBe('implicitly-denied');
    expect(verdict(copy('other'), policy('bucketItemWrite', everyBucket))).toBe('allowed');
  });
});

test('the reason names the call, the bucket and the group', () => {
  expect(decideR2Token([policy('bucketItemRead', oneBucket)], call('GetObject'), place).because).toBe(
    'GetObject on media: permission group "Workers R2 Storage Bucket Item Read"',
  );
  expect(decideR2Token([], call('PutObject'), place).because).toBe(
    'PutObject on media: no permission group of the token lets it write',
  );
});
