import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';

const Bucket = 'tagged';
let aws: TestEndpoint;
let r2: TestEndpoint;
let s3: S3Client;
/** What the endpoint allows; everything by default. */
let allows: (request: StorageRequest) => boolean;
const clock = { at: new Date() };

beforeAll(async () => {
  aws = await startEndpoint({ allows: (request) => allows(request), now: () => clock.at });
  r2 = await startEndpoint({ profile: r2Profile });
  for (const { world } of [aws, r2]) await world.createBucket(Bucket, {});
  s3 = aws.client();
});
beforeEach(() => {
  allows = () => true;
});
afterAll(() => Promise.all([aws.close(), r2.close()]));

const put = (Key: string, more: object = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
const tagsOf = async (Key: string): Promise<Record<string, string | undefined>> =>
  Object.fromEntries(
    ((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet ?? []).map(
      (tag): [string, string | undefined] => [tag.Key ?? '', tag.Value],
    ),
  );
const putTags = (Key: string, tags: readonly (readonly [string, string])[]) => {
  const TagSet = tags.map(([key, Value]) => ({ Key: key, Value }));
  return s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
};

describe('the tags of an object', () => {
  test('come with it, are counted, replaced and deleted', async () => {
    await put('a', { Tagging: 'team=data&empty=&with%20space=a%2Fb' });
    expect(await tagsOf('a')).toEqual({ team: 'data', empty: '', 'with space': 'a/b' });
    expect((await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }))).TagCount).toBe(3);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).TagCount).toBe(3);
    await putTags('a', [['only', 'one']]);
    expect(await tagsOf('a')).toEqual({ only: 'one' });
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'a' }));
    expect(await tagsOf('a')).toEqual({});
    expect((await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }))).TagCount).toBeUndefined();
  });

  test('do not change when it was written, which the moved clock tells', async () => {
    await put('a');
    const { LastModified: before } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    clock.at = new Date(clock.at.getTime() + 60_000);
    await putTags('a', [['later', '1']]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).LastModified).toEqual(before);
    await put('dated');
    const { LastModified: after } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'dated' }));
    expect(after?.getTime()).toBe(Math.floor(clock.at.getTime() / 1000) * 1000);
  });

  test('come with a multipart upload', async () => {
    const named = { Bucket, Key: 'multipart' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...named, Tagging: 'a=b' }));
    const { ETag } = await s3.send(new UploadPartCommand({ ...named, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }));
    expect(await tagsOf('multipart')).toEqual({ a: 'b' });
  });

  test('go along with a copy, unless the request replaces them', async () => {
    await put('source', { Tagging: 'a=b' });
    const copy = (Key: string, more: object = {}) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...more }));
    await copy('copied');
    expect(await tagsOf('copied')).toEqual({ a: 'b' });
    await copy('replaced', { TaggingDirective: 'REPLACE', Tagging: 'c=d' });
    expect(await tagsOf('replaced')).toEqual({ c: 'd' });
    for (const missing of ['GetObjectTagging', 'PutObjectTagging']) {
      allows = ({ operation }) => operation !== missing;
      await expect(copy('refused')).rejects.toMatchObject({ name: 'AccessDenied' });
    }
    expect(aws.world.object(Bucket, 'refused')).toBeUndefined();
  });

  test('are counted only for who may read them', async () => {
    await put('secret', { Tagging: 'a=b' });
    allows = ({ operation }) => operation !== 'GetObjectTagging';
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'secret' }))).TagCount).toBeUndefined();
  });
});

describe('the limits of tags', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => [`key-${index}`, ''] as const);

  test('ten are taken, eleven are not', async () => {
    await put('limited');
    await putTags('limited', many(10));
    await expect(putTags('limited', many(11))).rejects.toMatchObject({ name: 'BadRequest' });
    expect(Object.keys(await tagsOf('limited'))).toHaveLength(10);
  });

  test.each([
    ['an empty key', [['', 'v']]],
    ['a key of 129 characters', [['k'.repeat(129), 'v']]],
    ['a value of 257 characters', [['k', 'v'.repeat(257)]]],
    ['a sign that tags have not', [['a#b', 'v']]],
    ['a system tag', [['aws:own', 'v']]],
    [
      'the same key twice',
      [
        ['k', '1'],
        ['k', '2'],
      ],
    ],
  ] as [string, [string, string][]][])('%s is refused', async (_name, tags) => {
    await put('limited');
    await expect(putTags('limited', tags)).rejects.toMatchObject({ name: 'InvalidTag' });
    expect(await tagsOf('limited')).toEqual({});
  });

  test('a header that is no query string is refused, and stores nothing', async () => {
    await expect(put('malformed', { Tagging: 'a=1&a=2' })).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(put('malformed', { Tagging: 'a=%zz' })).rejects.toMatchObject({ name: 'InvalidArgument' });
    expect(aws.world.object(Bucket, 'malformed')).toBeUndefined();
  });

  test('tags of an object that is not there are refused', async () => {
    await expect(putTags('absent', [['a', 'b']])).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

test('R2 has no tags', async () => {
  const client = r2.client();
  const missing = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
  const named = { Bucket, Key: 'a' };
  await client.send(new PutObjectCommand({ ...named, Body: 'x' }));
  await expect(client.send(new PutObjectCommand({ ...named, Body: 'x', Tagging: 'a=b' }))).rejects.toMatchObject(
    missing,
  );
  await expect(client.send(new GetObjectTaggingCommand(named))).rejects.toMatchObject(missing);
  await expect(client.send(new DeleteObjectTaggingCommand(named))).rejects.toMatchObject(missing);
  const tagging = { ...named, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } };
  await expect(client.send(new PutObjectTaggingCommand(tagging))).rejects.toMatchObject(missing);
});
