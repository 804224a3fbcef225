import { setImmediate } from 'node:timers/promises';
import type { DiskWorld } from '../store/disk-world.ts';
import { versionOf, type KeyHistory } from '../store/key-versions.ts';
import { StoreError } from '../store/object-store.ts';
import { dueRemovals, isUploadDue, type ExpiryRule, type Removal } from './expiry.ts';
import { isHeld } from './object-lock.ts';
import { S3Error } from './s3-error.ts';

/** A world whose buckets' lifecycles are to be applied. */
export interface SweptWorld {
  readonly world: DiskWorld;
  readonly rulesOf: (bucket: string) => readonly ExpiryRule[];
  readonly now: () => Date;
}

/** Between two pages other requests have their turn. */
const keysPerPage = 1_000;

/**
 * Applies the lifecycle of every bucket that anybody has used since the start; the others change unseen, and are swept when they are
 * used. What a lock holds stays, whatever a rule says (S3 User Guide, "How S3 Object Lock works"; R2 docs, "Bucket locks").
 */
export async function sweepLifecycles({ world, rulesOf, now }: SweptWorld): Promise<void> {
  for (const bucket of world.openBuckets()) {
    try {
      await sweepBucket(world, bucket, rulesOf(bucket), now);
    } catch (error) {
      // It may be deleted while it is swept.
      if (!(error instanceof StoreError && error.code === 'NoSuchBucket')) throw error;
    }
  }
}

async function sweepBucket(
  world: DiskWorld,
  bucket: string,
  rules: readonly ExpiryRule[],
  now: () => Date,
): Promise<void> {
  if (rules.some(({ abortUploads }) => abortUploads !== undefined)) {
    for (const upload of world.uploads(bucket)) {
      if (isUploadDue(upload, rules, now())) world.abortUpload(bucket, upload);
    }
  }
  if (rules.every(({ current, noncurrent, expiredMarkers }) => !current && !noncurrent && !expiredMarkers)) return;
  let page: readonly KeyHistory[];
  let after = '';
  do {
    page = world.histories(bucket, after, keysPerPage);
    for (const history of page) {
      for (const removal of dueRemovals(history, rules, now())) remove(world, bucket, history, removal, now());
    }
    after = page.at(-1)?.key ?? '';
    await setImmediate();
  } while (page.length === keysPerPage);
}

function remove(world: DiskWorld, bucket: string, { key, versions }: KeyHistory, removal: Removal, now: Date): void {
  try {
    if ('current' in removal) world.delete(bucket, key);
    else if (!versions.some((each) => versionOf(each) === removal.versionId && isHeld(each, now, false)))
      world.deleteVersion(bucket, key, removal.versionId);
  } catch (error) {
    if (!(error instanceof S3Error && error.code === 'ObjectLockedByBucketPolicy')) throw error;
  }
}
