import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { compareKeys } from '../../base/key-order.ts';
import { BucketStore } from './bucket-store.ts';
import type { DiskObject, DiskWorld } from './disk-world.ts';
import { openDocument } from './document.ts';
import type { KeyHistory } from './key-versions.ts';
import { listKeys } from './listing.ts';
import { listVersions } from './version-listing.ts';
import { StoreError, type StoredBucket, type StoredObject } from './object-store.ts';

const worldSchema = z.strictObject({
  buckets: z.record(
    z.string(),
    z.strictObject({
      /** Random; no name on disk derives from a bucket's. */
      directory: z.string().regex(/^[0-9a-f]{16}$/),
      createdAtMs: z.int().nonnegative(),
      attributes: z.record(z.string(), z.string()),
      settings: z.record(z.string(), z.string().nullable()),
    }),
  ),
});
type WorldState = z.infer<typeof worldSchema>;

/** Opens the world in `directory`. A bucket's own files are opened at its first use, so that starting costs no more with more data. */
export async function openWorld(directory: string, now: () => Date = () => new Date()): Promise<DiskWorld> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const document = await openDocument<WorldState>(join(directory, 'buckets.json'), worldSchema, { buckets: {} });
  await removeLeftovers(directory, document.state);
  const opened = new Map<string, BucketStore>();
  /** Buckets whose deletion is on its way to disk: nothing may be put into them any more. */
  const leaving = new Set<string>();

  function recordOf(name: string) {
    return Object.hasOwn(document.state.buckets, name) ? document.state.buckets[name] : undefined;
  }

  function open(name: string): BucketStore {
    const record = recordOf(name);
    if (record === undefined || leaving.has(name)) throw new StoreError('NoSuchBucket', `there is no bucket ${name}`);
    const known = opened.get(record.directory);
    if (known !== undefined) return known;
    const store = BucketStore.open(join(directory, record.directory), now);
    opened.set(record.directory, store);
    return store;
  }

  const versioningOf = (bucket: string) => recordOf(bucket)?.settings['versioning'] ?? undefined;

  /** The id of the version that comes next; undefined where it is the one without an id. */
  function newVersionId(bucket: string): string | undefined {
    return versioningOf(bucket) === 'Enabled' ? randomBytes(16).toString('hex') : undefined;
  }

  return {
    async createBucket(name, attributes) {
      const record = {
        directory: randomBytes(8).toString('hex'),
        createdAtMs: now().getTime(),
        attributes: { ...attributes },
        settings: {},
      };
      await document.update(({ buckets }) => {
        if (Object.hasOwn(buckets, name)) throw new StoreError('BucketExists', `there is a bucket ${name}`);
        buckets[name] = record;
      });
      return storedBucket(name, record);
    },

    async deleteBucket(name) {
      const store = open(name);
      if (!store.contents.versions.isEmpty) throw new StoreError('BucketNotEmpty', `bucket ${name} is not empty`);
      leaving.add(name);
      try {
        const left = await document.update(({ buckets }) => {
          const record = buckets[name];
          Reflect.deleteProperty(buckets, name);
          return record?.directory ?? '';
        });
        opened.delete(left);
        store.close();
        await rm(join(directory, left), { recursive: true, force: true });
      } finally {
        leaving.delete(name);
      }
    },

    bucket(name) {
      const record = leaving.has(name) ? undefined : recordOf(name);
      return record && storedBucket(name, record);
    },

    buckets() {
      return Object.entries(document.state.buckets)
        .filter(([name]) => !leaving.has(name))
        .map(([name, record]) => storedBucket(name, record))
        .sort((left, right) => compareKeys(left.name, right.name));
    },

    setting: (bucket, name) => {
      open(bucket);
      return recordOf(bucket)?.settings[name];
    },

    async changeSetting(bucket, name, value) {
      open(bucket);
      await document.update(({ buckets }) => {
        const record = buckets[bucket];
        if (record === undefined) throw new StoreError('NoSuchBucket', `there is no bucket ${bucket}`);
        record.settings[name] = value;
      });
    },

    object: (bucket, key) => open(bucket).contents.objects.get(key),
    latest: (bucket, key) => open(bucket).contents.versions.of(key)[0],
    version: (bucket, key, versionId) => open(bucket).contents.versions.find(key, versionId),
    read: (bucket, object, range) => open(bucket).bodies.read(...bytesOf(object, range)),
    readNow: (bucket, object, range) => open(bucket).bodies.readNow(...bytesOf(object, range)),
    receive: (bucket, source) => open(bucket).bodies.receive(source),
    discard: (bucket, body) => {
      // A bucket that left took its bodies along.
      if (recordOf(bucket) !== undefined && !leaving.has(bucket)) open(bucket).bodies.discard(body);
    },
    put: (bucket, key, body, details, precondition) =>
      open(bucket).put(key, body, { ...details, versionId: newVersionId(bucket) }, precondition),
    delete: (bucket, key) =>
      versioningOf(bucket) === undefined
        ? open(bucket).delete(key)
        : open(bucket).markDeleted(key, newVersionId(bucket)),
    deleteVersion: (bucket, key, versionId) => open(bucket).deleteVersion(key, versionId),
    amend: (bucket, object, changes) => open(bucket).amend(object, changes),
    list: (bucket, query) => listKeys(open(bucket).contents.objects, query),
    listVersions: (bucket, query) => listVersions(open(bucket).contents.versions, query),
    histories(bucket, after, keysMax) {
      const histories: KeyHistory[] = [];
      for (const history of open(bucket).contents.versions.from((key) => compareKeys(key, after) <= 0)) {
        if (histories.length === keysMax) break;
        histories.push(history);
      }
      return histories;
    },

    beginUpload: (bucket, key, details) => open(bucket).beginUpload(key, details),
    upload: (bucket, key, uploadId) => open(bucket).upload(key, uploadId),
    uploads: (bucket) => {
      const store = open(bucket);
      return [...store.contents.uploads.values()]
        .sort((left, right) => compareKeys(left.key, right.key) || left.beganAt.getTime() - right.beganAt.getTime())
        .map((upload) => ({ ...upload, parts: [...upload.parts.values()] }));
    },
    putPart: (bucket, uploadId, part, body) => open(bucket).putPart(uploadId, part, body),
    completeUpload: (bucket, upload, parts, completed, precondition) =>
      open(bucket).completeUpload(upload, parts, { ...completed, versionId: newVersionId(bucket) }, precondition),
    abortUpload: (bucket, upload) => open(bucket).abortUpload(upload),

    openBuckets: () =>
      Object.entries(document.state.buckets)
        .filter(([name, { directory: own }]) => opened.has(own) && !leaving.has(name))
        .map(([name]) => name),

    close() {
      for (const store of opened.values()) store.close();
      opened.clear();
    },
  };
}

function storedBucket(name: string, record: WorldState['buckets'][string]): StoredBucket {
  return { name, createdAt: new Date(record.createdAtMs), attributes: record.attributes };
}

/** Every object of a disk world was made by it, and so knows its parts. */
function bytesOf(object: StoredObject, range: { from: number; to: number } | undefined) {
  const { parts, sizeBytes } = object as DiskObject;
  const { from, to } = range ?? { from: 0, to: sizeBytes - 1 };
  return [parts, from, to] as const;
}

/** A kill between a bucket's removal from the list and that of its files leaves the files. */
async function removeLeftovers(directory: string, { buckets }: WorldState): Promise<void> {
  const known = new Set(Object.values(buckets).map((bucket) => bucket.directory));
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory() && !known.has(entry.name)) {
      await rm(join(directory, entry.name), { recursive: true, force: true });
    }
  }
}
