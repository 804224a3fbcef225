import type { DiskObject } from '../../store/disk-world.ts';
import { sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { pageEntriesMax } from '../limits.ts';
import { S3Error } from '../s3-error.ts';
import { document, element, field, type Xml } from '../xml.ts';
import { existing } from './read-object.ts';
import { checksumField } from './uploads.ts';
import { versionHeaders } from './version.ts';

const attributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
type Attribute = (typeof attributes)[number];

/** GetObjectAttributes: what `x-amz-object-attributes` names of an object (S3 API reference, GetObjectAttributes). */
export function getObjectAttributes(call: Call): void {
  const { headers, bucket, response } = call;
  const asked = attributesAsked(headers['x-amz-object-attributes']);
  const object = existing(call);
  const { entityTag, sizeBytes, checksum } = object;
  const described: Readonly<Record<Attribute, () => Xml | undefined>> = {
    ETag: () => field('ETag', entityTag),
    Checksum: () => checksum && element('Checksum', checksumField(object), field('ChecksumType', checksum.type)),
    ObjectParts: () => (entityTag.includes('-') ? partsElement(object, headers) : undefined),
    StorageClass: () => field('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD'),
    ObjectSize: () => field('ObjectSize', sizeBytes),
  };
  const chosen = attributes.filter((attribute) => asked.has(attribute));
  const xml = document('GetObjectAttributesResponse', ...chosen.map((attribute) => described[attribute]()));
  const modified = { 'last-modified': object.modifiedAt.toUTCString() };
  sendXml(response, xml, 200, { ...modified, ...versionHeaders(call, bucket, object) });
}

function attributesAsked(header = ''): ReadonlySet<string> {
  const asked = header.split(',').map((name) => name.trim());
  if (asked.every((name) => (attributes as readonly string[]).includes(name))) return new Set(asked);
  throw new S3Error('InvalidArgument', 'Invalid attribute name specified.', {
    ArgumentName: 'x-amz-object-attributes',
    ArgumentValue: header,
  });
}

/** The parts, one by one only where each has a checksum of its own. */
function partsElement({ parts, checksum }: DiskObject, headers: Readonly<Record<string, string>>): Xml {
  const total = field('PartsCount', parts.length);
  if (checksum?.type !== 'COMPOSITE') return element('ObjectParts', total);
  const after = countOf(headers, 'x-amz-part-number-marker', 0);
  const limit = Math.min(countOf(headers, 'x-amz-max-parts', pageEntriesMax), pageEntriesMax);
  const page = parts.slice(after, after + limit);
  const truncated = after + page.length < parts.length;
  return element(
    'ObjectParts',
    total,
    field('PartNumberMarker', after),
    truncated ? field('NextPartNumberMarker', after + page.length) : undefined,
    field('MaxParts', limit),
    field('IsTruncated', truncated),
    ...page.map((part, index) =>
      element('Part', field('PartNumber', after + index + 1), field('Size', part.sizeBytes), checksumField(part)),
    ),
  );
}

function countOf(headers: Readonly<Record<string, string>>, name: string, otherwise: number): number {
  const text = headers[name];
  if (text === undefined) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new S3Error('InvalidArgument', `${name} must be a number that is not negative.`, {
    ArgumentName: name,
    ArgumentValue: text,
  });
}
