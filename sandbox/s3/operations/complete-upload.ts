import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { MultipartUpload, StoredChecksum, UploadedPart } from '../../store/disk-world.ts';
import { quoted, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { checksumHeader, compositeChecksum } from '../checksums.ts';
import { combineChecksums } from '../crc-combination.ts';
import { partBytesMin, partNumberMax } from '../limits.ts';
import { encryptionOf } from '../object-headers.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { document, field } from '../xml.ts';
import { openUpload } from './uploads.ts';
import { versionHeaders } from './version.ts';
import { writePrecondition } from './write-object.ts';

const namedPart = z.object({
  PartNumber: z.string().regex(/^\d{1,5}$/),
  ETag: z.string(),
  ChecksumCRC32: z.string().optional(),
  ChecksumCRC32C: z.string().optional(),
  ChecksumCRC64NVME: z.string().optional(),
  ChecksumSHA1: z.string().optional(),
  ChecksumSHA256: z.string().optional(),
});
type NamedPart = z.infer<typeof namedPart>;
const completeSchema = z.object({ Part: z.array(namedPart).min(1).max(partNumberMax) });

/**
 * Makes the object of the parts that the body names (S3 API reference, CompleteMultipartUpload). Throws `NoSuchUpload`,
 * `MalformedXML`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `InvalidRequest` for another size than announced,
 * `BadDigest`, and what a conditional header asks for.
 */
export async function completeMultipartUpload(call: Call): Promise<void> {
  const { world, profile, bucket, key, request, headers, response } = call;
  openUpload(call);
  const { Part: named } = await readXml(call.body(), 'CompleteMultipartUpload', completeSchema);
  // Looked up again: the body took its time, and parts may have come meanwhile.
  const upload = openUpload(call);
  const parts = chosenParts(named, upload.parts);
  checkSizes(parts, profile.uniformParts);
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const declared = headers['x-amz-mp-object-size'];
  if (declared !== undefined && Number(declared) !== sizeBytes) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${sizeBytes}`,
    );
  }
  const checksum = checksumOf(upload, parts, headers);
  const completed = { entityTag: entityTagOf(parts), ...(checksum && { checksum }) };
  const object = world.completeUpload(bucket, upload, parts, completed, writePrecondition(call));
  const xml = document(
    'CompleteMultipartUploadResult',
    field('Location', `http://${request.headers.host ?? ''}/${bucket}/${encodeURIComponent(key)}`),
    field('Bucket', bucket),
    field('Key', key),
    field('ETag', quoted(object.entityTag)),
    checksum && field(`Checksum${checksum.algorithm}`, checksum.value),
    checksum && field('ChecksumType', checksum.type),
  );
  sendXml(response, xml, 200, { ...encryptionOf(profile, object.headers), ...versionHeaders(call, bucket, object) });
}

/** The uploaded parts that the body names, in its order. Throws `InvalidPartOrder`, `InvalidPart`. */
function chosenParts(named: readonly NamedPart[], uploaded: readonly UploadedPart[]): UploadedPart[] {
  const byNumber = new Map(uploaded.map((part) => [part.partNumber, part]));
  let previous = 0;
  return named.map((name) => {
    const number = Number(name.PartNumber);
    if (number <= previous) throw new S3Error('InvalidPartOrder');
    previous = number;
    const part = byNumber.get(number);
    const tag = name.ETag.replace(/^"(.*)"$/, '$1');
    const checksum = part?.checksum && name[`Checksum${part.checksum.algorithm}`];
    if (part?.entityTag !== tag || (checksum !== undefined && checksum !== part.checksum?.value)) {
      throw new S3Error('InvalidPart', undefined, { PartNumber: name.PartNumber, ETag: tag });
    }
    return part;
  });
}

/** Throws `EntityTooSmall`, and where parts must be uniform (R2, error 10048) `InvalidPart`. */
function checkSizes(parts: readonly UploadedPart[], uniform: boolean): void {
  const leading = parts.slice(0, -1);
  const last = parts.at(-1);
  const small = leading.find(({ sizeBytes }) => sizeBytes < partBytesMin);
  if (small !== undefined) {
    throw new S3Error('EntityTooSmall', undefined, {
      ProposedSize: String(small.sizeBytes),
      MinSizeAllowed: String(partBytesMin),
      PartNumber: String(small.partNumber),
      ETag: small.entityTag,
    });
  }
  if (!uniform) return;
  const size = leading[0]?.sizeBytes ?? last?.sizeBytes ?? 0;
  if (leading.some(({ sizeBytes }) => sizeBytes !== size) || (last?.sizeBytes ?? 0) > size) {
    throw new S3Error('InvalidPart', 'All non-trailing parts must have the same length.');
  }
}

/** The MD5 of the parts' MD5s, and how many there are. */
function entityTagOf(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  for (const { entityTag } of parts) hash.update(entityTag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

/** The object's checksum from its parts', where every part has one. Throws `BadDigest` where the request names another. */
function checksumOf(
  { checksumAlgorithm: announced, checksumType: announcedType = 'COMPOSITE' }: MultipartUpload,
  parts: readonly UploadedPart[],
  headers: Readonly<Record<string, string>>,
): StoredChecksum | undefined {
  // Nobody announced one: parts that came without were given S3's own, which is of the whole object.
  const algorithm = announced ?? 'CRC64NVME';
  const type = announced === undefined ? 'FULL_OBJECT' : announcedType;
  if (parts.some(({ checksum }) => checksum?.algorithm !== algorithm)) return undefined;
  const checksums = parts.map(({ checksum, sizeBytes }) => ({ value: checksum?.value ?? '', sizeBytes }));
  const value =
    type === 'FULL_OBJECT' && !algorithm.startsWith('SHA')
      ? combineChecksums(algorithm, checksums)
      : compositeChecksum(
          algorithm,
          checksums.map((each) => each.value),
        );
  const claimed = headers[checksumHeader(algorithm)];
  if (claimed !== undefined && claimed !== value) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value, type };
}
