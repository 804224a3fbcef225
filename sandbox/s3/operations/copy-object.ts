import type { DiskObject, StoredChecksum } from '../../store/disk-world.ts';
import { quoted, sendXml } from '../answer.ts';
import { byteRange, type ByteRange } from '../byte-range.ts';
import type { Call } from '../call.ts';
import { conditionsOf, failed, readCondition } from '../conditions.ts';
import { checksumAsked, type ChecksumAlgorithm } from '../checksums.ts';
import { encrypted } from '../encryption.ts';
import { copyBytesMax } from '../limits.ts';
import { asksForOwnHeaders, encryptionOf, headersToCopy, headersToKeep } from '../object-headers.ts';
import { summedBody } from '../payload.ts';
import { S3Error } from '../s3-error.ts';
import { document, field } from '../xml.ts';
import { aclToKeep } from './acl.ts';
import { checkDecryption, encryptionToKeep } from './bucket-encryption.ts';
import { lockToKeep } from './object-lock.ts';
import { tagsOfCopy } from './object-tagging.ts';
import { existing } from './read-object.ts';
import { versionHeaders } from './version.ts';
import { checkWriteHeaders, receiving, writePrecondition } from './write-object.ts';

/**
 * Copies an object within the provider (S3 API reference, CopyObject). Throws `InvalidArgument` for an unknown directive,
 * `InvalidRequest` for a copy to itself that changes nothing or of more than 5 GiB, and as `copySource` and what decides on
 * headers, tags, lock and ACL.
 */
export async function copyObject(call: Call): Promise<void> {
  const { world, bucket, key, profile, request, headers, storage, response } = call;
  checkWriteHeaders(call);
  const source = copySource(call);
  const directive = headers['x-amz-metadata-directive'] ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw new S3Error('InvalidArgument', 'Unknown metadata directive.');
  // An older version may be copied over the newest: so it is restored.
  const toItself = source.bucket === bucket && source.object.key === key && storage.copySource?.versionId === undefined;
  const isChanged = headers['x-amz-server-side-encryption'] !== undefined || asksForOwnHeaders(headers);
  if (toItself && directive === 'COPY' && !isChanged) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  if (source.object.sizeBytes > copyBytesMax) {
    throw new S3Error(
      'InvalidRequest',
      'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    );
  }
  const kept =
    directive === 'COPY'
      ? headersToCopy(source.object.headers, headers, profile)
      : headersToKeep(request.headers, headers, profile);
  const details = {
    headers: { ...kept, ...encryptionToKeep(call) },
    ...tagsOfCopy(call, source.object),
    ...lockToKeep(call),
    ...aclToKeep(call),
  };
  const algorithm = checksumToCompute(call, source.object);
  const precondition = writePrecondition(call);
  const bytes = world.read(source.bucket, source.object) as AsyncIterable<Buffer>;
  const body = algorithm && summedBody(bytes, algorithm);
  const object = await receiving(call, body ?? bytes, (received) => {
    const checksum = body === undefined ? fullChecksum(source.object) : body.checksum();
    return world.put(
      bucket,
      key,
      encrypted(received, details.headers),
      { ...details, ...(checksum && { checksum }) },
      precondition,
    );
  });
  const xml = document(
    'CopyObjectResult',
    field('LastModified', object.modifiedAt.toISOString()),
    field('ETag', quoted(object.entityTag)),
    object.checksum && field(`Checksum${object.checksum.algorithm}`, object.checksum.value),
    object.checksum && field('ChecksumType', object.checksum.type),
  );
  sendXml(response, xml, 200, {
    ...encryptionOf(profile, object.headers),
    ...versionHeaders(call, bucket, object),
    ...versionHeaders(call, source.bucket, source.object, 'x-amz-copy-source-version-id'),
  });
}

/** A composite checksum is of the source's parts, which a copy does not have. */
function fullChecksum({ checksum }: DiskObject): StoredChecksum | undefined {
  return checksum?.type === 'FULL_OBJECT' ? checksum : undefined;
}

/** The checksum that a copy cannot take over from its source: asked for, of parts, or missing (AWS only). */
function checksumToCompute({ headers, profile }: Call, source: DiskObject): ChecksumAlgorithm | undefined {
  if (profile.checksumDefault === undefined) return undefined;
  const wanted = checksumAsked(headers) ?? source.checksum?.algorithm ?? profile.checksumDefault;
  return wanted === fullChecksum(source)?.algorithm ? undefined : wanted;
}

/** The object that `x-amz-copy-source` names, where the `x-amz-copy-source-if-*` conditions hold. Throws `NoSuchBucket` etc. */
export function copySource(call: Call): { readonly bucket: string; readonly object: DiskObject } {
  const { storage, headers } = call;
  if (storage.copySource === undefined) throw new S3Error('InvalidArgument', 'Copy Source must mention an object.');
  const { bucket, key, versionId } = storage.copySource;
  const object = existing({
    ...call,
    bucket,
    key,
    storage: { ...storage, ...(versionId !== undefined && { versionId }) },
  });
  const condition = readCondition(conditionsOf(headers, 'x-amz-copy-source-'), object);
  // A copy cannot answer 304: S3 takes both failures as 412.
  if (condition !== 'holds') throw failed('x-amz-copy-source-If-*');
  checkDecryption(call, object);
  return { bucket, object };
}

/** `x-amz-copy-source-range`, which must lie within the source. Throws `InvalidArgument`, `InvalidRange`. */
export function copySourceRange(header: string | undefined, sizeBytes: number): ByteRange {
  if (header === undefined) return { from: 0, to: sizeBytes - 1 };
  const range = /^bytes=\d+-\d+$/.test(header) ? byteRange(header, sizeBytes) : undefined;
  const last = Number(header.split('-')[1]);
  if (range === undefined) {
    throw new S3Error('InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last');
  }
  if (range === 'unsatisfiable' || last >= sizeBytes) {
    throw new S3Error('InvalidArgument', `Range specified is not valid for source object of size: ${sizeBytes}`);
  }
  return range;
}
