import fc from 'fast-check';
import { compareKeys } from '../../../base/key-order.ts';
import { Failure } from '../../../engine/failure.ts';
import { listInRanges, type FetchPage, type RangeListingOptions } from '../../../engine/listing/range-listing.ts';
import type { ListingOddity } from '../../../engine/listing/listing-oddities.ts';
import type { ListedObject, ListingPage } from '../../../engine/s3-xml.ts';

const prefix = 'data/';

function objectOf(key: string): ListedObject {
  return { key, sizeBytes: 1, entityTag: '0', modifiedAt: new Date(0) };
}

interface ServerOptions {
  readonly keys: readonly string[];
  /** Keys of each page in turn, 0 included. */
  readonly pageSizes: readonly number[];
  /** How many turns of the event loop each page takes, in turn. */
  readonly delays?: readonly number[];
  readonly ignoresStart?: boolean;
}

/** A provider in memory; `keys` in its own order, whatever that is. It counts how many requests were under way at once. */
function provider({ keys, pageSizes, delays = [0], ignoresStart = false }: ServerOptions) {
  const seen = { requests: 0, atOnce: 0, atOnceMax: 0 };
  const fetchPage: FetchPage = async (query, signal) => {
    const number = seen.requests++;
    seen.atOnce += 1;
    seen.atOnceMax = Math.max(seen.atOnceMax, seen.atOnce);
    for (let turns = delays[number % delays.length] ?? 0; turns > 0; turns -= 1) await new Promise(setImmediate);
    seen.atOnce -= 1;
    signal.throwIfAborted();
    const after = query['start-after'];
    const [token, begun] = (query['continuation-token'] ?? '0 ').split(' ');
    const start = begun !== '' ? decodeURIComponent(begun ?? '') : ignoresStart ? undefined : after;
    const own = start === undefined ? keys : keys.filter((key) => compareKeys(key, start) > 0);
    const from = Number(token);
    const to = from + (pageSizes[number % pageSizes.length] ?? 1);
    const objects = own.slice(from, to).map(objectOf);
    const page: ListingPage = { objects };
    return to < own.length ? { ...page, continuationToken: `${to} ${encodeURIComponent(start ?? '')}` } : page;
  };
  return { fetchPage, seen };
}

/** Divides whenever it can. */
const eager = { listersMax: 6, slowPageMs: 0, pagesBeforeDivision: 1, prefix };

async function keysOf(fetchPage: FetchPage, options: Partial<RangeListingOptions> = {}): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of listInRanges(fetchPage, { ...eager, ...options })) keys.push(...page.map(({ key }) => key));
  return keys;
}

const anyName = fc.oneof(
  fc.string({ unit: fc.constantFrom('0', '1', '5', '9', 'a', 'z', '/', '.'), minLength: 1, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('a', '\ue000', '\uffee', '\u{10000}', 'é', ' '), minLength: 1, maxLength: 4 }),
);
const anyKeys = fc
  .uniqueArray(anyName, { maxLength: 150 })
  .map((names) => names.map((name) => prefix + name).sort(compareKeys));
/** Not all of them 0, or no listing would end. */
const anyPageSizes = fc
  .array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 6 })
  .map((sizes) => [...sizes, 1]);
const anyDelays = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 8 });

describe('several listers find exactly what one finds, in order', () => {
  test('for any keys, pages of any size (empty ones too), answers in any order', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys, anyPageSizes, anyDelays, async (keys, pageSizes, delays) => {
        expect(await keysOf(provider({ keys, pageSizes, delays }).fetchPage)).toEqual(keys);
      }),
      { numRuns: 120 },
    );
  });

  test('also after a key', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys, anyPageSizes, anyDelays, anyName, async (keys, pageSizes, delays, name) => {
        const after = prefix + name;
        const found = await keysOf(provider({ keys, pageSizes, delays }).fetchPage, { after });
        expect(found).toEqual(keys.filter((key) => compareKeys(key, after) > 0));
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['a flat bucket', (index: number) => `${prefix}${String(index).padStart(9, '0')}.bin`],
    ['a deep bucket', (index: number) => `${prefix}${index % 13}/${Math.floor(index / 100)}/a/b/${index}.jpg`],
    ['keys that hardly differ', (index: number) => `${prefix}${'long/'.repeat(40)}${String(index).padStart(6, '0')}`],
    [
      'keys beyond the basic plane',
      (index: number) => `${prefix}${index % 2 ? '\ue000' : '\u{10000}'}${10_000 + index}`,
    ],
  ])('in %s, with more than one request at once', async (_, keyAt) => {
    const keys = Array.from({ length: 3000 }, (__, index) => keyAt(index)).sort(compareKeys);
    const { fetchPage, seen } = provider({ keys, pageSizes: [20], delays: [3, 5] });
    let divisions = 0;
    expect(await keysOf(fetchPage, { onDivided: () => (divisions += 1) })).toEqual(keys);
    expect(divisions).toBeGreaterThan(1);
    expect(seen.atOnceMax).toBeGreaterThan(2);
    expect(seen.atOnceMax).toBeLessThanOrEqual(2 * eager.listersMax);
    // Every division costs a request, and gives a page.
    expect(seen.requests).toBeLessThan(2.5 * (keys.length / 20));
  });
});

describe('a provider that misbehaves', () => {
  const keys = Array.from({ length: 200 }, (_, index) => `${prefix}${1000 + index}`);

  test('L1: and ignores where to begin has one lister, which finds everything and tells of it', async () => {
    let divisions = 0;
    const oddities = new Set<ListingOddity>();
    const { fetchPage } = provider({ keys, pageSizes: [10], delays: [2], ignoresStart: true });
    const heard = { onDivided: () => (divisions += 1), onOddity: (oddity: ListingOddity) => oddities.add(oddity) };
    expect(await keysOf(fetchPage, heard)).toEqual(keys);
    expect(divisions).toBe(0);
    expect(oddities).toContain('start ignored');
  });

  test('L1: and ignores where to begin cannot be gone on with after a key, and says what to do', async () => {
    const { fetchPage } = provider({ keys, pageSizes: [10], ignoresStart: true });
    await expect(keysOf(fetchPage, { after: `${prefix}1100` })).rejects.toThrow(
      /StartAfter.*"data\/1100".*"data\/1000".*--restart/,
    );
  });

  test('L2: and gives short and empty pages is told of, but not for its last page', async () => {
    const oddities: ListingOddity[] = [];
    const { fetchPage } = provider({ keys, pageSizes: [60, 0, 60] });
    const onOddity = (oddity: ListingOddity): void => void oddities.push(oddity);
    expect(await keysOf(fetchPage, { listersMax: 1, onOddity })).toEqual(keys);
    expect(oddities).toEqual(['short page', 'empty page', 'short page', 'short page', 'empty page']);
  });

  test.each([
    ['repeats a key', [`${prefix}a`, `${prefix}b`, `${prefix}b`], /repeats "data\/b";.*--from-file/],
    [
      'goes back',
      [`${prefix}b`, `${prefix}a`],
      /not in the order of keys: "data\/a" comes after "data\/b";.*--from-file/,
    ],
    ['leaves the prefix', ['other/a'], /prefix "data\/" holds "other\/a";.*--from-file/],
  ])('and %s is said to, with what to do instead', async (_, wrong, message) => {
    await expect(keysOf(provider({ keys: wrong, pageSizes: [10] }).fetchPage)).rejects.toThrow(message);
  });

  test('L4, L5: and lists in another order, or a key twice, is found out by the one lister that it has', async () => {
    const places = fc.tuple(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 0, max: 199 }));
    await fc.assert(
      fc.asyncProperty(places, fc.boolean(), anyPageSizes, anyDelays, async ([from, to], twice, pageSizes, delays) => {
        fc.pre(from !== to);
        const wrong = [...keys];
        const [moved = ''] = twice ? wrong.slice(from, from + 1) : wrong.splice(from, 1);
        wrong.splice(to, 0, moved);
        const listing = keysOf(provider({ keys: wrong, pageSizes, delays }).fetchPage, { listersMax: 1 });
        await expect(listing).rejects.toMatchObject({ code: 'BrokenListing' });
      }),
      { numRuns: 40 },
    );
  });

  test('and fails is heard of, from whichever lister', async () => {
    const { fetchPage, seen } = provider({ keys, pageSizes: [10], delays: [2] });
    const failing: FetchPage = (query, signal) => {
      if (seen.requests === 12) seen.requests = 1000;
      if (seen.requests >= 1000) return Promise.reject(new Failure({ kind: 'refused', message: 'no more' }));
      return fetchPage(query, signal);
    };
    await expect(keysOf(failing)).rejects.toThrow('no more');
  });

  test('and goes on with empty pages for ever is broken', async () => {
    const endless: FetchPage = () => Promise.resolve({ objects: [], continuationToken: 'more' });
    await expect(keysOf(endless)).rejects.toMatchObject({ code: 'BrokenListing' });
  });
});

test('fast pages, and a listing that is soon over, have one lister', async () => {
  const keys = Array.from({ length: 100 }, (_, index) => `${prefix}${1000 + index}`);
  const fast = provider({ keys, pageSizes: [10] });
  await keysOf(fast.fetchPage, { slowPageMs: 60_000 });
  const short = provider({ keys, pageSizes: [30], delays: [2] });
  await keysOf(short.fetchPage, { pagesBeforeDivision: 4 });
  expect([fast.seen.requests, short.seen.requests]).toEqual([10, 4]);
});

test('a reader that stops stops all listers', async () => {
  const keys = Array.from({ length: 1000 }, (_, index) => `${prefix}${10_000 + index}`);
  const { fetchPage, seen } = provider({ keys, pageSizes: [10], delays: [2] });
  const pages = listInRanges(fetchPage, eager);
  for (let index = 0; index < 20; index += 1) await pages.next();
  await pages.return(undefined);
  const requests = seen.requests;
  for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
  expect(seen.requests).toBe(requests);
  expect(requests).toBeLessThan(200);
});
