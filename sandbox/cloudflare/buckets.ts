import { z } from 'zod';
import { jurisdictions } from '../../base/location.ts';
import type { Jurisdiction } from '../../base/location.ts';
import { StoreError } from '../store/object-store.ts';
import type { ObjectWorld, StoredBucket } from '../store/object-store.ts';
import type { CloudflareAccount } from './account.ts';
import { belongsTo, forget, settingsOf, settingsToChange } from './bucket-settings.ts';
import { ApiError, parseBody, parseQuery } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';

/** R2 buckets (Cloudflare API reference, "R2 > Buckets"). Bodies are camelCase, answers snake_case. */
const base = '/accounts/:account/r2/buckets';

export const bucketEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: base, needs: 'write storage', run: create },
  { method: 'GET', path: base, needs: 'read storage', run: list },
  { method: 'GET', path: `${base}/:bucket`, needs: 'read storage', run: get },
  { method: 'PATCH', path: `${base}/:bucket`, needs: 'write storage', run: changeStorageClass },
  { method: 'DELETE', path: `${base}/:bucket`, needs: 'write storage', run: remove },
];

/** What a bucket-level call is about: the world of its `cf-r2-jurisdiction` header, and the bucket in it. */
export interface BucketInWorld {
  readonly jurisdiction: Jurisdiction;
  readonly world: ObjectWorld;
  readonly bucket: StoredBucket;
}

const storageClasses = ['Standard', 'InfrequentAccess'] as const;
const bucketName = z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
const createBody = z.strictObject({
  name: z.string(),
  locationHint: z.enum(['apac', 'eeur', 'enam', 'weur', 'wnam', 'oc']).nullish(),
  storageClass: z.enum(storageClasses).nullish(),
});

/** Throws `ApiError` 404, 10006 where the bucket is not in the world that the header names. */
export function bucketOf(call: Call): BucketInWorld {
  const jurisdiction = jurisdictionOf(call);
  const world = call.account.worlds[jurisdiction];
  const bucket = world.bucket(call.parameter('bucket'));
  if (bucket === undefined) throw noSuchBucket();
  return { jurisdiction, world, bucket };
}

async function create(call: Call): Promise<Answer> {
  const { account, body } = call;
  const jurisdiction = jurisdictionOf(call);
  const { name, locationHint, storageClass } = parseBody(createBody, body, 'r2');
  if (!bucketName.safeParse(name).success) {
    throw new ApiError({ status: 400, code: 10005, message: 'The specified bucket name is not valid.' });
  }
  const attributes = { location: locationHint ?? 'weur', storageClass: storageClass ?? 'Standard' };
  const bucket = await inStore(() => account.worlds[jurisdiction].createBucket(name, attributes));
  return { result: onWire(account, jurisdiction, bucket) };
}

const listQuery = z.object({
  name_contains: z.string().default(''),
  start_after: z.string().optional(),
  cursor: z.string().optional(),
  per_page: z.coerce.number().int().min(1).max(1000).default(20),
  direction: z.enum(['asc', 'desc']).default('asc'),
});

function list(call: Call): Answer {
  const { account, query } = call;
  const jurisdiction = jurisdictionOf(call);
  const { name_contains, start_after, cursor, per_page, direction } = parseQuery(listQuery, query);
  const named = account.worlds[jurisdiction].buckets().filter(({ name }) => name.includes(name_contains));
  const ordered = direction === 'asc' ? named : named.toReversed();
  const after = cursor === undefined ? start_after : Buffer.from(cursor, 'base64url').toString();
  const isAfter = (name: string): boolean => after === undefined || (direction === 'asc' ? name > after : name < after);
  const rest = ordered.filter(({ name }) => isAfter(name));
  const shown = rest.slice(0, per_page);
  const last = rest.length > per_page ? shown.at(-1) : undefined;
  return {
    result: { buckets: shown.map((bucket) => onWire(account, jurisdiction, bucket)) },
    resultInfo: { per_page, ...(last && { cursor: Buffer.from(last.name).toString('base64url') }) },
  };
}

function get(call: Call): Answer {
  const { jurisdiction, bucket } = bucketOf(call);
  return { result: onWire(call.account, jurisdiction, bucket) };
}

/** The class stands in a header; a body is ignored. */
async function changeStorageClass(call: Call): Promise<Answer> {
  const { account, headers } = call;
  const { jurisdiction, bucket } = bucketOf(call);
  const storageClass = parseHeader(z.enum(storageClasses), headers['cf-r2-storage-class'], 'cf-r2-storage-class');
  await account.update((draft) => {
    settingsToChange(draft, jurisdiction, bucket).storageClass = storageClass;
  });
  return { result: onWire(account, jurisdiction, bucket) };
}

async function remove(call: Call): Promise<Answer> {
  const { jurisdiction, world, bucket } = bucketOf(call);
  await inStore(() => world.deleteBucket(bucket.name));
  await call.account.update((draft) => forget(draft, (record) => belongsTo(record, jurisdiction, bucket)));
  return { result: {} };
}

/** The world that a bucket-level call's header names. Throws `ApiError` 400. */
export function jurisdictionOf({ headers }: Call): Jurisdiction {
  return parseHeader(z.enum(jurisdictions), headers['cf-r2-jurisdiction'] ?? 'default', 'cf-r2-jurisdiction');
}

function parseHeader<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError({
    status: 400,
    code: 10001,
    message: `${name}: ${parsed.error.issues[0]?.message ?? 'not valid'}`,
  });
}

function onWire(account: CloudflareAccount, jurisdiction: Jurisdiction, bucket: StoredBucket): Record<string, unknown> {
  const changed = settingsOf(account.state, jurisdiction, bucket)?.storageClass;
  return {
    name: bucket.name,
    creation_date: bucket.createdAt.toISOString(),
    location: bucket.attributes['location'] ?? 'weur',
    jurisdiction,
    storage_class: changed ?? bucket.attributes['storageClass'] ?? 'Standard',
  };
}

function noSuchBucket(): ApiError {
  return new ApiError({ status: 404, code: 10006, message: 'The specified bucket does not exist.' });
}

/** Says the store's refusals with R2's codes (Cloudflare docs: "R2 > Error codes"). */
async function inStore<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'NoSuchBucket') throw noSuchBucket();
    if (error.code === 'BucketNotEmpty') {
      throw new ApiError({ status: 409, code: 10008, message: 'The bucket you tried to delete is not empty.' });
    }
    if (error.code === 'BucketExists') {
      const message = 'The bucket you tried to create already exists, and you own it.';
      throw new ApiError({ status: 409, code: 10073, message });
    }
    throw error;
  }
}
