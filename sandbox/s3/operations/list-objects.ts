import { nullVersion, type DiskObject } from '../../store/disk-world.ts';
import type { Listing } from '../../store/listing.ts';
import { quoted, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { pageEntriesMax } from '../limits.ts';
import { encodeForListing } from '../percent-encoding.ts';
import type { Query } from '../query.ts';
import { S3Error } from '../s3-error.ts';
import { document, element, field, type Xml } from '../xml.ts';
import { owner } from './owner.ts';

/** ListObjectsV2, ListObjects and ListObjectVersions. */
interface ListParameters {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encode: (text: string) => string;
  readonly encodingType: 'url' | undefined;
}

/** S3 API reference, ListObjectsV2. Throws `InvalidArgument` for a token or a number of keys that is none. */
export function listObjectsV2({ world, bucket, query, principal, response }: Call): void {
  const parameters = listParameters(query);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const listing = list(world, bucket, parameters, token === undefined ? (startAfter ?? '') : decodeToken(token));
  const withOwner = query.get('fetch-owner') === 'true' ? owner('Owner', principal) : undefined;
  const { encode } = parameters;
  sendXml(
    response,
    document(
      'ListBucketResult',
      ...head(bucket, parameters),
      field('KeyCount', listing.objects.length + listing.commonPrefixes.length),
      field('IsTruncated', listing.truncated),
      field('ContinuationToken', token),
      field('NextContinuationToken', listing.truncated ? encodeToken(listing.last ?? '') : undefined),
      startAfter === undefined ? undefined : field('StartAfter', encode(startAfter)),
      ...listing.objects.map((object) => element('Contents', ...describe(object, encode), withOwner)),
      ...commonPrefixes(listing, encode),
    ),
  );
}

/** S3 API reference, ListObjects. Throws `InvalidArgument` for a number of keys that is none. */
export function listObjects({ world, bucket, query, principal, response }: Call): void {
  const parameters = listParameters(query);
  const marker = query.get('marker') ?? '';
  const listing = list(world, bucket, parameters, marker);
  const { encode, delimiter } = parameters;
  // Without a delimiter clients go on from the last key, and S3 sends no NextMarker.
  const next = listing.truncated && delimiter !== '' ? field('NextMarker', encode(listing.last ?? '')) : undefined;
  sendXml(
    response,
    document(
      'ListBucketResult',
      ...head(bucket, parameters),
      field('Marker', encode(marker)),
      next,
      field('IsTruncated', listing.truncated),
      ...listing.objects.map((object) => element('Contents', ...describe(object, encode), owner('Owner', principal))),
      ...commonPrefixes(listing, encode),
    ),
  );
}

/**
 * Versions and delete markers, newest first within a key (S3 API reference, ListObjectVersions). Throws `InvalidArgument` for a
 * version marker without a key marker, and for a number of keys that is none.
 */
export function listObjectVersions({ world, bucket, query, principal, response }: Call): void {
  const parameters = listParameters(query);
  const marker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  if (versionMarker !== '' && marker === '') {
    throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.', {
      ArgumentName: 'version-id-marker',
      ArgumentValue: versionMarker,
    });
  }
  const { prefix, delimiter, maxKeys, encode } = parameters;
  const listing = world.listVersions(bucket, {
    ...{ prefix, delimiter, after: marker, entriesMax: maxKeys },
    ...(versionMarker !== '' && { afterVersion: versionMarker }),
  });
  const { truncated, last } = listing;
  sendXml(
    response,
    document(
      'ListVersionsResult',
      ...head(bucket, parameters),
      field('KeyMarker', encode(marker)),
      field('VersionIdMarker', versionMarker),
      field('NextKeyMarker', truncated ? encode(last?.key ?? '') : undefined),
      field('NextVersionIdMarker', truncated ? last?.versionId : undefined),
      field('IsTruncated', truncated),
      ...listing.versions.map(({ version, isLatest }) =>
        element(
          version.deleteMarker ? 'DeleteMarker' : 'Version',
          field('VersionId', version.versionId ?? nullVersion),
          field('IsLatest', isLatest),
          ...(version.deleteMarker ? describeMarker(version, encode) : describe(version, encode)),
          owner('Owner', principal),
        ),
      ),
      ...commonPrefixes(listing, encode),
    ),
  );
}

function list(
  world: Call['world'],
  bucket: string,
  { prefix, delimiter, maxKeys }: ListParameters,
  after: string,
): Listing<DiskObject> {
  return world.list(bucket, { prefix, delimiter, after, entriesMax: maxKeys });
}

function listParameters(query: Query): ListParameters {
  const encodingType = query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
      ArgumentValue: encodingType,
    });
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: entriesAsked(query, 'max-keys'),
    encodingType,
    encode: encodingType === 'url' ? encodeForListing : (text) => text,
  };
}

/** A page's length: as asked, but at most `pageEntriesMax`. Throws `InvalidArgument`. */
export function entriesAsked(query: Query, name: string): number {
  const text = query.get(name);
  if (text === undefined || text === '') return pageEntriesMax;
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= 0x7fffffff) return Math.min(count, pageEntriesMax);
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    ArgumentName: name,
    ArgumentValue: text,
  });
}

function head(
  bucket: string,
  { prefix, delimiter, maxKeys, encode, encodingType }: ListParameters,
): (Xml | undefined)[] {
  return [
    field('Name', bucket),
    field('Prefix', encode(prefix)),
    delimiter === '' ? undefined : field('Delimiter', encode(delimiter)),
    field('MaxKeys', maxKeys),
    field('EncodingType', encodingType),
  ];
}

function describe(object: DiskObject, encode: (text: string) => string): (Xml | undefined)[] {
  return [
    field('Key', encode(object.key)),
    field('LastModified', object.modifiedAt.toISOString()),
    field('ETag', quoted(object.entityTag)),
    field('ChecksumAlgorithm', object.checksum?.algorithm),
    field('ChecksumType', object.checksum?.type),
    field('Size', object.sizeBytes),
    field('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD'),
  ];
}

function describeMarker({ key, modifiedAt }: DiskObject, encode: (text: string) => string): (Xml | undefined)[] {
  return [field('Key', encode(key)), field('LastModified', modifiedAt.toISOString())];
}

function commonPrefixes(listing: Pick<Listing<DiskObject>, 'commonPrefixes'>, encode: (text: string) => string): Xml[] {
  return listing.commonPrefixes.map((prefix) => element('CommonPrefixes', field('Prefix', encode(prefix))));
}

function encodeToken(last: string): string {
  return Buffer.from(last).toString('base64url');
}

function decodeToken(token: string): string {
  const decoded = Buffer.from(token, 'base64url').toString('utf8');
  if (token !== '' && encodeToken(decoded) === token) return decoded;
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
}
