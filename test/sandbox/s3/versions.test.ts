import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { endpointForEachTest } from './endpoint-for-each-test.ts';
import { startEndpoint } from './endpoint.ts';
import { element, sendSigned } from './raw-request.ts';

const Bucket = 'versions';
const here = endpointForEachTest(Bucket);

const versioning = (Status: 'Enabled' | 'Suspended') =>
  here.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const put = async (Key: string, Body: string) =>
  (await here.s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? 'none';
const get = (Key: string, VersionId?: string) => here.s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
const textOf = async (Key: string, VersionId?: string) => (await get(Key, VersionId)).Body?.transformToString();
const copy = (Key: string, from: string) =>
  here.s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}` }));
const uploadInParts = async (Key: string) => {
  const { UploadId } = await here.s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await here.s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  return here.s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
};
const remove = (Key: string, VersionId?: string) => here.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const list = (more: object = {}) => here.s3.send(new ListObjectVersionsCommand({ Bucket, ...more }));
const shown = ({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput) => ({
  versions: Versions.map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest]),
  markers: DeleteMarkers.map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest]),
});

describe('a bucket without versioning', () => {
  test('says nothing of versions', async () => {
    expect((await here.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    expect(await put('a', '1')).toBe('none');
    expect((await get('a')).VersionId).toBeUndefined();
    expect((await copy('b', 'a')).VersionId).toBeUndefined();
    expect((await uploadInParts('b')).VersionId).toBeUndefined();
    await remove('b');
    expect(await textOf('a', 'null')).toBe('1');
    expect((await remove('a')).DeleteMarker).toBeUndefined();
    expect(shown(await list())).toEqual({ versions: [], markers: [] });
  });

  test('refuses a configuration without a status, and MFA delete', async () => {
    const send = (body: string) => sendSigned(here.endpoint, { method: 'PUT', path: `/${Bucket}?versioning=`, body });
    const empty = await send('<VersioningConfiguration></VersioningConfiguration>');
    expect(element(empty.body, 'Code')).toBe('MalformedXML');
    const xml = '<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>';
    expect((await send(`<VersioningConfiguration>${xml}</VersioningConfiguration>`)).status).toBe(501);
    const none = await send('<VersioningConfiguration><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>');
    expect(element(none.body, 'Code')).toBe('IllegalVersioningConfigurationException');
  });
});

describe('a bucket with versioning', () => {
  beforeEach(() => versioning('Enabled'));

  test('keeps every version, and gives each back by its id', async () => {
    const [first, second] = [await put('a', 'one'), await put('a', 'second')];
    expect(first).not.toBe(second);
    expect(await get('a')).toMatchObject({ VersionId: second, ContentLength: 6 });
    expect(await textOf('a', first)).toBe('one');
    const head = await here.s3.send(new HeadObjectCommand({ Bucket, Key: 'a', VersionId: first }));
    expect(head).toMatchObject({ VersionId: first, ContentLength: 3 });
    expect((await here.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
  });

  test('hides a deleted object under a marker, whose removal brings it back', async () => {
    const kept = await put('a', 'kept');
    const { DeleteMarker, VersionId: marker } = await remove('a');
    expect(DeleteMarker).toBe(true);
    await expect(get('a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const answer = await sendSigned(here.endpoint, { path: `/${Bucket}/a` });
    expect(answer.headers).toMatchObject({ 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker });
    await expect(get('a', marker)).rejects.toMatchObject({
      name: 'MethodNotAllowed',
      $metadata: { httpStatusCode: 405 },
    });
    expect((await here.s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    expect(shown(await list())).toEqual({ versions: [['a', kept, false]], markers: [['a', marker, true]] });
    expect(await remove('a', marker)).toMatchObject({ DeleteMarker: true, VersionId: marker });
    expect(await textOf('a')).toBe('kept');
  });

  test('deletes a version for good, and only that', async () => {
    const [first, second] = [await put('a', '1'), await put('a', '2')];
    expect(await remove('a', second)).toMatchObject({ VersionId: second });
    expect(await textOf('a')).toBe('1');
    await expect(get('a', second)).rejects.toMatchObject({ name: 'NoSuchVersion' });
    await expect(get('a', 'nonsense')).rejects.toMatchObject({ name: 'InvalidArgument' });
    await remove('a', second);
    await expect(here.s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await remove('a', first);
    await here.s3.send(new DeleteBucketCommand({ Bucket }));
  });

  test('goes on being a full bucket while it holds delete markers only', async () => {
    await remove('never there');
    await expect(here.s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  });

  test('deletes batches by version, telling of the markers', async () => {
    const version = await put('a', '1');
    await put('b', '1');
    const Delete = { Objects: [{ Key: 'a', VersionId: version }, { Key: 'b' }] };
    const { Deleted } = await here.s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Deleted).toEqual([
      { Key: 'a', VersionId: version },
      { Key: 'b', DeleteMarker: true, DeleteMarkerVersionId: here.endpoint.world.latest(Bucket, 'b')?.versionId },
    ]);
    expect(shown(await list()).versions.map(([key]) => key)).toEqual(['b']);
  });

  test('restores a version by a copy onto itself, and tells which it read', async () => {
    const [first] = [await put('a', 'old'), await put('a', 'new')];
    const CopySource = `${Bucket}/a?versionId=${first}`;
    const copied = await here.s3.send(new CopyObjectCommand({ Bucket, Key: 'a', CopySource }));
    expect(copied.CopySourceVersionId).toBe(first);
    expect(await get('a')).toMatchObject({ VersionId: copied.VersionId });
    expect(await textOf('a')).toBe('old');
    const absent = { Bucket, Key: 'a', CopySource: `${Bucket}/a?versionId=${'0'.repeat(32)}` };
    await expect(here.s3.send(new CopyObjectCommand(absent))).rejects.toMatchObject({ name: 'NoSuchVersion' });
  });

  test('tags each version by itself', async () => {
    const [first, second] = [await put('a', '1'), await put('a', '2')];
    const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
    await here.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', VersionId: first, Tagging }));
    const tags = async (VersionId: string) =>
      (await here.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'a', VersionId }))).TagSet;
    expect([await tags(first), await tags(second)]).toEqual([Tagging.TagSet, []]);
    expect(shown(await list()).versions.map(([, id]) => id)).toEqual([second, first]);
  });

  test('asks who reads or deletes a version, naming the version', async () => {
    const version = await put('a', '1');
    here.allows = ({ versionId }) => versionId === undefined;
    await expect(get('a', version)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(remove('a', version)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await textOf('a')).toBe('1');
  });
});

describe('a bucket whose versioning is suspended', () => {
  test('replaces the version without an id, and keeps the others', async () => {
    await put('a', 'before');
    await versioning('Enabled');
    const version = await put('a', 'with');
    expect(await textOf('a', 'null')).toBe('before');
    await versioning('Suspended');
    expect(await put('a', 'after')).toBe('null');
    expect(await textOf('a', 'null')).toBe('after');
    expect(await textOf('a', version)).toBe('with');
    expect(await remove('a')).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    expect(shown(await list())).toEqual({ versions: [['a', version, false]], markers: [['a', 'null', true]] });
  });
});

describe('ListObjectVersions', () => {
  test('pages through versions, markers and common prefixes without losing or repeating any', async () => {
    await versioning('Enabled');
    for (const key of ['a', 'b/1', 'b/2', 'c', 'a', 'c', 'a']) await put(key, key);
    await remove('c');
    const seen: unknown[] = [];
    let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (let pages = 0; pages < 20; pages += 1) {
      const page = await list({ MaxKeys: 2, Delimiter: '/', ...markers });
      const { Versions = [], DeleteMarkers = [], CommonPrefixes = [] } = page;
      expect(Versions.length + DeleteMarkers.length + CommonPrefixes.length).toBeLessThanOrEqual(2);
      seen.push(...[...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key} ${VersionId}`));
      seen.push(...CommonPrefixes.map(({ Prefix }) => Prefix));
      if (page.IsTruncated !== true) break;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    expect(shown(await list({ Prefix: 'a' })).versions.map(([key, , latest]) => [key, latest])).toEqual([
      ['a', true],
      ['a', false],
      ['a', false],
    ]);
  });

  test('refuses a version marker without a key marker', async () => {
    await expect(list({ VersionIdMarker: 'null' })).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

test('R2 has no versions', async () => {
  const r2 = await startEndpoint({ profile: r2Profile });
  await r2.world.createBucket(Bucket, {});
  const configuration = { Bucket, VersioningConfiguration: { Status: 'Enabled' as const } };
  const missing = { name: 'NotImplemented' };
  await expect(r2.client().send(new PutBucketVersioningCommand(configuration))).rejects.toMatchObject(missing);
  await expect(r2.client().send(new ListObjectVersionsCommand({ Bucket }))).rejects.toMatchObject(missing);
  const named = { Bucket, Key: 'a' };
  const { VersionId } = await r2.client().send(new PutObjectCommand({ ...named, Body: 'x' }));
  expect(VersionId).toBeUndefined();
  const asked = { ...named, VersionId: '0'.repeat(32) };
  await expect(r2.client().send(new DeleteObjectCommand(asked))).rejects.toMatchObject({ name: 'InvalidArgument' });
  expect(r2.world.object(Bucket, 'a')).toBeDefined();
  await r2.close();
});
