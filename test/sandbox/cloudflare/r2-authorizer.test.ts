import { createHash } from 'node:crypto';
import { r2Authorizer } from '../../../sandbox/cloudflare/r2-authorizer.ts';
import type { R2Caller } from '../../../sandbox/cloudflare/r2-authorizer.ts';
import { accountUnderTest, bucketResource, groups, mint } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';

let under: AccountUnderTest;
beforeAll(async () => {
  under = await accountUnderTest();
});
afterAll(() => under.stop());

const identify = (accessKeyId: string, sessionToken?: string) =>
  r2Authorizer(under.account, 'default').identify(
    { accessKeyId, ...(sessionToken !== undefined && { sessionToken }) },
    under.clock.now,
  );
const callerOf = (accessKeyId: string): R2Caller => {
  const caller = identify(accessKeyId);
  if ('refused' in caller) throw new Error(caller.refused.message);
  return caller;
};

describe('R2: credentials derived from a token', () => {
  test('the key id is the token id, the secret the SHA-256 of its value', async () => {
    const { id = '', value = '' } = await mint(under, groups.itemRead, bucketResource(under.account_id, 'media'));
    expect(callerOf(id).secretAccessKey).toBe(createHash('sha256').update(value).digest('hex'));
  });

  test('a roll changes the secret at once', async () => {
    const { client, account_id } = under;
    const { id = '' } = await mint(under, groups.itemRead, bucketResource(account_id, 'media'));
    const before = callerOf(id).secretAccessKey;
    const value = await client.accounts.tokens.value.update(id, { account_id });
    expect(callerOf(id).secretAccessKey).not.toBe(before);
    expect(callerOf(id).secretAccessKey).toBe(createHash('sha256').update(value).digest('hex'));
  });

  test('an unknown, deleted, expired or not yet valid token is 401 Unauthorized', async () => {
    const { client, account_id, clock } = under;
    const unauthorized = { refused: { status: 401, code: 'Unauthorized', message: 'Unauthorized' } };
    const resources = bucketResource(account_id, 'media');
    expect(identify('f'.repeat(32))).toEqual(unauthorized);
    const deleted = await mint(under, groups.itemRead, resources);
    await client.accounts.tokens.delete(deleted.id ?? '', { account_id });
    expect(identify(deleted.id ?? '')).toEqual(unauthorized);
    const later = await mint(under, groups.itemRead, resources, { not_before: '2026-11-22T10:30:00Z' });
    expect(identify(later.id ?? '')).toEqual(unauthorized);
    const short = await mint(under, groups.itemRead, resources, { expires_on: '2026-11-22T11:00:00Z' });
    expect(callerOf(short.id ?? '').principal).toBe(`token ${short.id ?? ''}`);
    clock.now = new Date('2026-11-22T11:00:00Z');
    expect(identify(short.id ?? '')).toEqual(unauthorized);
    clock.now = new Date('2026-11-22T10:00:00Z');
  });

  test('a session token that is none is refused, though the key is good', async () => {
    const { id = '' } = await mint(under, groups.itemRead, bucketResource(under.account_id, 'media'));
    expect(identify(id, 'session')).toMatchObject({ refused: { status: 401 } });
  });
});

describe('R1: a token reaches its own buckets only', () => {
  const verdict = (
    accessKeyId: string,
    operation: 'GetObject' | 'PutObject' | 'CreateBucket',
    bucket: string,
    jurisdiction: 'default' | 'eu' = 'default',
  ) =>
    r2Authorizer(under.account, jurisdiction).authorize(
      callerOf(accessKeyId),
      { operation, bucket, key: 'a', secure: false, sourceIp: '127.0.0.1' },
      under.clock.now,
    ).verdict;

  test('by bucket, jurisdiction and group', async () => {
    const { id = '' } = await mint(under, groups.itemRead, bucketResource(under.account_id, 'media'));
    expect(verdict(id, 'GetObject', 'media')).toBe('allowed');
    expect(verdict(id, 'PutObject', 'media')).toBe('implicitly-denied');
    expect(verdict(id, 'GetObject', 'other')).toBe('implicitly-denied');
    expect(verdict(id, 'GetObject', 'media', 'eu')).toBe('implicitly-denied');
  });

  test('the administrator may do everything', () => {
    const administrator = under.account.tokenByValue(under.account.administratorToken())?.id ?? '';
    expect(verdict(administrator, 'PutObject', 'media')).toBe('allowed');
    expect(verdict(administrator, 'CreateBucket', 'new-bucket', 'eu')).toBe('allowed');
  });

  test('an address condition holds at the S3 endpoint too', async () => {
    const resources = bucketResource(under.account_id, 'media');
    const condition = { request_ip: { in: ['192.0.2.0/24'] } };
    const { id = '' } = await mint(under, groups.itemRead, resources, { condition });
    expect(verdict(id, 'GetObject', 'media')).toBe('explicitly-denied');
  });

  test('nobody comes in without a token', () => {
    const { verdict: anonymous } = r2Authorizer(under.account, 'default').authorize(
      undefined,
      { operation: 'GetObject', bucket: 'media', key: 'a', secure: false },
      under.clock.now,
    );
    expect(anonymous).toBe('implicitly-denied');
  });

  test('a use is remembered', async () => {
    const { id = '' } = await mint(under, groups.itemRead, bucketResource(under.account_id, 'media'));
    r2Authorizer(under.account, 'default').used?.(callerOf(id), under.clock.now);
    expect(under.account.lastUse(id)).toBe('2026-11-22T10:00:00.000Z');
  });
});
