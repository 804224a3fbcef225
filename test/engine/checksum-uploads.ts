import {
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { bucket, type BucketSide } from './bucket-side.ts';

/** The smallest that S3 takes, but for an upload's last. */
export const partSizeBytes = 5 * 1024 * 1024;

/** How an object comes into a bucket decides which checksums the bucket keeps of it. */
export type Uploader = (side: BucketSide, key: string, body: Buffer) => Promise<void>;

/** An MD5 and a CRC64NVME: clients that send no checksum leave it to S3. */
export const put: Uploader = async (side, key, body) => {
  await plainClient(side).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
};

/** As SDKs of today do, by a CRC-32 of their own: S3 then keeps no CRC64NVME. */
export const putWithMd5Only: Uploader = async (side, key, body) => {
  await side.endpoint.client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
};

/** Encrypted with a key of KMS: its entity tag is no MD5, whatever its form. */
export async function putWithKms(
  side: BucketSide,
  { key, body, algorithm }: { key: string; body: Buffer; algorithm: ChecksumAlgorithm },
): Promise<void> {
  const object = { Bucket: bucket, Key: key, Body: body, ChecksumAlgorithm: algorithm };
  await side.endpoint.client().send(new PutObjectCommand({ ...object, ServerSideEncryption: 'aws:kms' }));
}

/** A CRC64NVME, or the checksum that is asked for; its entity tag is no MD5 then. */
export async function putInParts(
  side: BucketSide,
  key: string,
  body: Buffer,
  checksum: Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'> = {},
): Promise<void> {
  const s3 = checksum.ChecksumAlgorithm === undefined ? plainClient(side) : side.endpoint.client();
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, ...checksum }));
  const Parts = [];
  for (let at = 0, PartNumber = 1; at < body.length; at += partSizeBytes, PartNumber += 1) {
    const Body = body.subarray(at, at + partSizeBytes);
    const { ETag, ChecksumCRC32 } = await s3.send(
      new UploadPartCommand({ ...object, UploadId, PartNumber, Body, ...checksum }),
    );
    Parts.push({ ETag, PartNumber, ChecksumCRC32 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
}

function plainClient(side: BucketSide) {
  return side.endpoint.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
}
