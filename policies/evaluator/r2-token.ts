import type { Jurisdiction } from '../../base/location.ts';

/** An API token's policies as Cloudflare's create call takes them, in camel case (Cloudflare API, "Create Token"). */
export type R2TokenPolicies = readonly R2TokenPolicy[];

export interface R2TokenPolicy {
  readonly effect: 'allow' | 'deny';
  readonly permissionGroups: readonly { readonly id: string }[];
  /** `{ key: "*" }`, or `{ account key: { key: "*" } }` for things inside an account. */
  readonly resources: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The groups for objects and buckets. Names are not unique at Cloudflare; id and scope are (Cloudflare R2, "API tokens"). */
export const r2PermissionGroups = {
  storageRead: {
    id: 'b4992e1108244f5d8bfbd5744320c2e1',
    name: 'Workers R2 Storage Read',
    scope: 'com.cloudflare.api.account',
  },
  storageWrite: {
    id: 'bf7481a1826f439697cb59a20b22293e',
    name: 'Workers R2 Storage Write',
    scope: 'com.cloudflare.api.account',
  },
  bucketItemRead: {
    id: '6a018a9f2fc74eb6b293b0c548f38b39',
    name: 'Workers R2 Storage Bucket Item Read',
    scope: 'com.cloudflare.edge.r2.bucket',
  },
  bucketItemWrite: {
    id: '2efd5506f9c8494dacb1fa10a3e7d5b6',
    name: 'Workers R2 Storage Bucket Item Write',
    scope: 'com.cloudflare.edge.r2.bucket',
  },
} as const;
export type R2PermissionGroup = keyof typeof r2PermissionGroups;

const accountPrefix = 'com.cloudflare.api.account.';
const bucketPrefix = 'com.cloudflare.edge.r2.bucket.';

/** Where a request arrives: an R2 endpoint belongs to one account and sees one jurisdiction. */
export interface R2Place {
  readonly accountId: string;
  readonly jurisdiction: Jurisdiction;
}

/** `com.cloudflare.edge.r2.bucket.<ACCOUNT>_<JURISDICTION>_<BUCKET>`. */
export function r2BucketResource({ accountId, jurisdiction, bucket }: R2Place & { readonly bucket: string }): string {
  return `${bucketPrefix}${accountId}_${jurisdiction}_${bucket}`;
}

/**
 * Whether a policy's `resources` cover the account as a whole: the scope that the Storage groups act on.
 * A group outside its scope silently does nothing (Cloudflare API, "Create API token via the API").
 */
export function coversAccount({ resources }: R2TokenPolicy, { accountId }: R2Place): boolean {
  return resources[`${accountPrefix}${accountId}`] === '*' || resources[`${accountPrefix}*`] === '*';
}

/**
 * Whether a policy's `resources` cover one bucket, by its own key or by the wildcard inside its account: the scope that
 * the Bucket Item groups act on. The wildcard means nothing outside its account.
 */
export function coversBucket({ resources }: R2TokenPolicy, place: R2Place, bucket: string): boolean {
  const key = r2BucketResource({ ...place, bucket });
  if (resources[key] === '*') return true;
  const inAccount = resources[`${accountPrefix}${place.accountId}`];
  return typeof inAccount === 'object' && (inAccount[key] === '*' || inAccount[`${bucketPrefix}*`] === '*');
}
