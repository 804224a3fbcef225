import { compareKeys } from '../base/key-order.ts';
import { Failure } from './failure.ts';
import { scanListing } from './listing-scanner.ts';
import type { BucketPlace } from './place.ts';
import { retrying, type RetryPolicy } from './retry.ts';
import type { S3Connection } from './s3-request.ts';
import { parseListing, type ListedObject, type ListingPage } from './s3-xml.ts';
import { isCanary, type Entry, type ListOptions } from './store.ts';

export interface BucketLister {
  readonly place: Pick<BucketPlace, 'bucket' | 'prefix'>;
  readonly connection: S3Connection;
  readonly retry: RetryPolicy;
}

/** The longest page (1,000 keys of 1,024 bytes, each byte encoded) is about 4 MiB. */
const pageBytesMax = 16 * 1024 * 1024;
/** A provider may answer with pages that hold nothing and say that more follows; it may not do so for ever. */
const emptyPagesMax = 1000;

/**
 * Lists a place by ListObjectsV2, always with the granted prefix (a request without it is refused), one page read ahead.
 * A listing that repeats a key, goes back, leaves the prefix or never ends is `broken`: merging it would pair the wrong keys.
 */
export async function* listBucket(
  lister: BucketLister,
  { after, signal }: ListOptions = {},
): AsyncGenerator<Entry, void, undefined> {
  const { prefix } = lister.place;
  signal?.throwIfAborted();
  const reading = new AbortController();
  const stop = () => reading.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  // A provider that ignores StartAfter is found out by the first key that it repeats.
  let previousKey = after === undefined ? undefined : prefix + after;
  let emptyPages = 0;
  try {
    const startAfter: Record<string, string> = after === undefined ? {} : { 'start-after': prefix + after };
    let pending = readAhead(lister, startAfter, reading.signal);
    for (;;) {
      const page = await pending;
      const token = page.continuationToken;
      if (token !== undefined) pending = readAhead(lister, { 'continuation-token': token }, reading.signal);
      for (const object of page.objects) {
        checkOrder(object.key, previousKey, prefix);
        previousKey = object.key;
        const entry = entryOf(object, prefix);
        if (entry !== undefined) yield entry;
      }
      if (token === undefined) return;
      emptyPages = page.objects.length === 0 ? emptyPages + 1 : 0;
      if (emptyPages > emptyPagesMax) throw broken('the listing goes on with empty pages');
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    reading.abort();
  }
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

/** A failure is kept until somebody asks for the page, instead of ending the process as an unhandled rejection. */
function readAhead(lister: BucketLister, query: Record<string, string>, signal: AbortSignal): Promise<ListingPage> {
  const page = fetchPage(lister, query, signal);
  page.catch(() => undefined);
  return page;
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

/** Undefined for what is no data: the canaries, and the prefix's own marker, whose relative key would be empty. */
function entryOf({ key, sizeBytes, entityTag, modifiedAt }: ListedObject, prefix: string): Entry | undefined {
  const relative = key.slice(prefix.length);
  return relative === '' || isCanary(relative) ? undefined : { key: relative, sizeBytes, entityTag, modifiedAt };
}

function checkOrder(key: string, previous: string | undefined, prefix: string): void {
  if (!key.startsWith(prefix))
    throw broken(`the listing of prefix ${JSON.stringify(prefix)} holds ${JSON.stringify(key)}`);
  if (previous === undefined || compareKeys(previous, key) < 0) return;
  throw broken(
    `the listing is not in the order of keys: ${JSON.stringify(key)} comes after ${JSON.stringify(previous)}`,
  );
}

function broken(message: string): Failure {
  return new Failure({ kind: 'broken', code: 'BrokenListing', message });
}
