import type { Decision } from '../../../policies/decision.ts';
import type { StorageOperation, StorageRequest } from '../../../policies/storage-request.ts';
import type { CannedAcl } from '../../store/disk-world.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { aclElements, cannedAcl, grantsReadToAll, isPublicAcl } from '../canned-acl.ts';
import { readText } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { document } from '../xml.ts';
import { accessBlockOf } from './bucket-settings.ts';
import { ownerId } from './owner.ts';
import { existing } from './read-object.ts';

/** Access control lists (S3 User Guide, "Controlling ownership of objects"): off by default, canned ones where a bucket has them on. */
function hasAcls({ world, bucket }: Pick<Call, 'world' | 'bucket'>): boolean {
  const setting = world.setting(bucket, 'ownershipControls');
  return (setting === undefined ? 'BucketOwnerEnforced' : setting) !== 'BucketOwnerEnforced';
}

/**
 * The ACL that a write gives its object. Throws `AccessControlListNotSupported` where the bucket has none, `AccessDenied` for one that
 * the public access block holds back, and as `cannedAcl`.
 */
export function aclToKeep(call: Call): { readonly acl?: CannedAcl } {
  const { profile, headers } = call;
  // R2 takes the header, and has no ACLs.
  if (profile.provider === 'r2') return {};
  if (!hasAcls(call)) {
    const grants = Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'));
    const named = headers['x-amz-acl'];
    if (!grants && (named === undefined || named === 'bucket-owner-full-control')) return {};
    throw new S3Error('AccessControlListNotSupported');
  }
  const acl = cannedAcl(headers, 'object');
  if (acl === undefined) return {};
  refuseBlocked(call, acl);
  return { acl };
}

function refuseBlocked({ world, bucket }: Call, acl: CannedAcl): void {
  if (!isPublicAcl(acl) || !accessBlockOf(world, bucket).BlockPublicAcls) return;
  throw new S3Error(
    'AccessDenied',
    'Access Denied because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.',
  );
}

/** The ACL of an object; `private` where it was given none (S3 API reference, GetObjectAcl). Throws as `existing`. */
export function getObjectAcl(call: Call): void {
  const { acl = 'private' } = existing(call);
  sendXml(call.response, document('AccessControlPolicy', ...aclElements(acl, ownerId)));
}

/** The ACL of a bucket; `private` where it was given none (S3 API reference, GetBucketAcl). */
export function getBucketAcl({ world, bucket, response }: Call): void {
  sendXml(response, document('AccessControlPolicy', ...aclElements(bucketAclOf(world, bucket), ownerId)));
}

/** Gives an object another canned ACL (S3 API reference, PutObjectAcl). Throws as `existing` and `askedAcl`. */
export async function putObjectAcl(call: Call): Promise<void> {
  existing(call);
  const acl = await askedAcl(call, 'object');
  call.world.amend(call.bucket, existing(call), { acl });
  sendEmpty(call.response);
}

/** Gives a bucket another canned ACL (S3 API reference, PutBucketAcl). Throws as `askedAcl`. */
export async function putBucketAcl(call: Call): Promise<void> {
  const acl = await askedAcl(call, 'bucket');
  await call.world.changeSetting(call.bucket, 'acl', acl);
  sendEmpty(call.response);
}

/** The canned ACL of a call that puts one. Throws `NotImplemented` for a body, which holds explicit grants. */
async function askedAcl(call: Call, on: 'object' | 'bucket'): Promise<CannedAcl> {
  const body = await readText(call.body());
  if (!hasAcls(call)) throw new S3Error('AccessControlListNotSupported');
  const acl = cannedAcl(call.headers, on);
  if (acl === undefined && body !== '') throw new S3Error('NotImplemented', 'Explicit grants are not implemented');
  if (acl === undefined) throw new S3Error('MissingSecurityHeader');
  refuseBlocked(call, acl);
  return acl;
}

function bucketAclOf(world: Call['world'], bucket: string): CannedAcl {
  return (world.setting(bucket, 'acl') ?? 'private') as CannedAcl;
}

const readsObject: ReadonlySet<StorageOperation> = new Set(['GetObject', 'HeadObject']);
const readsBucket: ReadonlySet<StorageOperation> = new Set([
  ...(['ListObjects', 'ListObjectsV2', 'ListObjectVersions', 'ListMultipartUploads', 'HeadBucket'] as const),
]);

/**
 * What an ACL adds to an anonymous caller's permission: reading what it shows to everyone, unless a policy denies that, the bucket has
 * no ACLs, or its public access block ignores public ones.
 */
export function aclDecision(world: Call['world'], request: StorageRequest, decision: Decision): Decision {
  const { operation, bucket, key, versionId } = request;
  if (decision.verdict !== 'implicitly-denied' || bucket === undefined || world.bucket(bucket) === undefined) {
    return decision;
  }
  if (!hasAcls({ world, bucket }) || accessBlockOf(world, bucket).IgnorePublicAcls) return decision;
  const readable =
    key === undefined
      ? readsBucket.has(operation) && grantsReadToAll(bucketAclOf(world, bucket))
      : readsObject.has(operation) &&
        versionId === undefined &&
        grantsReadToAll(world.object(bucket, key)?.acl ?? 'private');
  if (!readable) return decision;
  return {
    verdict: 'allowed',
    because: `the ACL of the ${key === undefined ? 'bucket' : 'object'} grants READ to everyone`,
  };
}
