import {
  CreateMultipartUploadCommand,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  type CORSRule,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import { lockedWorld } from '../../../sandbox/cloudflare/locked-world.ts';
import { r2ExpiryRules, ruledWorld } from '../../../sandbox/cloudflare/ruled-world.ts';
import { sweepLifecycles } from '../../../sandbox/s3/lifecycle-sweep.ts';
import type { DiskWorld } from '../../../sandbox/store/disk-world.ts';
import { accountUnderTest, refusalOf, type AccountUnderTest } from './account-under-test.ts';
import { serveR2, type R2UnderTest } from './r2-under-test.ts';

let under: AccountUnderTest;
let world: DiskWorld;
let r2: R2UnderTest;
let s3: S3Client;
let Bucket: string;
let count = 0;

beforeAll(async () => {
  under = await accountUnderTest();
  const { account, worlds } = under;
  world = ruledWorld(account, 'default', lockedWorld(account, 'default', worlds.default));
  r2 = await serveR2(under, { world });
  s3 = r2.client();
});
beforeEach(async () => {
  Bucket = `rules-${(count += 1)}`;
  await under.client.r2.buckets.create({ account_id: under.account_id, name: Bucket });
});
afterAll(async () => {
  r2.destroyClients();
  await under.stop();
});

const params = () => ({ account_id: under.account_id });
const putCors = (rule: CORSRule) =>
  s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
const putLifecycle = (rule: Partial<LifecycleRule>) =>
  s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules: [{ ID: 'rule', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, ...rule }] },
    }),
  );

describe('R2: CORS', () => {
  const onS3: CORSRule = {
    ID: 'app',
    AllowedMethods: ['GET', 'PUT'],
    AllowedOrigins: ['https://app.test'],
    AllowedHeaders: ['content-type'],
    ExposeHeaders: ['etag'],
    MaxAgeSeconds: 60,
  };
  const onApi = {
    id: 'app',
    allowed: { methods: ['GET' as const, 'PUT' as const], origins: ['https://app.test'], headers: ['content-type'] },
    exposeHeaders: ['etag'],
    maxAgeSeconds: 60,
  };

  test('is the same on S3 and in the API, whichever set it', async () => {
    const { cors } = under.client.r2.buckets;
    await putCors(onS3);
    expect((await cors.get(Bucket, params())).rules).toEqual([onApi]);
    await s3.send(new DeleteBucketCorsCommand({ Bucket }));
    expect(await refusalOf(cors.get(Bucket, params()))).toMatchObject({ status: 404 });
    await cors.update(Bucket, { ...params(), rules: [onApi] });
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual([onS3]);
  });

  test('answers a preflight', async () => {
    await under.client.r2.buckets.cors.update(Bucket, { ...params(), rules: [onApi] });
    const ask = (origin: string) =>
      fetch(`${r2.url}/${Bucket}/a`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT' },
      });
    expect((await ask('https://app.test')).headers.get('access-control-allow-methods')).toBe('GET, PUT');
    expect((await ask('https://other.test')).status).toBe(403);
  });

  test('is refused where the API would refuse it', async () => {
    await expect(putCors({ ...onS3, MaxAgeSeconds: 86_401 })).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

describe('R2: a lifecycle', () => {
  const sweep = (secondsAhead: number) =>
    sweepLifecycles({
      world,
      rulesOf: r2ExpiryRules(under.account, 'default', under.worlds.default),
      now: () => new Date(Date.now() + secondsAhead * 1000),
    });
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const keys = () => world.histories(Bucket, '', 10).map(({ key }) => key);

  test('is the same on S3 and in the API, the default rule of a new bucket included', async () => {
    const { lifecycle } = under.client.r2.buckets;
    const get = () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect((await get()).Rules).toMatchObject([{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }]);
    await putLifecycle({ Expiration: { Days: 2 }, Transitions: [{ Days: 1, StorageClass: 'STANDARD_IA' }] });
    const rule = {
      id: 'rule',
      enabled: true,
      conditions: { prefix: 'tmp/' },
      deleteObjectsTransition: { condition: { type: 'Age' as const, maxAge: 172_800 } },
      storageClassTransitions: [
        { condition: { type: 'Age' as const, maxAge: 86_400 }, storageClass: 'InfrequentAccess' as const },
      ],
    };
    expect((await lifecycle.get(Bucket, params())).rules).toEqual([rule]);
    await lifecycle.update(Bucket, { ...params(), rules: [{ ...rule, enabled: false }] });
    expect((await get()).Rules).toMatchObject([{ Status: 'Disabled', Expiration: { Days: 2 } }]);
  });

  test('deletes by the second, under its prefix only, and never what a lock holds', async () => {
    const condition = { type: 'Age' as const, maxAge: 60 };
    const rule = { id: 'tmp', enabled: true, conditions: { prefix: 'tmp/' }, deleteObjectsTransition: { condition } };
    await under.client.r2.buckets.lifecycle.update(Bucket, { ...params(), rules: [rule] });
    const lock = { id: 'hold', enabled: true, prefix: 'tmp/held', condition: { type: 'Indefinite' as const } };
    for (const key of ['tmp/a', 'tmp/held', 'b']) await put(key);
    await under.client.r2.buckets.locks.update(Bucket, { ...params(), rules: [lock] });
    await sweep(0);
    expect(keys()).toEqual(['b', 'tmp/a', 'tmp/held']);
    await sweep(61);
    expect(keys()).toEqual(['b', 'tmp/held']);
  });

  test('aborts after seven days what nobody finished', async () => {
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }));
    await sweep(7 * 86_400 - 60);
    expect(world.uploads(Bucket)).toHaveLength(1);
    await sweep(7 * 86_400 + 60);
    expect(world.uploads(Bucket)).toEqual([]);
  });

  test.each<[string, Partial<LifecycleRule>]>([
    ['tags', { Filter: { Tag: { Key: 'a', Value: 'b' } }, Expiration: { Days: 1 } }],
    ['versions', { NoncurrentVersionExpiration: { NoncurrentDays: 1 } }],
    ['another storage class', { Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }],
  ])('is not there for %s', async (_, rule) => {
    await expect(putLifecycle(rule)).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});
