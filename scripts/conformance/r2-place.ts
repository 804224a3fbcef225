import Cloudflare from 'cloudflare';
import type { AccessKeys } from '../../engine/place.ts';
import { r2KeysOfToken } from '../../policies/r2-keys.ts';
import { permissionGroupId } from './permission-group.ts';
import type { CloudflareWorld, Place } from './world.ts';
import { wrongKeys } from './wrong-keys.ts';

export interface R2PlaceOptions {
  readonly cloudflare: CloudflareWorld;
  readonly bucket: string;
  readonly otherBucket: string;
  readonly administrator: AccessKeys;
}

/** Makes two buckets, and a read and a write token for the first, all through Cloudflare's API. */
export async function makeR2Place({ cloudflare, administrator, ...buckets }: R2PlaceOptions): Promise<Place> {
  const { accountId: account_id, apiToken, baseUrl: baseURL, r2Endpoints } = cloudflare;
  const client = new Cloudflare({ apiToken, baseURL, maxRetries: 0 });
  for (const name of [buckets.bucket, buckets.otherBucket]) await client.r2.buckets.create({ account_id, name });
  const resources = { [`com.cloudflare.edge.r2.bucket.${account_id}_default_${buckets.bucket}`]: '*' };
  const mint = async (group: string): Promise<AccessKeys> => {
    const id = await permissionGroupId(client, account_id, group);
    const policies = [{ effect: 'allow' as const, permission_groups: [{ id }], resources }];
    const token = await client.accounts.tokens.create({ account_id, name: `${buckets.bucket} ${group}`, policies });
    return r2KeysOfToken(token.id ?? '', token.value ?? '');
  };
  const reader = await mint('Workers R2 Storage Bucket Item Read');
  const writer = await mint('Workers R2 Storage Bucket Item Write');
  const keys = { administrator, reader, writer, ...wrongKeys(writer) };
  return { ...buckets, endpoint: r2Endpoints.default, region: 'auto', keys };
}
