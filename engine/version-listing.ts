import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { compareKeys } from '../base/key-order.ts';
import type { BucketLister } from './bucket-listing.ts';
import { unquote } from './entity-tag.ts';
import { Failure } from './failure.ts';
import { pageOddity } from './listing/listing-oddities.ts';
import { retrying } from './retry.ts';
import { decodeKey, parseXmlAs } from './s3-xml.ts';
import { isCanary, type Entry, type ListOptions } from './store.ts';

/** Which of a key's versions is meant: the newest, or the newest that was there at that time. */
export interface VersionChoice {
  readonly at?: Date | undefined;
}

/** One version of a key; `deleted`: a delete marker, as which a versioned bucket keeps a deletion. */
interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly modifiedAt: Date;
  readonly object?: { readonly sizeBytes: number; readonly entityTag: string };
}

interface VersionPage {
  readonly versions: readonly ListedVersion[];
  /** Where the next page begins. */
  readonly next?: { readonly 'key-marker': string; readonly 'version-id-marker': string };
}

const date = z.string().refine((text) => !Number.isNaN(Date.parse(text)));
const markerSchema = z.object({ Key: z.string(), VersionId: z.string(), LastModified: date });
const versionSchema = markerSchema.extend({ Size: z.string().regex(/^\d+$/), ETag: z.string() });
const pageSchema = z.object({
  ListVersionsResult: z.object({
    IsTruncated: z.enum(['true', 'false']),
    EncodingType: z.string().optional(),
    NextKeyMarker: z.string().optional(),
    NextVersionIdMarker: z.string().optional(),
    Version: z.array(versionSchema).default([]),
    DeleteMarker: z.array(markerSchema).default([]),
  }),
});

const pageBytesMax = 32 * 1024 * 1024;

/**
 * Lists a place by ListObjectVersions: of each key the version that was chosen, if it was no deletion. The order is that of a plain
 * listing; of one key the newest version comes first (S3 API reference, "ListObjectVersions"). Anything else is `broken`.
 */
export async function* listVersions(
  lister: BucketLister,
  { at }: VersionChoice,
  { after, signal, onOddity }: ListOptions = {},
): AsyncGenerator<readonly Entry[], void, undefined> {
  const { prefix } = lister.place;
  let query: Record<string, string> = { prefix, ...(after === undefined ? {} : { 'key-marker': prefix + after }) };
  let previousKey = after === undefined ? undefined : prefix + after;
  // Of the key to begin after nothing is told any more.
  let isDecided = true;
  for (;;) {
    const { versions, next } = await fetchVersions(lister, query, signal);
    const chosen: Entry[] = [];
    for (const version of versions) {
      checkOrder(version.key, previousKey, prefix);
      if (version.key !== previousKey) isDecided = false;
      previousKey = version.key;
      if (isDecided || (at !== undefined && version.modifiedAt > at)) continue;
      isDecided = true;
      const entry = entryOf(version, prefix);
      if (entry !== undefined) chosen.push(entry);
    }
    yield chosen;
    if (next === undefined) return;
    const oddity = pageOddity(versions.length);
    if (oddity !== undefined) onOddity?.(oddity);
    const asked = query;
    query = { prefix, ...next };
    if (isDeepStrictEqual(query, asked)) throw broken('the listing of versions does not go on');
  }
}

/** What `listVersions` would show under exactly this key. */
export async function findVersion(
  lister: BucketLister,
  choice: VersionChoice,
  key: string,
  signal?: AbortSignal,
): Promise<Entry | undefined> {
  const exact = { ...lister, place: { ...lister.place, prefix: lister.place.prefix + key } };
  const { prefix } = lister.place;
  // The exact key's versions come first of all that begin with it.
  for (let query: Record<string, string> = { prefix: exact.place.prefix }; ;) {
    const { versions, next } = await fetchVersions(exact, query, signal);
    for (const version of versions) {
      if (version.key !== prefix + key) return undefined;
      if (choice.at === undefined || version.modifiedAt <= choice.at) return entryOf(version, prefix);
    }
    if (next === undefined) return undefined;
    query = { prefix: exact.place.prefix, ...next };
  }
}

function fetchVersions(
  { place, connection, retry }: BucketLister,
  query: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<VersionPage> {
  return retrying(
    retry,
    async (attempt) => {
      const call = {
        method: 'GET',
        bucket: place.bucket,
        query: { versions: '', 'encoding-type': 'url', ...query },
      } as const;
      const { body } = await connection.fetch(call, { attempt, bytesMax: pageBytesMax });
      return parseVersions(body.toString('utf8'));
    },
    signal,
  );
}

/** A page of ListObjectVersions, versions and delete markers in the order in which they stand. */
function parseVersions(xml: string): VersionPage {
  const page = parseXmlAs(pageSchema, xml, 'ListObjectVersions').ListVersionsResult;
  const decode = page.EncodingType === 'url' ? decodeKey : (key: string) => key;
  const listed = ({ Key, VersionId, LastModified }: z.infer<typeof markerSchema>) => ({
    key: decode(Key),
    versionId: VersionId,
    modifiedAt: new Date(LastModified),
  });
  const versions = page.Version.map((version) => ({
    ...listed(version),
    object: { sizeBytes: Number(version.Size), entityTag: unquote(version.ETag) },
  })).values();
  const markers = page.DeleteMarker.map(listed).values();
  // The parser groups elements by their names; where each stands, only the text tells. A key holds no raw "<".
  const inOrder = [...xml.matchAll(/<(Version|DeleteMarker)>/g)].map(([, name]): ListedVersion => {
    const next = (name === 'Version' ? versions : markers).next().value;
    if (next === undefined) throw broken('the listing of versions cannot be read');
    return next;
  });
  if (page.IsTruncated === 'false') return { versions: inOrder };
  if (page.NextKeyMarker === undefined) throw broken('the listing says that more follows, but not where');
  const [key, version] = [decode(page.NextKeyMarker), page.NextVersionIdMarker ?? ''];
  return { versions: inOrder, next: { 'key-marker': key, 'version-id-marker': version } };
}

/** Undefined for a deletion and for what is no data: the canaries, and the prefix's own marker. */
function entryOf({ key, versionId, modifiedAt, object }: ListedVersion, prefix: string): Entry | undefined {
  const relative = key.slice(prefix.length);
  if (object === undefined || relative === '' || isCanary(relative)) return undefined;
  return { key: relative, modifiedAt, versionId, ...object };
}

/** One key may come several times, one after the other. */
function checkOrder(key: string, previous: string | undefined, prefix: string): void {
  if (key.startsWith(prefix) && (previous === undefined || compareKeys(previous, key) <= 0)) return;
  throw broken(`the listing of versions holds ${JSON.stringify(key)} out of its place`);
}

function broken(message: string): Failure {
  return new Failure({ kind: 'broken', code: 'BrokenListing', message: `${message}: copy without versions` });
}
