import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bucketRecordSchema } from '../../../sandbox/store/bucket-records.ts';
import type { DiskWorld } from '../../../sandbox/store/disk-world.ts';
import { openObjectStore, type ObjectStore } from '../../../sandbox/store/store.ts';

let directory: string;
let store: ObjectStore;
let world: DiskWorld;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-versions-'));
  await open();
  await world.createBucket('b', {});
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

async function open(): Promise<void> {
  store = await openObjectStore(directory, () => new Date(1_000));
  world = await store.world('aws');
}

async function* bytes(text: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(text));
}

async function put(key: string, text: string): Promise<string> {
  return (
    world.put('b', key, await world.receive('b', bytes(text)), { headers: {}, tags: { text } }).versionId ?? 'null'
  );
}

const everything = { prefix: '', after: '', delimiter: '', entriesMax: 10_000 };
const listed = () =>
  world
    .listVersions('b', everything)
    .versions.map(({ version, isLatest }) => [
      version.key,
      version.versionId ?? 'null',
      isLatest,
      version.deleteMarker === true,
      version.tags?.['text'],
    ]);

test('locks and ACLs survive, of objects as of uploads under way', async () => {
  const lock = { retention: { mode: 'COMPLIANCE', untilMs: 5_000 }, legalHold: 'OFF' } as const;
  const details = { headers: {}, lock, acl: 'public-read' } as const;
  world.put('b', 'k', await world.receive('b', bytes('x')), details);
  world.beginUpload('b', 'u', { ...details, initiator: 'tester' });
  await store.close();
  await open();
  expect(world.object('b', 'k')).toMatchObject({ lock, acl: 'public-read' });
  expect(world.uploads('b')).toMatchObject([{ lock, acl: 'public-read' }]);
  const object = world.object('b', 'k');
  if (object !== undefined) world.amend('b', object, { lock: { legalHold: 'ON' } });
  await store.close();
  await open();
  expect(world.object('b', 'k')).toMatchObject({ lock: { legalHold: 'ON' }, acl: 'public-read' });
});

test('versions, markers and tags survive, in their order', async () => {
  await put('k', 'plain');
  await world.changeSetting('b', 'versioning', 'Enabled');
  await put('k', 'second');
  world.delete('b', 'k');
  await put('other', 'x');
  const amended = world.version('b', 'k', 'null');
  if (amended !== undefined) world.amend('b', amended, { tags: { text: 'amended' } });
  const before = listed();
  expect(before.map(([, , , marker, tag]) => tag ?? marker)).toEqual([true, 'second', 'amended', 'x']);
  await store.close();
  await open();
  expect(listed()).toEqual(before);
  expect(world.object('b', 'k')).toBeUndefined();
  expect(world.object('b', 'other')?.modifiedAt).toEqual(new Date(1_000));
});

test('an index that is mostly history is written anew with every version', async () => {
  await world.changeSetting('b', 'versioning', 'Enabled');
  for (let round = 0; round < 1_200; round += 1) world.deleteVersion('b', 'k', await put('k', 'gone'));
  const kept = [await put('k', 'one'), await put('k', 'two')];
  const before = listed();
  await store.close();
  await open();
  expect(listed()).toEqual(before);
  expect(before.map(([, id]) => id)).toEqual(kept.toReversed());
  const oldest = world.version('b', 'k', kept[0] ?? '');
  expect(oldest && world.readNow('b', oldest)?.toString()).toBe('one');
});

test('records of an index from before there were versions are still read', () => {
  const object = { key: 'k', sizeBytes: 0, entityTag: '', modifiedAtMs: 0, headers: {}, parts: [] };
  expect(bucketRecordSchema.parse({ record: 'put', object })).toEqual({ record: 'put', object });
  expect(bucketRecordSchema.parse({ record: 'delete', key: 'k' })).toEqual({ record: 'delete', key: 'k' });
});
