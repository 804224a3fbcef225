import type { Decision } from '../decision.ts';
import type { StorageOperation, StorageRequest } from '../storage-request.ts';
import {
  coversAccount,
  coversBucket,
  type R2PermissionGroup,
  type R2Place,
  type R2TokenPolicies,
  type R2TokenPolicy,
  r2PermissionGroups,
} from './r2-token.ts';

/**
 * What a call does, as R2's groups tell calls apart (Cloudflare R2, "API tokens", and the read and write actions of
 * "Temporary credentials", which place GetBucketLocation among the reads):
 *
 *                                                  | Storage Write | Storage Read | Item Write | Item Read
 *     inspect: ListBuckets, HeadBucket, Get config | yes           | yes          | no         | no
 *     configure: create, delete, Put config        | yes           | no           | no         | no
 *     read: list, get, head, list uploads or parts | yes           | yes          | its bucket | its bucket
 *     write: put, delete, copy, multipart          | yes           | no           | its bucket | no
 *
 * HeadBucket is refused to Item groups: observed by its users (remotely-save issue 826); the documents do not say.
 */
type Kind = 'inspect' | 'configure' | 'read' | 'write';

const kindsGranted: Readonly<Record<R2PermissionGroup, readonly Kind[]>> = {
  storageWrite: ['inspect', 'configure', 'read', 'write'],
  storageRead: ['inspect', 'read'],
  bucketItemWrite: ['read', 'write'],
  bucketItemRead: ['read'],
};

const groupsById = new Map(
  (Object.keys(r2PermissionGroups) as R2PermissionGroup[]).map((group) => [
    r2PermissionGroups[group].id as string,
    group,
  ]),
);

const reads = new Set<StorageOperation>([
  'GetBucketLocation',
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
  'ListMultipartUploads',
  'ListParts',
  'GetObject',
  'HeadObject',
  'GetObjectAttributes',
  'GetObjectTagging',
  'GetObjectAcl',
  'GetObjectRetention',
  'GetObjectLegalHold',
]);
const writes = new Set<StorageOperation>([
  'PutObject',
  'CopyObject',
  'DeleteObject',
  'DeleteObjects',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
]);

/**
 * What R2's S3 endpoint decides for the holder of a token with `policies`: deny beats allow, a group that R2 does not know
 * or that stands outside its scope does nothing, prefixes play no part. Any token's policies may be asked about.
 */
export function decideR2Token(policies: R2TokenPolicies, request: StorageRequest, place: R2Place): Decision {
  const { operation, bucket, copySource } = request;
  const own = decideKind(policies, kindOf(operation), bucket, place);
  if (own.verdict !== 'allowed' || !copySource) return named(own, operation, bucket);
  const source = decideKind(policies, 'read', copySource.bucket, place);
  return source.verdict === 'allowed'
    ? named(own, operation, bucket)
    : named(source, `${operation}'s source`, copySource.bucket);
}

function decideKind(policies: R2TokenPolicies, kind: Kind, bucket: string | undefined, place: R2Place): Decision {
  let allowedBy: string | undefined;
  for (const policy of policies) {
    const group = policy.permissionGroups.find(({ id }) => acts(groupsById.get(id), { policy, kind, bucket, place }));
    const name = groupsById.get(group?.id ?? '');
    if (!name) continue;
    const label = r2PermissionGroups[name].name;
    if (policy.effect === 'deny') return { verdict: 'explicitly-denied', because: `the token denies "${label}"` };
    allowedBy ??= label;
  }
  return allowedBy
    ? { verdict: 'allowed', because: `permission group "${allowedBy}"` }
    : { verdict: 'implicitly-denied', because: `no permission group of the token lets it ${kind}` };
}

function acts(
  group: R2PermissionGroup | undefined,
  on: {
    readonly policy: R2TokenPolicy;
    readonly kind: Kind;
    readonly bucket: string | undefined;
    readonly place: R2Place;
  },
): boolean {
  if (!group || !kindsGranted[group].includes(on.kind)) return false;
  if (r2PermissionGroups[group].scope === 'com.cloudflare.api.account') return coversAccount(on.policy, on.place);
  return on.bucket !== undefined && coversBucket(on.policy, on.place, on.bucket);
}

function kindOf(operation: StorageOperation): Kind {
  if (reads.has(operation)) return 'read';
  if (writes.has(operation)) return 'write';
  return /^(Get|List|Head)/.test(operation) ? 'inspect' : 'configure';
}

function named({ verdict, because }: Decision, asked: string, bucket: string | undefined): Decision {
  return { verdict, because: `${asked}${bucket === undefined ? '' : ` on ${bucket}`}: ${because}` };
}
