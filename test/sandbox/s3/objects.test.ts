import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';

const bucket = 'media-test';
let endpoint: TestEndpoint;
let s3: S3Client;

beforeAll(async () => {
  endpoint = await startEndpoint();
  s3 = endpoint.client();
  await s3.send(
    new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  );
});
afterAll(() => endpoint.close());

const put = (Key: string, Body: string | Uint8Array, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));
const get = (Key: string, more: object = {}) => s3.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));

describe('an object put by the AWS SDK', () => {
  test('comes back with its bytes, content type and metadata', async () => {
    await put('a/b', 'hello', { ContentType: 'text/plain', Metadata: { owner: 'me' }, CacheControl: 'no-store' });
    const found = await get('a/b');
    expect(await found.Body?.transformToString()).toBe('hello');
    expect(found).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { owner: 'me' },
      CacheControl: 'no-store',
      ContentLength: 5,
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ServerSideEncryption: 'AES256',
    });
    expect(await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a/b' }))).toMatchObject({ ContentLength: 5 });
    const listing = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(listing.Contents).toEqual([expect.objectContaining({ Key: 'a/b', Size: 5, StorageClass: 'STANDARD' })]);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a/b' }));
    await expect(get('a/b')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  });
});
