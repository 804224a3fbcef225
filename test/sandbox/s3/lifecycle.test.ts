import { createHash } from 'node:crypto';
import {
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { sweepLifecycles } from '../../../sandbox/s3/lifecycle-sweep.ts';
import { expiryRulesOf } from '../../../sandbox/s3/operations/bucket-lifecycle.ts';
import { endpointForEachTest } from './endpoint-for-each-test.ts';
import { element, sendSigned } from './raw-request.ts';

const Bucket = 'lifecycle';
const here = endpointForEachTest(Bucket);
const clock = { daysAhead: 0 };
const dayMs = 24 * 60 * 60 * 1000;
const ahead = () => new Date(Date.now() + clock.daysAhead * dayMs);

beforeEach(() => {
  clock.daysAhead = 0;
});

const putRules = (...rules: Partial<LifecycleRule>[]) =>
  here.s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules: rules.map((rule) => ({ Status: 'Enabled', Filter: { Prefix: '' }, ...rule })) },
    }),
  );
const put = (Key: string, more: object = {}) => here.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
const sweep = (daysAhead: number) => {
  clock.daysAhead = daysAhead;
  const { world } = here.endpoint;
  return sweepLifecycles({ world, rulesOf: (bucket) => expiryRulesOf(world, bucket), now: ahead });
};
const keys = () => here.endpoint.world.histories(Bucket, '', 1000).map(({ key }) => key);

describe('a lifecycle configuration', () => {
  test('comes back as it was put, with an id for each rule, and goes', async () => {
    const get = () => here.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' });
    const full: LifecycleRule = {
      ID: 'full',
      Status: 'Disabled',
      Filter: { And: { Prefix: 'logs/', Tags: [{ Key: 'a', Value: 'b' }], ObjectSizeGreaterThan: 10 } },
      Expiration: { Days: 30 },
      Transitions: [{ Days: 5, StorageClass: 'GLACIER' }],
      NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 },
    };
    const { TransitionDefaultMinimumObjectSize: size } = await putRules(full, { Expiration: { Days: 1 } });
    expect(size).toBe('all_storage_classes_128K');
    const { Rules = [] } = await get();
    expect(Rules[0]).toEqual(full);
    expect(Rules[1]).toMatchObject({ ID: expect.stringMatching(/./) as string, Expiration: { Days: 1 } });
    await here.s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' });
  });

  const tags = { Tag: { Key: 'a', Value: 'b' } };
  test.each<[string, Partial<LifecycleRule>, string]>([
    ['no action', {}, 'InvalidRequest'],
    ['no days', { Expiration: { Days: 0 } }, 'InvalidArgument'],
    ['negative days', { Expiration: { Days: -1 } }, 'InvalidArgument'],
    ['a date within a day', { Expiration: { Date: new Date('2030-01-01T01:00:00Z') } }, 'InvalidArgument'],
    ['days and a date', { Expiration: { Days: 1, Date: new Date('2030-01-01') } }, 'MalformedXML'],
    ['a long id', { ID: 'i'.repeat(256), Expiration: { Days: 1 } }, 'InvalidArgument'],
    ['uploads by tag', { Filter: tags, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }, 'InvalidRequest'],
    ['markers by tag', { Filter: tags, Expiration: { ExpiredObjectDeleteMarker: true } }, 'InvalidRequest'],
    ['another status', { Status: 'enabled' as 'Enabled', Expiration: { Days: 1 } }, 'MalformedXML'],
  ])('is refused with %s', async (_, rule, name) => {
    await expect(putRules(rule)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  test('is refused with two rules of one id, with an unknown element, and without a checksum', async () => {
    const rule = { ID: 'same', Expiration: { Days: 1 } };
    await expect(putRules(rule, rule)).rejects.toMatchObject({ name: 'InvalidArgument' });
    const body = '<LifecycleConfiguration><Rule/></LifecycleConfiguration>';
    const { status, body: answer } = await sendSigned(here.endpoint, {
      method: 'PUT',
      path: `/${Bucket}?lifecycle`,
      body,
    });
    expect([status, element(answer, 'Code')]).toEqual([400, 'InvalidRequest']);
  });

  test('may have the older form, a prefix without filter', async () => {
    const body =
      '<LifecycleConfiguration><Rule><ID>older</ID><Prefix>a/</Prefix><Status>Enabled</Status>' +
      '<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>';
    const path = `/${Bucket}?lifecycle=`;
    const putXml = (xml: string) => {
      const headers = { 'content-md5': createHash('md5').update(xml).digest('base64') };
      return sendSigned(here.endpoint, { method: 'PUT', path, headers, body: xml });
    };
    const both = await putXml(body.replace('<Prefix>', '<Filter/><Prefix>'));
    expect([both.status, element(both.body, 'Code')]).toEqual([400, 'MalformedXML']);
    expect((await putXml(body)).status).toBe(200);
    expect(element((await sendSigned(here.endpoint, { path })).body, 'Prefix')).toBe('a/');
    expect(expiryRulesOf(here.endpoint.world, Bucket)).toMatchObject([{ filter: { prefix: 'a/' } }]);
  });
});

describe('a sweep', () => {
  test('deletes what is old enough and in the filter, and says before when that will be', async () => {
    await putRules({ ID: 'tmp rule', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 3 } });
    expect((await put('tmp/a')).Expiration).toMatch(/^expiry-date="\w{3}, .* 00:00:00 GMT", rule-id="tmp%20rule"$/);
    expect((await put('kept')).Expiration).toBeUndefined();
    expect((await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'tmp/a' }))).Expiration).toMatch(/tmp%20rule/);
    await sweep(2.9);
    expect(keys()).toEqual(['kept', 'tmp/a']);
    await sweep(4.1);
    expect(keys()).toEqual(['kept']);
  });

  test('deletes on a date, by tag and by size, and not by a disabled rule', async () => {
    await putRules(
      { Filter: { Tag: { Key: 'keep', Value: 'no' } }, Expiration: { Days: 1 } },
      { Filter: { ObjectSizeLessThan: 1 }, Expiration: { Date: new Date('2020-01-01') } },
      { Status: 'Disabled', Expiration: { Days: 1 } },
    );
    await put('tagged', { Tagging: 'keep=no' });
    await put('otherwise', { Tagging: 'keep=yes' });
    await put('empty', { Body: Buffer.alloc(0) });
    await sweep(0);
    expect(keys()).toEqual(['otherwise', 'tagged']);
    await sweep(2.1);
    expect(keys()).toEqual(['otherwise']);
  });

  test('hides current versions under a marker, forgets old ones, and then the marker', async () => {
    await here.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await put('a');
    await put('a');
    await putRules({ Expiration: { Days: 3 }, NoncurrentVersionExpiration: { NoncurrentDays: 1 } });
    await sweep(2.1);
    const shown = await here.s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect([shown.Versions?.length, shown.DeleteMarkers]).toEqual([1, undefined]);
    await sweep(4.1);
    const hidden = await here.s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect([hidden.Versions?.length, hidden.DeleteMarkers?.length]).toEqual([1, 1]);
    await sweep(4.2);
    await sweep(4.3);
    expect(keys()).toEqual([]);
  });

  test('aborts uploads that nobody finished', async () => {
    await putRules({ Filter: { Prefix: 'up/' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } });
    for (const Key of ['up/a', 'b']) await here.s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    await sweep(1);
    const uploads = async () =>
      ((await here.s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).map(({ Key }) => Key);
    expect(await uploads()).toEqual(['b', 'up/a']);
    await sweep(3.1);
    expect(await uploads()).toEqual(['b']);
  });

  test('goes through more keys than one page holds', async () => {
    for (let index = 0; index < 1_001; index += 1) {
      const body = { sizeBytes: 0, entityTag: 'none', held: { bytes: Buffer.alloc(0) } };
      here.endpoint.world.put(Bucket, `key-${index}`, body, { headers: {} });
    }
    await putRules({ Expiration: { Days: 1 } });
    await sweep(2.1);
    expect(keys()).toEqual([]);
  });
});
