import { listBucket } from '../../engine/bucket-listing.ts';
import type { S3Connection } from '../../engine/s3-connection.ts';
import type { S3Call } from '../../engine/s3-request.ts';
import { tuningDefault } from '../../engine/tuning.ts';

type Page = readonly string[];

/** A connection that answers with these pages, over and over. */
function connectionTo(pages: readonly Page[], asked: S3Call[] = [], last = pages.length): S3Connection {
  return {
    fetch(call) {
      const number = Number(call.query?.['continuation-token'] ?? '0');
      asked.push(call);
      const more = number + 1 < last;
      const rows = (pages[number % pages.length] ?? []).map(
        (key) =>
          `<Contents><Key>${key}</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>"0"</ETag><Size>1</Size></Contents>`,
      );
      const token = more ? `<NextContinuationToken>${number + 1}</NextContinuationToken>` : '';
      const xml = `<ListBucketResult><IsTruncated>${more}</IsTruncated>${token}${rows.join('')}</ListBucketResult>`;
      return Promise.resolve({ status: 200, headers: {}, body: Buffer.from(xml) });
    },
    open: () => Promise.reject(new Error('a listing opens nothing')),
    send: () => Promise.reject(new Error('a listing fetches its pages')),
  };
}

function list(connection: S3Connection, prefix = '') {
  return listBucket({ place: { bucket: 'b', prefix }, connection, retry: tuningDefault });
}

async function keysOf(connection: S3Connection, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of list(connection, prefix)) keys.push(...page.map(({ key }) => key));
  return keys;
}

test('a listing follows its pages and leaves the prefix out of the keys', async () => {
  const connection = connectionTo([['up/a', 'up/b'], [], ['up/c']]);
  expect(await keysOf(connection, 'up/')).toEqual(['a', 'b', 'c']);
});

test("a listing passes over canaries and the prefix's own marker", async () => {
  const connection = connectionTo([['up/', 'up/.sluice-canary/1/x', 'up/a']]);
  expect(await keysOf(connection, 'up/')).toEqual(['a']);
});

test('a listing reads one page ahead and no further', async () => {
  const asked: S3Call[] = [];
  const listing = list(connectionTo([['a', 'b'], ['c'], ['d'], ['e']], asked));
  await listing.next();
  expect(asked).toHaveLength(2);
  await listing.return();
  expect(asked).toHaveLength(2);
});

test('a listing begins after a key where it is told to, inside its prefix', async () => {
  const asked: S3Call[] = [];
  const connection = connectionTo([['up/c']], asked);
  const listing = listBucket(
    { place: { bucket: 'b', prefix: 'up/' }, connection, retry: tuningDefault },
    { after: 'b' },
  );
  expect((await listing.next()).value).toMatchObject([{ key: 'c' }]);
  expect(asked[0]?.query).toMatchObject({ prefix: 'up/', 'start-after': 'up/b', 'encoding-type': 'url' });
});

test('L1: a listing of a provider that ignores where to begin is broken, and so deletes nothing', async () => {
  const listing = listBucket(
    { place: { bucket: 'b', prefix: 'up/' }, connection: connectionTo([['up/a', 'up/c']]), retry: tuningDefault },
    { after: 'b' },
  );
  await expect(listing.next()).rejects.toMatchObject({ kind: 'broken', code: 'BrokenListing' });
});

describe('a listing is broken where', () => {
  test.each([
    ['a page comes again', connectionTo([['a', 'b']], [], 2)],
    ['it goes on with empty pages', connectionTo([[]], [], Infinity)],
    ['it goes back', connectionTo([['b'], ['a']])],
  ])('%s', async (_, connection) => {
    await expect(keysOf(connection)).rejects.toMatchObject({ kind: 'broken', code: 'BrokenListing' });
  });
});
