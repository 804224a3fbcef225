import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { unquote } from './entity-tag.ts';
import { Failure } from './failure.ts';

/** The XML documents of the S3 protocol, parsed into plain values. Anything unexpected is a `broken` failure. */

/** Elements that may come once or many times. */
const arrays = new Set(['Contents', 'Error', 'Deleted', 'CommonPrefixes', 'Version', 'DeleteMarker', 'Upload', 'Tag']);

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  // A key may begin or end with a space.
  trimValues: false,
  // Adds numeric entities: some servers write the quotes of an entity tag as &#34;.
  htmlEntities: true,
  isArray: (name) => arrays.has(name),
});

export interface S3Error {
  readonly code: string;
  readonly message: string;
  /** The region the request should be signed for, where the provider says it. */
  readonly region?: string;
}

const errorSchema = z.object({
  Error: z.tuple([z.object({ Code: z.string(), Message: z.string().optional(), Region: z.string().optional() })]),
});

/** The `<Error>` document of a refused request; undefined where the text is something else (a proxy's page, nothing). */
export function parseError(xml: string): S3Error | undefined {
  const parsed = errorSchema.safeParse(parse(xml));
  if (!parsed.success) return undefined;
  const [{ Code: code, Message: message = '', Region: region }] = parsed.data.Error;
  return { code: code.trim(), message: message.trim(), ...(region === undefined ? {} : { region }) };
}

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly entityTag: string;
  readonly modifiedAt: Date;
}

export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** Set where more pages follow. */
  readonly continuationToken?: string;
}

const contentsSchema = z.object({
  Key: z.string(),
  Size: z.string().regex(/^\d+$/),
  ETag: z.string(),
  LastModified: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
});

const listingSchema = z.object({
  ListBucketResult: z.object({
    IsTruncated: z.enum(['true', 'false']),
    EncodingType: z.string().optional(),
    NextContinuationToken: z.string().optional(),
    Contents: z.array(contentsSchema).default([]),
  }),
});

/** A page of ListObjectsV2. Keys come decoded where the answer says that it encoded them. */
export function parseListing(xml: string): ListingPage {
  const page = parseXmlAs(listingSchema, xml, 'ListObjectsV2').ListBucketResult;
  const decode = page.EncodingType === 'url' ? decodeKey : (key: string) => key;
  if (page.IsTruncated === 'true' && !page.NextContinuationToken) {
    throw new Failure({ kind: 'broken', message: 'the listing says that more follows, but not where' });
  }
  return {
    objects: page.Contents.map((listed) => ({
      key: decode(listed.Key),
      sizeBytes: Number(listed.Size),
      entityTag: unquote(listed.ETag),
      modifiedAt: new Date(listed.LastModified),
    })),
    ...(page.IsTruncated === 'true' && page.NextContinuationToken !== undefined
      ? { continuationToken: page.NextContinuationToken }
      : {}),
  };
}

/** AWS writes a space as `+` and a plus as `%2B` (form encoding); others write `%20`. */
export function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new Failure({ kind: 'broken', message: `the listing holds a key that is not UTF-8: ${encoded}` });
  }
}

export interface DeleteError {
  readonly key: string;
  readonly code: string;
  readonly message: string;
}

const deleteResultSchema = z.object({
  DeleteResult: z.union([
    z.object({
      Error: z
        .array(z.object({ Key: z.string(), Code: z.string().default(''), Message: z.string().default('') }))
        .default([]),
    }),
    z.literal(''),
  ]),
});

/** The keys that a DeleteObjects did not delete: its status is 200 whatever happened to each. */
export function parseDeleteResult(xml: string): DeleteError[] {
  const result = parseXmlAs(deleteResultSchema, xml, 'DeleteObjects').DeleteResult;
  if (result === '') return [];
  return result.Error.map(({ Key, Code, Message }) => ({ key: Key, code: Code, message: Message }));
}

/** The body of DeleteObjects, which answers with errors only. Keys must be what XML 1.0 can carry: see `fitsXml`. */
export function renderDelete(keys: readonly string[]): string {
  const objects = keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join('');
  return `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${objects}</Delete>`;
}

/** Whether XML 1.0 carries the key unharmed: it has no form for most control characters, and readers normalise line ends. */
export function fitsXml(key: string): boolean {
  return !/[\p{Cc}\uFFFE\uFFFF]/u.test(key);
}

const uploadStartedSchema = z.object({ InitiateMultipartUploadResult: z.object({ UploadId: z.string().min(1) }) });

/** The upload id of CreateMultipartUpload's answer. */
export function parseUploadStarted(xml: string): string {
  return parseXmlAs(uploadStartedSchema, xml, 'CreateMultipartUpload').InitiateMultipartUploadResult.UploadId;
}

/** The body of CompleteMultipartUpload. */
export function renderParts(parts: readonly { readonly number: number; readonly entityTag: string }[]): string {
  const rows = parts.map(
    ({ number, entityTag }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${escapeXml(entityTag)}&quot;</ETag></Part>`,
  );
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rows.join('')}</CompleteMultipartUpload>`;
}

const uploadCompletedSchema = z.object({ CompleteMultipartUploadResult: z.object({ ETag: z.string() }) });

/** The entity tag of CompleteMultipartUpload's answer. */
export function parseUploadCompleted(xml: string): string {
  return unquote(parseXmlAs(uploadCompletedSchema, xml, 'CompleteMultipartUpload').CompleteMultipartUploadResult.ETag);
}

/** A document as the schema says. Throws `broken` where it is another. */
export function parseXmlAs<T>(schema: z.ZodType<T>, xml: string, call: string): T {
  const parsed = schema.safeParse(parse(xml));
  if (parsed.success) return parsed.data;
  throw new Failure({ kind: 'broken', message: `the answer to ${call} is not what the S3 protocol says` });
}

/** Undefined where the text is no whole document: the parser itself would take one that was cut off. */
function parse(xml: string): unknown {
  const root = /^\s*(?:<\?xml[^>]*\?>)?\s*<([A-Za-z]+)/.exec(xml)?.[1];
  if (root === undefined) return undefined;
  const end = xml.trimEnd();
  if (!end.endsWith(`</${root}>`) && !end.endsWith('/>')) return undefined;
  try {
    return parser.parse(xml);
  } catch {
    return undefined;
  }
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
