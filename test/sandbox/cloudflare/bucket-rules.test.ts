import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { lockingRule } from '../../../sandbox/cloudflare/bucket-rules.ts';
import type { LockRule } from '../../../sandbox/cloudflare/bucket-rules.ts';
import { lockedWorld } from '../../../sandbox/cloudflare/locked-world.ts';
import { accountUnderTest, refusalOf } from './account-under-test.ts';
import type { AccountUnderTest } from './account-under-test.ts';
import { serveR2, type R2UnderTest } from './r2-under-test.ts';

let under: AccountUnderTest;
let r2: R2UnderTest;
let s3: S3Client;
beforeAll(async () => {
  under = await accountUnderTest();
  r2 = await serveR2(under, { world: lockedWorld(under.account, 'default', under.worlds.default) });
  s3 = r2.client();
});
afterAll(async () => {
  r2.destroyClients();
  await under.stop();
});

const at = (text: string) => new Date(text);

describe('R2: a lock rule holds an object', () => {
  const object = { key: 'logs/a', modifiedAt: at('2026-11-22T10:00:00Z') };
  const rule = (more: Partial<LockRule>): LockRule => ({
    id: 'rule',
    enabled: true,
    prefix: 'logs/',
    condition: { type: 'Indefinite' },
    ...more,
  });
  const holds = (more: Partial<LockRule>, now = '2026-11-22T10:00:30Z') =>
    lockingRule([rule(more)], object, at(now)) !== undefined;

  test('of its prefix, or of any where it names none', () => {
    expect(holds({})).toBe(true);
    expect(holds({ prefix: null })).toBe(true);
    expect(holds({ prefix: 'other/' })).toBe(false);
  });

  test('until it is old enough', () => {
    const condition = { type: 'Age' as const, maxAgeSeconds: 60 };
    expect(holds({ condition }, '2026-11-22T10:00:59Z')).toBe(true);
    expect(holds({ condition }, '2026-11-22T10:01:00Z')).toBe(false);
  });

  test('until its day', () => {
    const condition = { type: 'Date' as const, date: '2026-12-01T00:00:00Z' };
    expect(holds({ condition }, '2026-11-30T23:59:59Z')).toBe(true);
    expect(holds({ condition }, '2026-12-01T00:00:00Z')).toBe(false);
  });

  test('not while it is disabled', () => {
    expect(holds({ enabled: false })).toBe(false);
  });
});

describe('R2: locks that the API set are enforced on S3', () => {
  const Bucket = 'locked';
  const lock = (rules: LockRule[]) =>
    under.raw('PUT', `/accounts/${under.account_id}/r2/buckets/${Bucket}/lock`, {
      body: JSON.stringify({ rules }),
      headers: { 'content-type': 'application/json' },
    });
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const locked = { name: 'ObjectLockedByBucketPolicy', $metadata: { httpStatusCode: 403 } };
  beforeAll(async () => {
    await under.client.r2.buckets.create({ account_id: under.account_id, name: Bucket });
    for (const key of ['logs/a', 'free']) await put(key);
    await lock([{ id: 'keep logs', enabled: true, prefix: 'logs/', condition: { type: 'Indefinite' } }]);
  });

  test('a locked object can be neither overwritten, nor copied over, nor deleted', async () => {
    await expect(put('logs/a')).rejects.toMatchObject(locked);
    const copy = new CopyObjectCommand({ Bucket, Key: 'logs/a', CopySource: `${Bucket}/free` });
    await expect(s3.send(copy)).rejects.toMatchObject(locked);
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: 'logs/a' }))).rejects.toMatchObject(locked);
    const Delete = { Objects: [{ Key: 'logs/a' }, { Key: 'free' }] };
    const { Errors, Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect([Errors?.[0]?.Code, Deleted?.map(({ Key }) => Key)]).toEqual([locked.name, ['free']]);
    expect(under.worlds.default.object(Bucket, 'logs/a')).toBeDefined();
  });

  test('others and new ones are free, and the lock ends with its rule', async () => {
    await put('free');
    await put('free');
    await put('logs/new');
    await expect(put('logs/new')).rejects.toMatchObject(locked);
    await lock([]);
    await put('logs/a');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'logs/a' }));
  });
});

describe('R2: rules through the API', () => {
  const params = () => ({ account_id: under.account_id });
  beforeAll(() => under.client.r2.buckets.create({ ...params(), name: 'ruled' }));

  test('a new bucket aborts uploads after seven days, and has no lock and no CORS', async () => {
    const { lifecycle, locks, cors } = under.client.r2.buckets;
    expect((await lifecycle.get('ruled', params())).rules?.map(({ id }) => id)).toEqual([
      'Default Multipart Abort Rule',
    ]);
    expect((await locks.get('ruled', params())).rules).toEqual([]);
    expect(await refusalOf(cors.get('ruled', params()))).toMatchObject({ status: 404 });
  });

  test('come back as they were put, after a restart too, and go with their bucket', async () => {
    const { lifecycle, locks, cors } = under.client.r2.buckets;
    const deletion = {
      id: 'old',
      enabled: true,
      conditions: { prefix: 'tmp/' },
      deleteObjectsTransition: { condition: { type: 'Age' as const, maxAge: 86_400 } },
    };
    const rule = { allowed: { methods: ['GET' as const], origins: ['https://example.test'] }, maxAgeSeconds: 60 };
    const keep = { id: 'keep', enabled: true, condition: { type: 'Age' as const, maxAgeSeconds: 60 } };
    await lifecycle.update('ruled', { ...params(), rules: [deletion] });
    await locks.update('ruled', { ...params(), rules: [keep] });
    await cors.update('ruled', { ...params(), rules: [rule] });
    expect((await lifecycle.get('ruled', params())).rules).toEqual([deletion]);
    expect((await cors.get('ruled', params())).rules).toEqual([rule]);
    const [settings] = (await under.reopened()).state.bucketSettings.filter(({ bucket }) => bucket === 'ruled');
    expect(settings).toMatchObject({ lifecycleRules: [deletion], lockRules: [keep], corsRules: [rule] });
    await cors.delete('ruled', params());
    expect(await refusalOf(cors.get('ruled', params()))).toMatchObject({ status: 404 });
    await under.client.r2.buckets.delete('ruled', params());
    await under.client.r2.buckets.create({ ...params(), name: 'ruled' });
    expect((await locks.get('ruled', params())).rules).toEqual([]);
  });

  test('are refused where they are not understood', async () => {
    const put = async (resource: string, rules: unknown) =>
      (
        await under.raw('PUT', `/accounts/${under.account_id}/r2/buckets/ruled/${resource}`, {
          body: JSON.stringify({ rules }),
          headers: { 'content-type': 'application/json' },
        })
      ).status;
    const keep = { id: 'keep', enabled: true, condition: { type: 'Indefinite' } };
    expect(await put('lock', [{ ...keep, prefixes: ['a/'] }])).toBe(400);
    expect(await put('lock', [keep, keep])).toBe(400);
    expect(await put('lock', [{ ...keep, condition: { type: 'Forever' } }])).toBe(400);
    expect(await put('cors', [{ allowed: { methods: ['PATCH'], origins: ['*'] } }])).toBe(400);
    expect(await put('lifecycle', [{ id: 'a', enabled: true }])).toBe(400);
  });

  test('what the sandbox does not have is 501, never an empty success', async () => {
    const account = `/accounts/${under.account_id}`;
    for (const path of [`${account}/r2/metrics`, `${account}/event_notifications/r2/ruled/configuration`]) {
      expect(await under.raw('GET', path)).toMatchObject({ status: 501, body: { errors: [{ code: 7001 }] } });
    }
    const queue = `${account}/event_notifications/r2/ruled/configuration/queues/${'a'.repeat(32)}`;
    expect((await under.raw('DELETE', queue)).status).toBe(501);
  });
});
