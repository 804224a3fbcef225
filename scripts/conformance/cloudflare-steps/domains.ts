import { apiStep, type CloudflareSession } from '../cloudflare-session.ts';
import { Refused } from '../step.ts';
import { bucket } from './bucket-names.ts';

const hostnameOf = ({ zone }: CloudflareSession): string => `files.conformance.${zone.name}`;

const attachment = (session: CloudflareSession) => ({
  account_id: session.account_id,
  domain: hostnameOf(session),
  zoneId: session.zone.id,
  enabled: true,
});

/** Custom domains and r2.dev (Cloudflare documentation, "R2 > Public buckets"). */
export const domains = [
  apiStep(
    'administrator',
    'r2.buckets.domains.managed.list',
    'r2.dev of a new bucket',
    'off',
    async (client, { account_id }) =>
      (await client.r2.buckets.domains.managed.list(bucket, { account_id })).enabled ? 'on' : 'off',
  ),
  apiStep('administrator', 'r2.buckets.domains.managed.update', 'r2.dev on', 'on', async (client, { account_id }) =>
    (await client.r2.buckets.domains.managed.update(bucket, { account_id, enabled: true })).enabled ? 'on' : 'off',
  ),
  apiStep('administrator', 'r2.buckets.domains.managed.update', 'r2.dev off', 'off', async (client, { account_id }) =>
    (await client.r2.buckets.domains.managed.update(bucket, { account_id, enabled: false })).enabled ? 'on' : 'off',
  ),
  apiStep(
    'administrator',
    'r2.buckets.domains.custom.create',
    'a hostname of the zone',
    'true, 1.2',
    async (client, session) => {
      const attached = { ...attachment(session), minTLS: '1.2' as const };
      const made = await client.r2.buckets.domains.custom.create(bucket, attached);
      return `${made.enabled}, ${made.minTLS}`;
    },
  ),
  apiStep(
    'administrator',
    'r2.buckets.domains.custom.create',
    'the hostname again',
    'refused: 409 10073',
    async (client, session) =>
      String((await client.r2.buckets.domains.custom.create(bucket, attachment(session))).enabled),
  ),
  apiStep('administrator', 'r2.buckets.domains.custom.get', 'its zone', 'as attached', async (client, session) => {
    const found = await client.r2.buckets.domains.custom.get(hostnameOf(session), {
      account_id: session.account_id,
      bucket_name: bucket,
    });
    return found.zoneName === session.zone.name ? 'as attached' : String(found.zoneName);
  }),
  apiStep(
    'administrator',
    'r2.buckets.domains.custom.update',
    'another TLS version',
    '1.3',
    async (client, session) => {
      const params = { account_id: session.account_id, bucket_name: bucket, enabled: true, minTLS: '1.3' as const };
      return String((await client.r2.buckets.domains.custom.update(hostnameOf(session), params)).minTLS);
    },
  ),
  apiStep('administrator', 'r2.buckets.domains.custom.list', 'one', '1', async (client, { account_id }) =>
    String((await client.r2.buckets.domains.custom.list(bucket, { account_id })).domains.length),
  ),
  apiStep(
    'settings reader',
    'r2.buckets.domains.custom.delete',
    'not granted',
    'refused: 403 10000',
    async (client, session) => {
      const params = { account_id: session.account_id, bucket_name: bucket };
      return (await client.r2.buckets.domains.custom.delete(hostnameOf(session), params)).domain;
    },
  ),
  apiStep('administrator', 'r2.buckets.domains.custom.delete', 'it', 'done', async (client, session) => {
    await client.r2.buckets.domains.custom.delete(hostnameOf(session), {
      account_id: session.account_id,
      bucket_name: bucket,
    });
    return 'done';
  }),
  apiStep(
    'administrator',
    'r2.buckets.domains.custom.get',
    'what was detached',
    'refused: 404',
    async (client, session) => {
      try {
        return String(
          (
            await client.r2.buckets.domains.custom.get(hostnameOf(session), {
              account_id: session.account_id,
              bucket_name: bucket,
            })
          ).enabled,
        );
      } catch (error) {
        // No page of the documentation says which code.
        throw (error as { status?: number }).status === 404 ? new Refused(404) : error;
      }
    },
  ),
];
