import { apiStep } from '../cloudflare-session.ts';
import { bucket } from './bucket-names.ts';

const lifecycle = {
  id: 'unfinished',
  enabled: true,
  conditions: { prefix: '' },
  abortMultipartUploadsTransition: { condition: { type: 'Age' as const, maxAge: 86_400 } },
};
const lock = { id: 'kept', enabled: true, prefix: 'kept/', condition: { type: 'Indefinite' as const } };
const corsRule = { allowed: { methods: ['GET' as const], origins: ['https://example.test'] } };

/** Lifecycle, locks and CORS of R2 buckets (Cloudflare documentation, "Object lifecycles", "Bucket locks", "Configure CORS"). */
export const bucketRules = [
  apiStep(
    'administrator',
    'r2.buckets.lifecycle.get',
    'of a new bucket: unfinished uploads after seven days',
    '604800',
    async (client, { account_id }) => {
      const { rules: found = [] } = await client.r2.buckets.lifecycle.get(bucket, { account_id });
      return found.map((rule) => String(rule.abortMultipartUploadsTransition?.condition?.maxAge)).join(' ');
    },
  ),
  apiStep('administrator', 'r2.buckets.lifecycle.update', 'one rule', 'done', async (client, { account_id }) => {
    await client.r2.buckets.lifecycle.update(bucket, { account_id, rules: [lifecycle] });
    return 'done';
  }),
  apiStep('administrator', 'r2.buckets.lifecycle.get', 'the rule', 'unfinished', async (client, { account_id }) => {
    const { rules: found = [] } = await client.r2.buckets.lifecycle.get(bucket, { account_id });
    return found.map(({ id }) => id).join(' ');
  }),
  apiStep(
    'settings reader',
    'r2.buckets.lifecycle.update',
    'not granted',
    'refused: 403 10000',
    async (client, { account_id }) =>
      JSON.stringify(await client.r2.buckets.lifecycle.update(bucket, { account_id, rules: [] })),
  ),
  apiStep('administrator', 'r2.buckets.locks.update', 'kept/ for ever', 'done', async (client, { account_id }) => {
    await client.r2.buckets.locks.update(bucket, { account_id, rules: [lock] });
    return 'done';
  }),
  apiStep('administrator', 'r2.buckets.locks.get', 'the rule', 'kept/', async (client, { account_id }) => {
    const { rules: found = [] } = await client.r2.buckets.locks.get(bucket, { account_id });
    return found.map(({ prefix }) => prefix).join(' ');
  }),
  apiStep(
    'administrator',
    'r2.buckets.cors.get',
    'of a bucket without',
    'refused: 404 10059',
    async (client, { account_id }) => JSON.stringify(await client.r2.buckets.cors.get(bucket, { account_id })),
  ),
  apiStep('administrator', 'r2.buckets.cors.update', 'one rule', 'done', async (client, { account_id }) => {
    await client.r2.buckets.cors.update(bucket, { account_id, rules: [corsRule] });
    return 'done';
  }),
  apiStep('administrator', 'r2.buckets.cors.get', 'the rule', 'GET', async (client, { account_id }) => {
    const { rules: found = [] } = await client.r2.buckets.cors.get(bucket, { account_id });
    return found.flatMap(({ allowed }) => allowed.methods).join(' ');
  }),
  apiStep('administrator', 'r2.buckets.cors.delete', 'the rule', 'done', async (client, { account_id }) => {
    await client.r2.buckets.cors.delete(bucket, { account_id });
    return 'done';
  }),
];
