import { abilities as allAbilities, type Ability } from '../ability.ts';
import { neededAbilities, type OperationOptions } from '../migration-grants.ts';
import type { Operation, Side } from '../operation.ts';
import type { StorageOperation } from '../storage-request.ts';

/** What a policy may be for. */
export interface Purpose {
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly side: Side;
  /** In the order of `abilities`. */
  readonly abilities: readonly Ability[];
}

/**
 * From the least to the most. A destination that clients verify by HEAD needs `read` beside what sluice's own copy needs: rclone
 * asks for every object that it uploaded.
 */
export const purposes: readonly Purpose[] = [
  { name: 'source of copy or sync', operations: ['copy', 'sync'], side: 'source', abilities: ['list', 'read'] },
  { name: 'source of verify', operations: ['verify'], side: 'source', abilities: ['list', 'read'] },
  { name: 'destination of verify', operations: ['verify'], side: 'destination', abilities: ['list', 'read'] },
  {
    name: 'destination of copy, sizes verified by listing',
    operations: ['copy'],
    side: 'destination',
    abilities: ['list', 'write', 'multipart'],
  },
  {
    name: 'destination of copy, each object verified (rclone)',
    operations: ['copy'],
    side: 'destination',
    abilities: ['list', 'read', 'write', 'multipart'],
  },
  {
    name: 'destination of sync',
    operations: ['sync'],
    side: 'destination',
    abilities: ['list', 'read', 'write', 'delete', 'multipart'],
  },
];

/** The purposes of operations with these options: what the options add to each. */
export function purposesWith(options: Pick<OperationOptions, 'tags' | 'versions'>): readonly Purpose[] {
  return purposes.map((purpose) => {
    const { operations, side, abilities } = purpose;
    const added = operations
      .flatMap((operation) => neededAbilities(operation, side, options))
      .filter((ability) => ability === 'tag' || ability === 'version');
    const held = new Set([...abilities, ...added]);
    return { ...purpose, abilities: allAbilities.filter((ability) => held.has(ability)) };
  });
}

/** A call that a purpose makes, the IAM action that it needs, and what happens to a client that lacks it. */
export interface NeededCall {
  readonly ability: Ability;
  readonly operation: StorageOperation;
  readonly action: string;
  /** The call names a version by its id. */
  readonly versioned?: true;
  readonly withoutIt: string;
}

/** The calls of a purpose. */
export function callsOf({ abilities, side }: Purpose): readonly NeededCall[] {
  return neededCalls.filter(
    (call) =>
      abilities.includes(call.ability) &&
      (call.besides === undefined || abilities.includes(call.besides)) &&
      (call.side === undefined || call.side === side),
  );
}

/** `besides`: an ability that is needed too before the call is made. */
const neededCalls: readonly (NeededCall & { readonly side?: Side; readonly besides?: Ability })[] = [
  {
    ability: 'list',
    operation: 'ListObjectsV2',
    action: 's3:ListBucket',
    withoutIt: 'the first listing fails with 403: nothing can be compared, and a missing object looks forbidden',
  },
  {
    ability: 'read',
    side: 'source',
    operation: 'GetObject',
    action: 's3:GetObject',
    withoutIt: 'every read fails with 403',
  },
  {
    ability: 'read',
    side: 'destination',
    operation: 'HeadObject',
    action: 's3:GetObject',
    withoutIt:
      "rclone's HEAD after each upload fails with 403 and the run with it; `--checksum` and content checks cannot read back",
  },
  { ability: 'write', operation: 'PutObject', action: 's3:PutObject', withoutIt: 'every upload fails with 403' },
  {
    ability: 'delete',
    operation: 'DeleteObject',
    action: 's3:DeleteObject',
    withoutIt: "sync's first delete fails with 403, after it has copied everything",
  },
  {
    ability: 'multipart',
    operation: 'ListMultipartUploads',
    action: 's3:ListBucketMultipartUploads',
    withoutIt: 'uploads that a dead run left cannot be found, are never aborted, and are paid for',
  },
  {
    ability: 'multipart',
    operation: 'AbortMultipartUpload',
    action: 's3:AbortMultipartUpload',
    withoutIt: 'a failed large upload cannot be cleaned up once another user resumes it',
  },
  {
    ability: 'multipart',
    operation: 'ListParts',
    action: 's3:ListMultipartUploadParts',
    withoutIt: 'a large upload cannot be resumed by another user, and starts again',
  },
  {
    ability: 'tag',
    side: 'source',
    operation: 'GetObjectTagging',
    action: 's3:GetObjectTagging',
    withoutIt: 'tags cannot be read: every object that has some fails with 403',
  },
  {
    ability: 'tag',
    side: 'destination',
    operation: 'PutObjectTagging',
    action: 's3:PutObjectTagging',
    withoutIt: 'every upload of an object with tags fails with 403',
  },
  {
    ability: 'version',
    operation: 'ListObjectVersions',
    action: 's3:ListBucketVersions',
    withoutIt: 'the first listing of versions fails with 403',
  },
  {
    ability: 'version',
    operation: 'GetObject',
    versioned: true,
    action: 's3:GetObjectVersion',
    withoutIt: 'every read of a version fails with 403',
  },
  {
    ability: 'version',
    besides: 'tag',
    operation: 'GetObjectTagging',
    versioned: true,
    action: 's3:GetObjectVersionTagging',
    withoutIt: 'the tags of a version cannot be read: every version that has some fails with 403',
  },
];

/** Calls that some clients make beside their work, and how to do without: never a reason to grant more. */
export const clientHabits: readonly {
  readonly client: string;
  readonly operation: StorageOperation;
  readonly action: string;
  readonly side: Side;
  readonly instead: string;
}[] = [
  {
    client: 'aws s3 cp and sync between buckets, objects above 8 MB',
    operation: 'GetObjectTagging',
    action: 's3:GetObjectTagging',
    side: 'source',
    instead: '--copy-props none',
  },
  {
    client: 's3fs, boto3 Bucket(), s5cmd without a region: HeadBucket, a listing without prefix',
    operation: 'HeadBucket',
    action: 's3:ListBucket on the whole bucket',
    side: 'source',
    instead: 'name the region, and probe with a listing of the prefix',
  },
  {
    client: 'rclone lsd remote:',
    operation: 'ListBuckets',
    action: 's3:ListAllMyBuckets',
    side: 'source',
    instead: 'list the bucket by name',
  },
  {
    client: 'rclone mkdir, and rclone without no_check_bucket',
    operation: 'CreateBucket',
    action: 's3:CreateBucket',
    side: 'destination',
    instead: 'no_check_bucket = true',
  },
  {
    client: 'older rclone, which sends x-amz-acl',
    operation: 'PutObjectAcl',
    action: 's3:PutObjectAcl',
    side: 'destination',
    instead: 'an rclone that leaves an empty acl out',
  },
];
