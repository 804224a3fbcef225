import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { r2Profile } from '../../../sandbox/s3/profile.ts';
import { startChecksum } from '../../../sandbox/s3/checksums.ts';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { refusal } from './refusal.ts';

const bucket = 'media-test';
const MiB = 1024 * 1024;
const [five, six] = [randomBytes(5 * MiB), randomBytes(6 * MiB)];
const tail = Buffer.from('the end');

let endpoint: TestEndpoint;
let s3: S3Client;
beforeAll(async () => {
  endpoint = await startEndpoint();
  s3 = endpoint.client();
  await endpoint.world.createBucket(bucket, {});
});
afterAll(() => endpoint.close());

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

async function begin(Key: string, more: object = {}, client = s3): Promise<Upload> {
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key, ...more }));
  return { Bucket: bucket, Key, UploadId };
}

async function part(
  upload: Upload,
  PartNumber: number,
  Body: Buffer,
  more: object = {},
  client = s3,
): Promise<CompletedPart> {
  const { ETag, ChecksumCRC32, ChecksumCRC64NVME } = await client.send(
    new UploadPartCommand({ ...upload, PartNumber, Body, ...more }),
  );
  return {
    PartNumber,
    ETag,
    ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }),
    ...(ChecksumCRC64NVME !== undefined && { ChecksumCRC64NVME }),
  };
}

const complete = (upload: Upload, Parts: CompletedPart[], client = s3) =>
  client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();

describe('a multipart upload', () => {
  test('makes one object of its parts, with the entity tag of their MD5s', async () => {
    const upload = await begin('whole', { ContentType: 'video/mp4', Metadata: { a: 'b' } });
    const second = await part(upload, 2, tail);
    const first = await part(upload, 1, five);
    const { ETag } = await complete(upload, [first, second]);
    expect(ETag).toBe(`"${createHash('md5').update(md5(five)).update(md5(tail)).digest('hex')}-2"`);
    const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'whole' }));
    expect(found).toMatchObject({ ETag, ContentType: 'video/mp4', Metadata: { a: 'b' } });
    const bytes = (await found.Body?.transformToByteArray()) ?? [];
    expect(Buffer.concat([five, tail]).equals(Uint8Array.from(bytes))).toBe(true);
    const [head, range] = await Promise.all([
      s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'whole', PartNumber: 2 })),
      s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'whole', Range: `bytes=${5 * MiB - 1}-${5 * MiB}` })),
    ]);
    expect(head).toMatchObject({ PartsCount: 2, ContentLength: tail.length });
    expect(Buffer.from((await range.Body?.transformToByteArray()) ?? [])).toEqual(
      Buffer.concat([five.subarray(-1), tail.subarray(0, 1)]),
    );
    await expect(complete(upload, [first, second])).rejects.toMatchObject(refusal('NoSuchUpload', 404));
  });

  test('refuses parts out of order, unknown, changed, or too small before the last', async () => {
    const upload = await begin('refused');
    const [first, second, third] = [
      await part(upload, 1, tail),
      await part(upload, 2, five),
      await part(upload, 3, tail),
    ];
    const asIs = ({ PartNumber, ETag }: CompletedPart) => ({ PartNumber, ETag });
    await expect(complete(upload, [second, first])).rejects.toMatchObject(refusal('InvalidPartOrder', 400));
    await expect(complete(upload, [second, second])).rejects.toMatchObject(refusal('InvalidPartOrder', 400));
    await expect(complete(upload, [second, { ...asIs(third), PartNumber: 4 }])).rejects.toMatchObject(
      refusal('InvalidPart', 400),
    );
    await expect(complete(upload, [{ ...asIs(second), ETag: first.ETag }])).rejects.toMatchObject(
      refusal('InvalidPart', 400),
    );
    await expect(complete(upload, [first, second])).rejects.toMatchObject(refusal('EntityTooSmall', 400));
    await expect(complete(upload, [])).rejects.toMatchObject(refusal('MalformedXML', 400));
    await complete(upload, [second, third]);
  });

  test('that is aborted is gone, with its parts', async () => {
    const upload = await begin('aborted');
    await part(upload, 1, tail);
    await s3.send(new AbortMultipartUploadCommand(upload));
    await expect(s3.send(new ListPartsCommand(upload))).rejects.toMatchObject(refusal('NoSuchUpload', 404));
    await expect(part(upload, 1, tail)).rejects.toMatchObject(refusal('NoSuchUpload', 404));
  });

  test('is listed, and so are its parts, page by page', async () => {
    const uploads = [await begin('listed/a'), await begin('listed/a'), await begin('listed/b')];
    for (const number of [3, 1, 2]) if (uploads[0]) await part(uploads[0], number, tail);
    const seen: unknown[] = [];
    let markers: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
    while (markers) {
      const asked = { Bucket: bucket, Prefix: 'listed/', MaxUploads: 1, ...markers };
      const page: ListMultipartUploadsCommandOutput = await s3.send(new ListMultipartUploadsCommand(asked));
      seen.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
      markers = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
    }
    expect(seen).toEqual(uploads.map(({ UploadId }) => UploadId));
    const { Key = '', UploadId = '' } = uploads[0] ?? {};
    const first = await s3.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId, MaxParts: 2 }));
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
    expect(first.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2]);
    const rest = await s3.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId, PartNumberMarker: '2' }));
    expect(rest.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([[3, tail.length]]);
  });

  test('takes parts out of objects that are there', async () => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'source', Body: six }));
    const upload = await begin('copied');
    const copied = { ...upload, CopySource: `${bucket}/source` };
    const first = await s3.send(
      new UploadPartCopyCommand({ ...copied, PartNumber: 1, CopySourceRange: `bytes=0-${5 * MiB - 1}` }),
    );
    const second = await s3.send(
      new UploadPartCopyCommand({ ...copied, PartNumber: 2, CopySourceRange: `bytes=${5 * MiB}-${6 * MiB - 1}` }),
    );
    const beyond = { ...copied, PartNumber: 3, CopySourceRange: `bytes=0-${6 * MiB}` };
    await expect(s3.send(new UploadPartCopyCommand(beyond))).rejects.toMatchObject(refusal('InvalidArgument', 400));
    await complete(upload, [
      { PartNumber: 1, ETag: first.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: second.CopyPartResult?.ETag },
    ]);
    const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'copied' }));
    expect(six.equals((await found.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  test('has the checksum of its parts, or of the whole object', async () => {
    const composite = await begin('composite', { ChecksumAlgorithm: 'CRC32' });
    const parts = [await part(composite, 1, five), await part(composite, 2, tail)];
    expect(await complete(composite, parts)).toMatchObject({
      ChecksumType: 'COMPOSITE',
      ChecksumCRC32: expect.stringMatching(/-2$/) as string,
    });

    const full = await begin('full', { ChecksumAlgorithm: 'CRC64NVME' });
    const more = { ChecksumAlgorithm: 'CRC64NVME' };
    const pieces = [await part(full, 1, five, more), await part(full, 2, tail, more)];
    const expected = startChecksum('CRC64NVME');
    expected.update(five);
    expected.update(tail);
    expect(await complete(full, pieces)).toMatchObject({
      ChecksumType: 'FULL_OBJECT',
      ChecksumCRC64NVME: expected.value(),
    });
  });
});

describe('on R2, all parts but the last', () => {
  let r2: TestEndpoint;
  let client: S3Client;
  beforeAll(async () => {
    r2 = await startEndpoint({ profile: r2Profile });
    // R2 has no 100-continue, for which the SDK would wait before each large part.
    client = r2.client({ expectContinueHeader: false });
    await r2.world.createBucket(bucket, {});
  });
  afterAll(() => r2.close());

  test('must have one size', async () => {
    const upload = await begin('uneven', {}, client);
    const [small, large, last] = [
      await part(upload, 1, five, {}, client),
      await part(upload, 2, six, {}, client),
      await part(upload, 3, tail, {}, client),
    ];
    await expect(complete(upload, [small, large, last], client)).rejects.toMatchObject(refusal('InvalidPart', 400));
    await expect(complete(upload, [small, large], client)).rejects.toMatchObject(refusal('InvalidPart', 400));
    await complete(upload, [large, last], client);
  });
});
