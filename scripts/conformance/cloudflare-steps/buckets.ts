import { apiStep } from '../cloudflare-session.ts';
import { bucket, euBucket } from './bucket-names.ts';

/** R2 buckets (Cloudflare API reference, "R2 > Buckets"; Cloudflare documentation, "R2 > Error codes", "Data location"). */
export const buckets = [
  apiStep(
    'administrator',
    'r2.buckets.create',
    'in Western Europe',
    'conformance-cloudflare, Standard, default',
    async (client, { account_id }) => {
      const made = await client.r2.buckets.create({ account_id, name: bucket, locationHint: 'weur' });
      return `${made.name}, ${made.storage_class}, ${made.jurisdiction}`;
    },
  ),
  apiStep('administrator', 'r2.buckets.create', 'again', 'refused: 409 10073', async (client, { account_id }) =>
    String((await client.r2.buckets.create({ account_id, name: bucket })).name),
  ),
  apiStep(
    'administrator',
    'r2.buckets.create',
    'a name with capitals',
    'refused: 400 10005',
    async (client, { account_id }) =>
      String((await client.r2.buckets.create({ account_id, name: 'Conformance' })).name),
  ),
  apiStep('administrator', 'r2.buckets.create', 'in the European Union', 'eu', async (client, { account_id }) =>
    String((await client.r2.buckets.create({ account_id, name: euBucket, 'cf-r2-jurisdiction': 'eu' })).jurisdiction),
  ),
  apiStep('administrator', 'r2.buckets.get', 'it', 'conformance-cloudflare', async (client, { account_id }) =>
    String((await client.r2.buckets.get(bucket, { account_id })).name),
  ),
  apiStep(
    'administrator',
    'r2.buckets.get',
    'the EU bucket without its jurisdiction',
    'refused: 404 10006',
    async (client, { account_id }) => String((await client.r2.buckets.get(euBucket, { account_id })).name),
  ),
  apiStep('administrator', 'r2.buckets.list', 'by a part of the name', bucket, async (client, { account_id }) => {
    const { buckets: found = [] } = await client.r2.buckets.list({ account_id, name_contains: bucket });
    return found.map(({ name }) => name).join(' ');
  }),
  apiStep(
    'administrator',
    'r2.buckets.edit',
    'another storage class',
    'InfrequentAccess',
    async (client, { account_id }) =>
      String((await client.r2.buckets.edit(bucket, { account_id, storage_class: 'InfrequentAccess' })).storage_class),
  ),
  apiStep('settings reader', 'r2.buckets.get', 'granted', bucket, async (client, { account_id }) =>
    String((await client.r2.buckets.get(bucket, { account_id })).name),
  ),
  apiStep('settings reader', 'r2.buckets.create', 'not granted', 'refused: 403 10000', async (client, { account_id }) =>
    String((await client.r2.buckets.create({ account_id, name: 'conformance-new' })).name),
  ),
  apiStep('settings reader', 'r2.buckets.delete', 'not granted', 'refused: 403 10000', async (client, { account_id }) =>
    JSON.stringify(await client.r2.buckets.delete(bucket, { account_id })),
  ),
  apiStep(
    'object writer',
    'r2.buckets.get',
    'objects only, no settings',
    'refused: 403 10000',
    async (client, { account_id }) => String((await client.r2.buckets.get(bucket, { account_id })).name),
  ),
];
