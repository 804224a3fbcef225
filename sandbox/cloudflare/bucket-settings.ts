import type { Jurisdiction } from '../../base/location.ts';
import type { StoredBucket } from '../store/object-store.ts';
import { sha256Hex } from './account.ts';
import type { CloudflareAccount } from './account.ts';
import type { AccountState, BucketSettings } from './state.ts';

/**
 * What the account remembers of a bucket beside its objects. Buckets also come and go through S3, which this account
 * does not see, so each record names the bucket's creation and is ignored for a later bucket of the same name.
 */
type BucketRecord = Pick<BucketSettings, 'jurisdiction' | 'bucket' | 'bucketCreatedAt'>;

/** Whether the record is of this very bucket, and not of an earlier one of its name. */
export function belongsTo(record: BucketRecord, jurisdiction: Jurisdiction, bucket: StoredBucket): boolean {
  return (
    record.jurisdiction === jurisdiction &&
    record.bucket === bucket.name &&
    record.bucketCreatedAt === bucket.createdAt.toISOString()
  );
}

/** What the account remembers of the bucket; undefined where that is nothing. */
export function settingsOf(
  state: AccountState,
  jurisdiction: Jurisdiction,
  bucket: StoredBucket,
): BucketSettings | undefined {
  return state.bucketSettings.find((settings) => belongsTo(settings, jurisdiction, bucket));
}

/** The bucket's settings in `draft`, made where there are none. */
export function settingsToChange(
  draft: AccountState,
  jurisdiction: Jurisdiction,
  bucket: StoredBucket,
): BucketSettings {
  const existing = settingsOf(draft, jurisdiction, bucket);
  if (existing) return existing;
  const settings = { jurisdiction, bucket: bucket.name, bucketCreatedAt: bucket.createdAt.toISOString() };
  draft.bucketSettings.push(settings);
  return settings;
}

/** Drops what `draft` remembers of the buckets that `gone` picks: settings and custom domains. */
export function forget(draft: AccountState, gone: (record: BucketRecord) => boolean): void {
  draft.bucketSettings = draft.bucketSettings.filter((settings) => !gone(settings));
  draft.customDomains = draft.customDomains.filter((domain) => !gone(domain));
}

/** The bucket that a record names, if that very bucket still lives. */
export function livingBucket(account: CloudflareAccount, record: BucketRecord): StoredBucket | undefined {
  const bucket = account.worlds[record.jurisdiction].bucket(record.bucket);
  return bucket && belongsTo(record, record.jurisdiction, bucket) ? bucket : undefined;
}

/** The bucket's r2.dev hostname: constant for its life, and no other bucket's, nor that of a later one of its name. */
export function managedDomain(jurisdiction: Jurisdiction, bucket: StoredBucket): { bucketId: string; domain: string } {
  const life = [jurisdiction, bucket.name, bucket.createdAt.toISOString()].join('/');
  const bucketId = sha256Hex(life).slice(0, 32);
  return { bucketId, domain: `pub-${bucketId}.r2.dev` };
}
