import { compareKeys } from '../../../base/key-order.ts';
import type { MultipartUpload } from '../../store/disk-world.ts';
import { commonPrefixOf } from '../../store/listing.ts';
import { quoted, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { encodeForListing } from '../percent-encoding.ts';
import { S3Error } from '../s3-error.ts';
import { document, element, field } from '../xml.ts';
import { entriesAsked } from './list-objects.ts';
import { owner } from './owner.ts';
import { checksumField, openUpload } from './uploads.ts';

/** ListMultipartUploads and ListParts. */
export function listMultipartUploads({ world, bucket, query, principal, response }: Call): void {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const uploadsMax = entriesAsked(query, 'max-uploads');
  const encode = query.get('encoding-type') === 'url' ? encodeForListing : (text: string) => text;

  const uploads: MultipartUpload[] = [];
  const prefixes = new Set<string>();
  let truncated = false;
  for (const upload of afterMarkers(world.uploads(bucket), keyMarker, idMarker)) {
    if (!upload.key.startsWith(prefix)) continue;
    const common = commonPrefixOf(upload.key, prefix, delimiter);
    if (common !== undefined && (prefixes.has(common) || keyMarker.startsWith(common))) continue;
    truncated = uploads.length + prefixes.size >= uploadsMax;
    if (truncated) break;
    if (common === undefined) uploads.push(upload);
    else prefixes.add(common);
  }
  const lastUpload = uploads.at(-1);
  const nextKey = [lastUpload?.key ?? '', ...prefixes].sort(compareKeys).at(-1) ?? '';
  sendXml(
    response,
    document(
      'ListMultipartUploadsResult',
      field('Bucket', bucket),
      field('KeyMarker', encode(keyMarker)),
      field('UploadIdMarker', idMarker),
      field('NextKeyMarker', truncated ? encode(nextKey) : undefined),
      field('NextUploadIdMarker', truncated && nextKey === lastUpload?.key ? lastUpload.uploadId : undefined),
      field('Prefix', encode(prefix)),
      delimiter === '' ? undefined : field('Delimiter', encode(delimiter)),
      field('EncodingType', query.get('encoding-type')),
      field('MaxUploads', uploadsMax),
      field('IsTruncated', truncated),
      ...uploads.map((upload) =>
        element(
          'Upload',
          field('Key', encode(upload.key)),
          field('UploadId', upload.uploadId),
          owner('Initiator', upload.initiator),
          owner('Owner', principal),
          field('StorageClass', storageClass(upload)),
          field('Initiated', upload.beganAt.toISOString()),
          field('ChecksumAlgorithm', upload.checksumAlgorithm),
          field('ChecksumType', upload.checksumType),
        ),
      ),
      ...[...prefixes].map((each) => element('CommonPrefixes', field('Prefix', encode(each)))),
    ),
  );
}

/** Uploads past the markers: later keys, and later uploads of the marked key. */
function afterMarkers(uploads: readonly MultipartUpload[], keyMarker: string, idMarker: string): MultipartUpload[] {
  const marked = uploads.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === idMarker);
  return uploads.filter(
    ({ key }, index) => compareKeys(key, keyMarker) > 0 || (key === keyMarker && marked >= 0 && index > marked),
  );
}

/** The parts of an upload that is under way (S3 API reference, ListParts). Throws `NoSuchUpload`, `InvalidArgument`. */
export function listParts(call: Call): void {
  const { bucket, key, query, principal, response } = call;
  const upload = openUpload(call);
  const partsMax = entriesAsked(query, 'max-parts');
  const marker = query.get('part-number-marker') ?? '0';
  if (!/^\d{1,10}$/.test(marker)) {
    throw new S3Error('InvalidArgument', 'Provided part-number-marker not an integer or within integer range');
  }
  const later = upload.parts.filter(({ partNumber }) => partNumber > Number(marker));
  const page = later.slice(0, partsMax);
  const truncated = later.length > page.length;
  sendXml(
    response,
    document(
      'ListPartsResult',
      field('Bucket', bucket),
      field('Key', key),
      field('UploadId', upload.uploadId),
      owner('Initiator', upload.initiator),
      owner('Owner', principal),
      field('StorageClass', storageClass(upload)),
      field('PartNumberMarker', marker),
      field('NextPartNumberMarker', page.at(-1)?.partNumber ?? 0),
      field('MaxParts', partsMax),
      field('IsTruncated', truncated),
      field('ChecksumAlgorithm', upload.checksumAlgorithm),
      field('ChecksumType', upload.checksumType),
      ...page.map((part) =>
        element(
          'Part',
          field('PartNumber', part.partNumber),
          field('LastModified', part.modifiedAt.toISOString()),
          field('ETag', quoted(part.entityTag)),
          field('Size', part.sizeBytes),
          checksumField(part),
        ),
      ),
    ),
  );
}

function storageClass({ headers }: MultipartUpload): string {
  return headers['x-amz-storage-class'] ?? 'STANDARD';
}
