import assert from 'node:assert/strict';
import { locationUrl, type R2Location } from '../../base/location.ts';
import type { Ability } from '../ability.ts';
import type { Decision } from '../decision.ts';
import type { Dialect } from '../dialect.ts';
import type { Grant } from '../grant.ts';
import type { StorageOperation, StorageRequest } from '../storage-request.ts';

/** The actions that a locally signed temporary credential can be limited to (Cloudflare R2 docs, "Temporary credentials"). */
const actionsByAbility = {
  list: ['ListObjectsV1', 'ListObjectsV2'],
  read: ['HeadObject', 'GetObject'],
  write: ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
  delete: ['DeleteObject', 'DeleteObjects'],
  multipart: ['AbortMultipartUpload', 'ListMultipartUploads', 'ListParts'],
} as const satisfies Partial<Record<Ability, readonly string[]>>;
type SayableAbility = keyof typeof actionsByAbility;
export type R2TemporaryAction = (typeof actionsByAbility)[SayableAbility][number];

/**
 * What a temporary credential's token claims beside its issuer and its times. One bucket each, never more than the parent
 * token holds; revoking the parent ends it at once.
 */
export interface R2TemporaryClaims {
  readonly bucket: string;
  readonly scope: 'object-read-only' | 'object-read-write';
  readonly actions: readonly R2TemporaryAction[];
  /** Absent for the whole bucket. */
  readonly paths?: { readonly prefixPaths: readonly string[] };
}

/** Calls under the names that the claims use; every other call is refused. */
const actionOf: Readonly<Partial<Record<StorageOperation, R2TemporaryAction>>> = {
  ...Object.fromEntries(
    Object.values(actionsByAbility)
      .flat()
      .map((action) => [action, action]),
  ),
  ListObjects: 'ListObjectsV1',
};

/** Listings are held to the prefixes by the prefix they ask for; every other call by its key. */
const listings = new Set<StorageOperation>(['ListObjects', 'ListObjectsV2', 'ListMultipartUploads']);

/**
 * R2's temporary credentials: they say what a token cannot, a prefix and each action on its own, so nothing is in excess.
 * The parent must be a token whose own policy covers the grant.
 */
export const r2TemporaryDialect: Dialect<R2TemporaryClaims> = {
  render(grant) {
    const location = r2Location(grant);
    const actions = (Object.keys(actionsByAbility) as SayableAbility[])
      .filter((ability) => grant.abilities.includes(ability))
      .flatMap((ability): readonly R2TemporaryAction[] => actionsByAbility[ability]);
    const changes = grant.abilities.some((ability) => ability !== 'list' && ability !== 'read');
    return {
      bucket: location.bucket,
      scope: changes ? 'object-read-write' : 'object-read-only',
      actions,
      ...(location.prefix !== '' && { paths: { prefixPaths: [location.prefix] } }),
    };
  },

  excess: () => [],

  decide: decideR2Temporary,
};

/** What R2 decides for the holder of a temporary credential whose parent covers it: bucket, action and path must all fit. */
function decideR2Temporary(claims: R2TemporaryClaims, request: StorageRequest): Decision {
  const { operation, bucket, key, prefix, copySource } = request;
  const refused = (because: string): Decision => ({
    verdict: 'implicitly-denied',
    because: `${operation}: ${because}`,
  });
  const action = actionOf[operation];
  if (action === undefined || !claims.actions.includes(action))
    return refused('not among the actions of the credential');
  if (bucket !== claims.bucket) return refused(`the credential is for the bucket ${claims.bucket}`);
  if (copySource) return refused('the credential does not copy');
  const prefixes = claims.paths?.prefixPaths;
  const path = listings.has(operation) ? prefix : key;
  if (prefixes && !prefixes.some((allowed) => path?.startsWith(allowed))) {
    return refused(`not under ${prefixes.join(' or ')}`);
  }
  return { verdict: 'allowed', because: `action ${action} of the credential` };
}

function r2Location({ location, abilities, options }: Grant): R2Location {
  assert(location.provider === 'r2', 'the R2 dialects speak of buckets on R2');
  assert(options === undefined, `R2 cannot say the options of a grant on ${locationUrl(location)}`);
  assert(
    abilities.every((ability) => Object.hasOwn(actionsByAbility, ability)),
    'no operation needs another ability on R2',
  );
  return location;
}
