import { z } from 'zod';
import { StoreError } from '../../store/object-store.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { cannedAcl, isPublicAcl } from '../canned-acl.ts';
import { listedBucketsMax } from '../limits.ts';
import { readText, parseXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { document, element, field, text } from '../xml.ts';
import { enableObjectLock } from './object-lock.ts';
import { owner } from './owner.ts';

/** The calls on buckets themselves. */
const createBucketSchema = z.object({ LocationConstraint: z.string().optional() }).or(z.literal(''));

/**
 * Makes a bucket (S3 API reference, CreateBucket; R2's own rules are its profile's). Making one's own again is what the profile
 * says: success or its refusal. Throws `InvalidBucketName`, `MalformedXML`, `NotImplemented` for Object Lock on R2, and as
 * `settingsAsked`.
 */
export async function createBucket({ world, profile, region, bucket, headers, body, response }: Call): Promise<void> {
  if (!profile.bucketName.test(bucket)) throw new S3Error('InvalidBucketName', undefined, { BucketName: bucket });
  const locked = headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true';
  if (locked && profile.provider === 'r2') throw new S3Error('NotImplemented');
  const settings = profile.provider === 'aws' ? settingsAsked(headers) : {};
  const attributes = profile.bucketAttributes(await locationConstraint(body()), region);
  try {
    await world.createBucket(bucket, attributes);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'BucketExists')) throw error;
    const refusal = profile.bucketOwned(region);
    if (refusal !== undefined) throw refusal;
    sendEmpty(response, 200, { location: `/${bucket}` });
    return;
  }
  if (locked) await enableObjectLock(world, bucket);
  for (const [name, value] of Object.entries(settings)) await world.changeSetting(bucket, name, value);
  sendEmpty(response, 200, { location: `/${bucket}` });
}

const ownerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

/**
 * Ownership and ACL of a new bucket, whose public access block stands before anybody could take it away. Throws `InvalidArgument`,
 * `InvalidRequest`, `InvalidBucketAclWithBlockPublicAccessError`.
 */
function settingsAsked(headers: Call['headers']): Readonly<Record<string, string>> {
  const { 'x-amz-object-ownership': ownership, 'x-amz-acl': named } = headers;
  if (ownership !== undefined && !ownerships.includes(ownership)) {
    throw new S3Error('InvalidArgument', undefined, {
      ArgumentName: 'x-amz-object-ownership',
      ArgumentValue: ownership,
    });
  }
  const acl = cannedAcl(headers, 'bucket');
  if ((ownership ?? 'BucketOwnerEnforced') === 'BucketOwnerEnforced' && named !== undefined && named !== 'private') {
    const message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
    throw new S3Error('InvalidRequest', message);
  }
  if (acl !== undefined && isPublicAcl(acl)) throw new S3Error('InvalidBucketAclWithBlockPublicAccessError');
  return { ...(ownership !== undefined && { ownershipControls: ownership }), ...(acl !== undefined && { acl }) };
}

async function locationConstraint(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const xml = await readText(body);
  if (xml === '') return undefined;
  const parsed = createBucketSchema.safeParse(parseXml(xml, 'CreateBucketConfiguration'));
  if (!parsed.success) throw new S3Error('MalformedXML');
  return parsed.data === '' ? undefined : parsed.data.LocationConstraint;
}

/** S3 API reference, DeleteBucket. The store throws `BucketNotEmpty` where anything is left in it. */
export async function deleteBucket({ world, bucket, response }: Call): Promise<void> {
  await world.deleteBucket(bucket);
  sendEmpty(response, 204);
}

/** That the bucket is there was looked up before (S3 API reference, HeadBucket). */
export function headBucket({ profile, region, response }: Call): void {
  sendEmpty(response, 200, {
    'content-type': 'application/xml',
    ...(profile.provider === 'aws' && { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false' }),
  });
}

/** S3's region, or R2's location in capitals: `WEUR` (S3 API reference, GetBucketLocation). */
export function getBucketLocation({ world, profile, region, bucket, response }: Call): void {
  const location =
    profile.provider === 'r2' ? (world.bucket(bucket)?.attributes['location'] ?? 'auto').toUpperCase() : region;
  // us-east-1 is S3's first region, and has no name here.
  const constraint = location === 'us-east-1' ? '' : location;
  sendXml(response, document('LocationConstraint', text(constraint)));
}

/** All buckets of the account, in pages (S3 API reference, ListBuckets). Throws `InvalidArgument` for `max-buckets` out of range. */
export function listBuckets({ world, region, profile, query, principal, response }: Call): void {
  const limit = bucketsAsked(query.get('max-buckets'));
  const prefix = query.get('prefix');
  const after = query.get('continuation-token');
  const matching = world
    .buckets()
    .filter(({ name }) => name.startsWith(prefix ?? '') && (after === undefined || name > decodeToken(after)));
  const page = matching.slice(0, limit);
  const last = matching.length > page.length ? page.at(-1)?.name : undefined;
  const buckets = page.map(({ name, createdAt }) =>
    element(
      'Bucket',
      field('Name', name),
      field('CreationDate', createdAt.toISOString()),
      profile.provider === 'aws' ? field('BucketRegion', region) : undefined,
    ),
  );
  sendXml(
    response,
    document(
      'ListAllMyBucketsResult',
      owner('Owner', principal),
      element('Buckets', ...buckets),
      field('Prefix', prefix),
      last === undefined ? undefined : field('ContinuationToken', Buffer.from(last).toString('base64url')),
    ),
  );
}

function bucketsAsked(parameter: string | undefined): number {
  if (parameter === undefined) return listedBucketsMax;
  const count = /^\d{1,5}$/.test(parameter) ? Number(parameter) : 0;
  if (count >= 1 && count <= listedBucketsMax) return count;
  throw new S3Error('InvalidArgument', `Argument max-buckets must be an integer between 1 and ${listedBucketsMax}`);
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64url').toString('utf8');
}
