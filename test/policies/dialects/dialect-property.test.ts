import fc from 'fast-check';
import { locationUrl } from '../../../base/location.ts';
import type { Ability } from '../../../policies/ability.ts';
import { decideGrant, excessOf } from '../../../policies/dialects/index.ts';
import type { Grant } from '../../../policies/grant.ts';
import type { StorageOperation, StorageRequest } from '../../../policies/storage-request.ts';
import { anyAwsGrant, anyKey, anyPrefix, anyR2Grant } from '../fixtures/grants.ts';

/** The ability that a call takes; `admin` is never granted. */
const abilityOf: Readonly<Partial<Record<StorageOperation, Ability>>> = {
  ListObjectsV2: 'list',
  GetObject: 'read',
  HeadObject: 'read',
  PutObject: 'write',
  CreateMultipartUpload: 'write',
  UploadPart: 'write',
  CompleteMultipartUpload: 'write',
  DeleteObject: 'delete',
  DeleteObjects: 'delete',
  ListMultipartUploads: 'multipart',
  ListParts: 'multipart',
  AbortMultipartUpload: 'multipart',
  GetBucketCors: 'admin',
  PutBucketPolicy: 'admin',
  DeleteBucket: 'admin',
  CreateBucket: 'admin',
};

const anyCall = fc.record({
  operation: fc.constantFrom(...(Object.keys(abilityOf) as StorageOperation[])),
  elsewhere: fc.boolean(),
  place: fc.oneof(
    fc.record({ under: fc.constant(true), rest: anyKey }),
    fc.record({ under: fc.constant(false), rest: fc.oneof(anyKey, anyPrefix) }),
  ),
  sendsPrefix: fc.boolean(),
});
type Call = typeof anyCall extends fc.Arbitrary<infer Value> ? Value : never;

function requestOf(grant: Grant, { operation, elsewhere, place, sendsPrefix }: Call): StorageRequest {
  const { bucket, prefix } = grant.location;
  const text = place.under ? `${prefix}${place.rest}` : place.rest;
  const call = { operation, secure: true, bucket: elsewhere ? 'another' : bucket };
  if (/^List(Objects|MultipartUploads)/.test(operation)) return sendsPrefix ? { ...call, prefix: text } : call;
  return operation.includes('Bucket') ? call : { ...call, key: text };
}

/** The rule itself, said without any policy language: inside the grant, or declared as excess. */
function expected(grant: Grant, { operation, bucket, key, prefix }: StorageRequest): boolean {
  const ability = abilityOf[operation];
  if (ability === undefined || ability === 'admin' || bucket !== grant.location.bucket) return false;
  const whole = locationUrl({ ...grant.location, prefix: '' });
  const reaches = (url: string) => url === whole || (key ?? prefix)?.startsWith(grant.location.prefix) === true;
  if (grant.abilities.includes(ability) && reaches(locationUrl(grant.location))) return true;
  return excessOf(grant).some(
    (excess) => excess.ability === ability && (excess.operations?.includes(operation) ?? true) && reaches(excess.place),
  );
}

describe('O1: a dialect allows exactly what was granted, plus its declared excess', () => {
  test.each([
    ['IAM', anyAwsGrant],
    ['R2 tokens', anyR2Grant],
  ])('%s', (_name, anyGrant) => {
    fc.assert(
      fc.property(anyGrant, anyCall, (grant, call) => {
        const request = requestOf(grant, call);
        const { verdict, because } = decideGrant(grant, request);
        expect({ allowed: verdict === 'allowed', because }).toEqual({ allowed: expected(grant, request), because });
      }),
      { numRuns: 1500 },
    );
  });
});
