import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
  type BucketLocationConstraint,
  type DefaultRetention,
  type ObjectLockMode,
} from '@aws-sdk/client-s3';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { sweepLifecycles } from '../../../sandbox/s3/lifecycle-sweep.ts';
import { expiryRulesOf } from '../../../sandbox/s3/operations/bucket-lifecycle.ts';
import { endpointForEachTest } from './endpoint-for-each-test.ts';
import { element, sendSigned } from './raw-request.ts';
import { refusal } from './refusal.ts';

const here = endpointForEachTest();
let Bucket: string;

beforeEach(async () => {
  Bucket = 'locked';
  const LocationConstraint = here.endpoint.region as BucketLocationConstraint;
  const CreateBucketConfiguration = { LocationConstraint };
  await here.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true, CreateBucketConfiguration }));
});

const hourMs = 60 * 60 * 1000;
const inHours = (hours: number) => new Date(Date.now() + hours * hourMs);
const put = async (Key: string, more: object = {}) =>
  (await here.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))).VersionId ?? '';
const locked = (mode: ObjectLockMode, hours = 1) => ({
  ObjectLockMode: mode,
  ObjectLockRetainUntilDate: inHours(hours),
});
const remove = (VersionId: string | undefined, more: object = {}) =>
  here.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId, ...more }));
const retain = (Mode: ObjectLockMode, RetainUntilDate: Date, more: object = {}) =>
  here.s3.send(new PutObjectRetentionCommand({ Bucket, Key: 'a', Retention: { Mode, RetainUntilDate }, ...more }));
const hold = (Status: 'ON' | 'OFF') =>
  here.s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'a', LegalHold: { Status } }));
const configure = (DefaultRetention: DefaultRetention) => {
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule: { DefaultRetention } };
  return here.s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
};
const bypass = { BypassGovernanceRetention: true };
const denied = refusal('AccessDenied', 403);

describe('a bucket with Object Lock', () => {
  test('has versions, which cannot be suspended', async () => {
    expect((await here.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    const suspend = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } });
    await expect(here.s3.send(suspend)).rejects.toMatchObject(refusal('InvalidBucketState', 409));
  });

  test('gives back its default retention, which new objects get', async () => {
    const get = new GetObjectLockConfigurationCommand({ Bucket });
    expect((await here.s3.send(get)).ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' });
    await configure({ Mode: 'GOVERNANCE', Days: 2 });
    const { ObjectLockConfiguration } = await here.s3.send(get);
    expect(ObjectLockConfiguration?.Rule?.DefaultRetention).toEqual({ Mode: 'GOVERNANCE', Days: 2 });
    await put('a');
    const head = await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    expect(head.ObjectLockMode).toBe('GOVERNANCE');
    expect(head.ObjectLockRetainUntilDate?.getTime()).toBeGreaterThan(inHours(47).getTime());
    await here.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a` }));
    expect((await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).ObjectLockMode).toBe('GOVERNANCE');
  });

  test.each<[DefaultRetention, string]>([
    [{ Mode: 'GOVERNANCE', Days: 0 }, 'InvalidRetentionPeriod'],
    [{ Mode: 'COMPLIANCE', Years: -1 }, 'InvalidRetentionPeriod'],
    [{ Mode: 'GOVERNANCE', Days: 1, Years: 1 }, 'MalformedXML'],
    [{ Mode: 'GOVERNANCE' }, 'MalformedXML'],
    [{ Mode: 'OTHER' as ObjectLockMode, Days: 1 }, 'MalformedXML'],
  ])('refuses the default %o', async (retention, name) => {
    await expect(configure(retention)).rejects.toMatchObject(refusal(name, 400));
  });
});

describe('a bucket without Object Lock', () => {
  beforeEach(async () => {
    Bucket = 'plain';
    await here.endpoint.world.createBucket(Bucket, {});
  });

  test('knows no configuration, and gets one only with versions', async () => {
    const get = here.s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
    await expect(get).rejects.toMatchObject(refusal('ObjectLockConfigurationNotFoundError', 404));
    await expect(configure({ Mode: 'GOVERNANCE', Days: 1 })).rejects.toMatchObject(refusal('InvalidBucketState', 409));
    await here.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await configure({ Mode: 'GOVERNANCE', Days: 1 });
  });

  test('locks nothing', async () => {
    await put('a');
    const missing = refusal('InvalidRequest', 400);
    await expect(put('a', locked('GOVERNANCE'))).rejects.toMatchObject(missing);
    await expect(put('a', { ObjectLockLegalHoldStatus: 'ON' })).rejects.toMatchObject(missing);
    await expect(retain('GOVERNANCE', inHours(1))).rejects.toMatchObject(missing);
    await expect(hold('ON')).rejects.toMatchObject(missing);
    const get = here.s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'a' }));
    await expect(get).rejects.toMatchObject(missing);
  });
});

describe('a version under COMPLIANCE', () => {
  test('is deleted by nobody, while a delete marker may hide it and a new version follow it', async () => {
    const VersionId = await put('a', locked('COMPLIANCE'));
    await expect(remove(VersionId)).rejects.toMatchObject(denied);
    await expect(remove(VersionId, bypass)).rejects.toMatchObject(denied);
    const Delete = { Objects: [{ Key: 'a', VersionId }] };
    const { Errors } = await here.s3.send(new DeleteObjectsCommand({ Bucket, Delete, ...bypass }));
    expect(Errors?.map(({ Code }) => Code)).toEqual(['AccessDenied']);
    await put('a');
    expect((await remove(undefined)).DeleteMarker).toBe(true);
    expect(here.endpoint.world.version(Bucket, 'a', VersionId)).toBeDefined();
  });

  test('may be kept longer, never shorter nor under another mode', async () => {
    await put('a', locked('COMPLIANCE', 2));
    await retain('COMPLIANCE', inHours(3));
    await expect(retain('COMPLIANCE', inHours(1), bypass)).rejects.toMatchObject(denied);
    await expect(retain('GOVERNANCE', inHours(4), bypass)).rejects.toMatchObject(denied);
  });
});

describe('a version under GOVERNANCE', () => {
  test('is deleted by who bypasses it, and is permitted to', async () => {
    const VersionId = await put('a', locked('GOVERNANCE'));
    await expect(remove(VersionId)).rejects.toMatchObject(denied);
    here.allows = ({ headers = {} }) => headers['x-amz-bypass-governance-retention'] === undefined;
    await expect(remove(VersionId, bypass)).rejects.toMatchObject(denied);
    here.allows = () => true;
    await remove(VersionId, bypass);
    expect(here.endpoint.world.version(Bucket, 'a', VersionId)).toBeUndefined();
  });

  test('may be kept longer by anyone, shorter or not at all by who bypasses it', async () => {
    await put('a', locked('GOVERNANCE', 2));
    await retain('GOVERNANCE', inHours(3));
    await expect(retain('GOVERNANCE', inHours(1))).rejects.toMatchObject(denied);
    await retain('GOVERNANCE', inHours(1), bypass);
    await here.s3.send(new PutObjectRetentionCommand({ Bucket, Key: 'a', Retention: {}, ...bypass }));
    const get = here.s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'a' }));
    await expect(get).rejects.toMatchObject(refusal('NoSuchObjectLockConfiguration', 404));
  });
});

describe('a legal hold', () => {
  test('holds until it is taken off, whatever the retention', async () => {
    const VersionId = await put('a', { ObjectLockLegalHoldStatus: 'ON', ...locked('GOVERNANCE') });
    await expect(remove(VersionId, bypass)).rejects.toMatchObject(denied);
    expect((await here.s3.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'a' }))).LegalHold?.Status).toBe('ON');
    await hold('OFF');
    expect((await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).ObjectLockLegalHoldStatus).toBe('OFF');
    expect((await here.s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'a' }))).Retention?.Mode).toBe(
      'GOVERNANCE',
    );
    await remove(VersionId, bypass);
  });

  test('is unknown where nobody set one', async () => {
    await put('a');
    const get = here.s3.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'a' }));
    await expect(get).rejects.toMatchObject(refusal('NoSuchObjectLockConfiguration', 404));
  });
});

describe('locks travel', () => {
  test('with a multipart upload', async () => {
    const named = { Bucket, Key: 'a' };
    const { UploadId } = await here.s3.send(new CreateMultipartUploadCommand({ ...named, ...locked('COMPLIANCE') }));
    const { ETag } = await here.s3.send(new UploadPartCommand({ ...named, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    const done = await here.s3.send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }));
    await expect(remove(done.VersionId, bypass)).rejects.toMatchObject(denied);
  });

  test('to those only who may read them', async () => {
    await put('a', { ...locked('GOVERNANCE'), ObjectLockLegalHoldStatus: 'OFF' });
    here.allows = ({ operation }) => operation !== 'GetObjectRetention';
    const head = await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    expect([head.ObjectLockMode, head.ObjectLockLegalHoldStatus]).toEqual([undefined, 'OFF']);
  });

  test.each([
    ['a mode without a date', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
    ['a date without a mode', { 'x-amz-object-lock-retain-until-date': inHours(1).toISOString() }],
    [
      'an unknown mode',
      { 'x-amz-object-lock-mode': 'X', 'x-amz-object-lock-retain-until-date': inHours(1).toISOString() },
    ],
    [
      'a date that is over',
      { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': '2020-01-01T00:00:00Z' },
    ],
    ['an unknown hold', { 'x-amz-object-lock-legal-hold': 'MAYBE' }],
  ])('not as %s', async (_, headers) => {
    const answer = await sendSigned(here.endpoint, { method: 'PUT', path: `/${Bucket}/a`, headers, body: 'x' });
    expect([answer.status, element(answer.body, 'Code')]).toEqual([400, 'InvalidArgument']);
  });

  test('not with a body that nothing vouches for', async () => {
    const headers = { 'x-amz-object-lock-legal-hold': 'ON' };
    const answer = await sendSigned(here.endpoint, { method: 'PUT', path: `/${Bucket}/a`, headers, body: 'x' });
    expect([answer.status, element(answer.body, 'Code')]).toEqual([400, 'InvalidRequest']);
  });
});

describe('the decision on a retention', () => {
  test('sees mode, date and days left, which are in the body', async () => {
    await put('a');
    const seen: StorageRequest[] = [];
    here.allows = (request) => {
      seen.push(request);
      return request.headers?.['x-amz-object-lock-mode'] !== 'COMPLIANCE' && (request.retentionDays ?? 0) <= 10;
    };
    await retain('GOVERNANCE', inHours(24 * 9.5));
    expect(seen).toMatchObject([{ operation: 'PutObjectRetention', retentionDays: 10 }]);
    await expect(retain('GOVERNANCE', inHours(24 * 11))).rejects.toMatchObject(denied);
    await expect(retain('COMPLIANCE', inHours(48))).rejects.toMatchObject(denied);
    await expect(put('b', locked('GOVERNANCE', 24 * 11))).rejects.toMatchObject(denied);
  });
});

describe('a lifecycle', () => {
  test('leaves a version that is held, and takes the others', async () => {
    const held = await put('a', locked('COMPLIANCE', 24 * 30));
    const free = await put('a');
    await put('a');
    const NoncurrentVersionExpiration = { NoncurrentDays: 1 };
    const Rules = [{ Status: 'Enabled' as const, Filter: { Prefix: '' }, NoncurrentVersionExpiration }];
    await here.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    const { world } = here.endpoint;
    await sweepLifecycles({ world, rulesOf: (bucket) => expiryRulesOf(world, bucket), now: () => inHours(60) });
    expect(world.version(Bucket, 'a', free)).toBeUndefined();
    expect(world.version(Bucket, 'a', held)).toBeDefined();
  });
});
