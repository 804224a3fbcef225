import type { MultipartUpload, UploadDetails, UploadedPart } from '../../store/disk-world.ts';
import { quoted, sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { checksumAlgorithms, checksumAsked, checksumHeader, type ChecksumAlgorithm } from '../checksums.ts';
import { encrypted } from '../encryption.ts';
import { partNumberMax, singlePutBytesMax } from '../limits.ts';
import { encryptionOf, headersToKeep } from '../object-headers.ts';
import { summedBody } from '../payload.ts';
import { S3Error } from '../s3-error.ts';
import { document, field } from '../xml.ts';
import { aclToKeep } from './acl.ts';
import { copySource, copySourceRange } from './copy-object.ts';
import { encryptionToKeep } from './bucket-encryption.ts';
import { lockToKeep } from './object-lock.ts';
import { tagsToKeep } from './object-tagging.ts';
import { versionHeaders } from './version.ts';
import { checkWriteHeaders, receiving } from './write-object.ts';

/** A multipart upload from its beginning to its parts; complete-upload.ts ends it. */
export function createMultipartUpload(call: Call): void {
  const { world, profile, bucket, key, request, headers, principal, response } = call;
  checkWriteHeaders(call);
  const checksum = checksumOfUpload(headers);
  const upload = world.beginUpload(bucket, key, {
    headers: {
      ...headersToKeep(request.headers, headers, profile),
      ...encryptionToKeep(call, ['kms:GenerateDataKey', 'kms:Decrypt']),
    },
    initiator: principal ?? 'anonymous',
    ...tagsToKeep(call),
    ...lockToKeep(call),
    ...aclToKeep(call),
    ...checksum,
  });
  const xml = document(
    'InitiateMultipartUploadResult',
    field('Bucket', bucket),
    field('Key', key),
    field('UploadId', upload.uploadId),
  );
  sendXml(response, xml, 200, {
    ...encryptionOf(profile, upload.headers),
    ...(checksum.checksumAlgorithm && { 'x-amz-checksum-algorithm': checksum.checksumAlgorithm }),
    ...(checksum.checksumType && { 'x-amz-checksum-type': checksum.checksumType }),
  });
}

/** Which checksum the upload's parts carry: CRC64NVME is only of whole objects, the SHAs only of parts. */
function checksumOfUpload(
  headers: Readonly<Record<string, string>>,
): Pick<UploadDetails, 'checksumAlgorithm' | 'checksumType'> {
  const algorithm = checksumAsked(headers);
  if (algorithm === undefined) return {};
  const type =
    headers['x-amz-checksum-type']?.toUpperCase() ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const fits =
    type === 'FULL_OBJECT' ? !algorithm.startsWith('SHA') : type === 'COMPOSITE' && algorithm !== 'CRC64NVME';
  if (!fits || (type !== 'FULL_OBJECT' && type !== 'COMPOSITE')) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  }
  return { checksumAlgorithm: algorithm, checksumType: type };
}

/**
 * Stores a part, or replaces the one of its number (S3 API reference, UploadPart). Throws `NoSuchUpload`, `InvalidArgument` for
 * a number that is none, `InvalidRequest` for a checksum of another kind than announced.
 */
export async function uploadPart(call: Call): Promise<void> {
  const { world, profile, bucket, headers, response } = call;
  const { upload, partNumber } = partAddress(call);
  checkPartChecksum(upload, headers);
  // A part that comes without its CRC64NVME gets it where the whole will be checked by it.
  const isCrc64 = upload.checksumAlgorithm === 'CRC64NVME';
  const body = call.body(
    isCrc64 ? 'CRC64NVME' : upload.checksumAlgorithm === undefined ? profile.checksumDefault : undefined,
  );
  const part = await receiving(call, body, (received) => {
    const checksum = body.checksum();
    const part = { partNumber, ...(checksum && { checksum }) };
    return world.putPart(bucket, upload.uploadId, part, encrypted(received, upload.headers));
  });
  sendEmpty(response, 200, {
    etag: quoted(part.entityTag),
    ...(part.checksum && { [checksumHeader(part.checksum.algorithm)]: part.checksum.value }),
    ...encryptionOf(profile, upload.headers),
  });
}

/**
 * A part that comes from another object (S3 API reference, UploadPartCopy). Throws `NoSuchUpload`, `InvalidArgument`,
 * `EntityTooLarge`, and as `copySource`.
 */
export async function uploadPartCopy(call: Call): Promise<void> {
  const { world, profile, bucket, headers, response } = call;
  const { upload, partNumber } = partAddress(call);
  const source = copySource(call);
  const range = copySourceRange(headers['x-amz-copy-source-range'], source.object.sizeBytes);
  if (range.to - range.from + 1 > singlePutBytesMax) throw new S3Error('EntityTooLarge');
  const bytes = world.read(source.bucket, source.object, range) as AsyncIterable<Buffer>;
  const algorithm = profile.checksumDefault && (upload.checksumAlgorithm ?? profile.checksumDefault);
  const body = algorithm && summedBody(bytes, algorithm);
  const part = await receiving(call, body ?? bytes, (received) => {
    const checksum = body?.checksum();
    const part = { partNumber, ...(checksum && { checksum }) };
    return world.putPart(bucket, upload.uploadId, part, encrypted(received, upload.headers));
  });
  const xml = document(
    'CopyPartResult',
    field('LastModified', part.modifiedAt.toISOString()),
    field('ETag', quoted(part.entityTag)),
    checksumField(part),
  );
  sendXml(response, xml, 200, {
    ...encryptionOf(profile, upload.headers),
    ...versionHeaders(call, source.bucket, source.object, 'x-amz-copy-source-version-id'),
  });
}

/** Ends an upload and forgets its parts (S3 API reference, AbortMultipartUpload). Throws `NoSuchUpload`. */
export function abortMultipartUpload(call: Call): void {
  call.world.abortUpload(call.bucket, openUpload(call));
  sendEmpty(call.response, 204);
}

/** The upload that `uploadId` names. Throws `NoSuchUpload`. */
export function openUpload({ world, bucket, key, query }: Call): MultipartUpload {
  const uploadId = query.get('uploadId') ?? '';
  const upload = world.upload(bucket, key, uploadId);
  if (upload === undefined) throw new S3Error('NoSuchUpload', undefined, { UploadId: uploadId });
  return upload;
}

function partAddress(call: Call): { readonly upload: MultipartUpload; readonly partNumber: number } {
  const text = call.query.get('partNumber') ?? '';
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (partNumber < 1 || partNumber > partNumberMax) {
    throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${partNumberMax}, inclusive`, {
      ArgumentName: 'partNumber',
      ArgumentValue: text,
    });
  }
  return { upload: openUpload(call), partNumber };
}

/** A part's checksum must be of the kind that the upload announced. */
function checkPartChecksum({ checksumAlgorithm }: MultipartUpload, headers: Readonly<Record<string, string>>): void {
  const sent = sentAlgorithm(headers);
  if (checksumAlgorithm === undefined || sent === undefined || sent === checksumAlgorithm) return;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${checksumAlgorithm.toLowerCase()}, actual checksum Type: ${sent.toLowerCase()}`,
  );
}

function sentAlgorithm(headers: Readonly<Record<string, string>>): ChecksumAlgorithm | undefined {
  return checksumAlgorithms.find(
    (each) => headers[checksumHeader(each)] !== undefined || headers['x-amz-trailer'] === checksumHeader(each),
  );
}

/** The fields by which XML names a part's checksum: `ChecksumCRC32`. */
export function checksumField({ checksum }: Pick<UploadedPart, 'checksum'>) {
  return checksum && field(`Checksum${checksum.algorithm}`, checksum.value);
}
