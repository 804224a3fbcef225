import { listInRanges } from './listing/range-listing.ts';
import { scanListing } from './listing-scanner.ts';
import type { BucketPlace } from './place.ts';
import { retrying, type RetryPolicy } from './retry.ts';
import type { S3Connection } from './s3-connection.ts';
import { parseListing, type ListedObject, type ListingPage } from './s3-xml.ts';
import { isCanary, type Entry, type ListOptions } from './store.ts';

export interface BucketLister {
  readonly place: Pick<BucketPlace, 'bucket' | 'prefix'>;
  readonly connection: S3Connection;
  readonly retry: RetryPolicy;
  /** Requests of one listing at once. */
  readonly listersMax?: number;
}

/** The longest page (1,000 keys of 1,024 bytes, each byte encoded) is about 4 MiB. */
const pageBytesMax = 16 * 1024 * 1024;
/** Requests of one listing at once; see `listInRanges` for what they hold in memory. */
const listersMaxDefault = 8;

/**
 * Lists a place by ListObjectsV2, always with the granted prefix (a request without it is refused), one page read ahead; by several
 * listers where its pages take long: see `listInRanges`. A listing that repeats a key, goes back, leaves the prefix or never ends is
 * `broken`: merging it would pair the wrong keys.
 */
export async function* listBucket(
  lister: BucketLister,
  { after, signal, onDivided, onOddity }: ListOptions = {},
): AsyncGenerator<readonly Entry[], void, undefined> {
  const { prefix } = lister.place;
  const pages = listInRanges((query, stopped) => fetchPage(lister, query, stopped), {
    prefix,
    after: after === undefined ? undefined : prefix + after,
    listersMax: lister.listersMax ?? listersMaxDefault,
    onDivided,
    onOddity,
    signal,
  });
  for await (const page of pages) yield entriesOf(page, prefix);
}

/** What a listing would show under exactly this key; needs no right but the one to list. */
export async function findInBucket(
  lister: BucketLister,
  key: string,
  signal?: AbortSignal,
): Promise<Entry | undefined> {
  const { prefix } = lister.place;
  // The exact key is the first of those that begin with it.
  const page = await fetchPage(lister, { prefix: prefix + key, 'max-keys': '1' }, signal);
  const first = page.objects[0];
  return first?.key === prefix + key ? entryOf(first, prefix) : undefined;
}

function fetchPage(
  { place, connection, retry }: BucketLister,
  query: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<ListingPage> {
  return retrying(
    retry,
    async (attempt) => {
      const { body } = await connection.fetch(
        {
          method: 'GET',
          bucket: place.bucket,
          // XML 1.0 has no form for some characters that keys may hold, so keys are asked for percent-encoded.
          query: { 'list-type': '2', 'encoding-type': 'url', prefix: place.prefix, ...query },
        },
        { attempt, bytesMax: pageBytesMax },
      );
      return scanListing(body) ?? parseListing(body.toString('utf8'));
    },
    signal,
  );
}

function entriesOf(page: readonly ListedObject[], prefix: string): Entry[] {
  const entries: Entry[] = [];
  for (const object of page) {
    const entry = entryOf(object, prefix);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** Undefined for what is no data: the canaries, and the prefix's own marker, whose relative key would be empty. */
function entryOf({ key, sizeBytes, entityTag, modifiedAt }: ListedObject, prefix: string): Entry | undefined {
  const relative = key.slice(prefix.length);
  return relative === '' || isCanary(relative) ? undefined : { key: relative, sizeBytes, entityTag, modifiedAt };
}
