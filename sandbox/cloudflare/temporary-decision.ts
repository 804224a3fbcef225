import type { Decision } from '../../policies/decision.ts';
import { decideR2Token } from '../../policies/evaluator/decide-r2-token.ts';
import { r2BucketResource, r2PermissionGroups } from '../../policies/evaluator/r2-token.ts';
import type { R2PermissionGroup, R2Place, R2TokenPolicies } from '../../policies/evaluator/r2-token.ts';
import type { StorageOperation, StorageRequest } from '../../policies/storage-request.ts';
import { temporaryActions } from './temporary-credentials.ts';
import type { Permission, TemporaryClaims } from './temporary-credentials.ts';

/**
 * What a temporary credential lets its holder do, before its parent is asked: nothing but what bucket, scope, actions and
 * paths all allow (Cloudflare docs: "R2 > S3 > Temporary credentials").
 *
 *     bucket   every call names it; ListBuckets never does
 *     scope    as the token permission of that name, on the bucket
 *     actions  the call is in the list; what a copy reads needs GetObject
 *     paths    keys under a prefix path or equal to an object path; listings whose prefix lies under a prefix path
 */
export function decideTemporary(claims: TemporaryClaims, request: StorageRequest, place: R2Place): Decision {
  const own = decideOne(claims, request, place);
  const { copySource } = request;
  if (own.verdict !== 'allowed' || copySource === undefined) return own;
  const reading: StorageRequest = { operation: 'GetObject', secure: request.secure, ...copySource };
  const source = decideOne(claims, reading, place);
  return source.verdict === 'allowed' ? own : source;
}

function decideOne(claims: TemporaryClaims, request: StorageRequest, place: R2Place): Decision {
  const { bucket, scope, actions, paths } = claims;
  const denied = (because: string): Decision => ({
    verdict: 'implicitly-denied',
    because: `temporary credential: ${because}`,
  });
  if (request.bucket !== bucket) return denied(`it is for bucket ${bucket}`);
  if (scope !== undefined) {
    const decision = decideR2Token(policiesOf(scope, { ...place, bucket }), request, place);
    if (decision.verdict !== 'allowed') return denied(`its scope ${scope} does not let it ${request.operation}`);
  }
  const action = actionOf(request.operation);
  if (actions !== undefined && (action === undefined || !actions.includes(action))) {
    return denied(`its actions do not name ${action ?? request.operation}`);
  }
  if (paths !== undefined && !pathsCover(paths, request)) return denied('its paths do not cover this place');
  return { verdict: 'allowed', because: 'bucket, scope, actions and paths of the temporary credential' };
}

const groupOf: Readonly<Record<Permission, R2PermissionGroup>> = {
  'admin-read-write': 'storageWrite',
  'admin-read-only': 'storageRead',
  'object-read-write': 'bucketItemWrite',
  'object-read-only': 'bucketItemRead',
};

function policiesOf(scope: Permission, bucket: R2Place & { readonly bucket: string }): R2TokenPolicies {
  const { id, scope: reach } = r2PermissionGroups[groupOf[scope]];
  const key =
    reach === 'com.cloudflare.api.account'
      ? `com.cloudflare.api.account.${bucket.accountId}`
      : r2BucketResource(bucket);
  return [{ effect: 'allow', permissionGroups: [{ id }], resources: { [key]: '*' } }];
}

/** Undefined for calls that no list of actions can name. */
function actionOf(operation: StorageOperation): (typeof temporaryActions)[number] | undefined {
  const name = operation === 'ListObjects' ? 'ListObjectsV1' : operation;
  return temporaryActions.find((action) => action === name);
}

const listings: ReadonlySet<StorageOperation> = new Set(['ListObjects', 'ListObjectsV2', 'ListMultipartUploads']);

function pathsCover(
  { prefixPaths, objectPaths }: NonNullable<TemporaryClaims['paths']>,
  { operation, key, prefix }: StorageRequest,
): boolean {
  const place = listings.has(operation) ? (prefix ?? '') : key;
  // A call on the bucket itself has no place in it.
  if (place === undefined) return true;
  if (prefixPaths.some((path) => place.startsWith(path))) return true;
  return key !== undefined && objectPaths.includes(key);
}
