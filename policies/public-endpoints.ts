import assert from 'node:assert/strict';
import type { BucketLocation, Partition } from '../base/location.ts';
import type { Endpoints } from './configuration.ts';

/** AWS General Reference, "Amazon S3 endpoints". */
const awsDomain: Readonly<Record<Partition, string>> = {
  aws: 'amazonaws.com',
  'aws-us-gov': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
};

/**
 * Where a location's bucket answers S3 requests, without a trailing slash, and the region to sign for.
 * `endpoints` (the sandbox's) replace the public ones entirely: with them, a location they do not cover is a bug here,
 * since the configuration refuses it and falling back would reach a real cloud.
 */
export function storageEndpoint(
  location: BucketLocation,
  endpoints?: Endpoints,
): { readonly endpoint: string; readonly region: string } {
  if (location.provider === 'aws') {
    const endpoint = endpoints ? endpoints.aws?.s3 : `https://s3.${location.region}.${awsDomain[location.partition]}`;
    assert(endpoint, 'the configuration names an S3 endpoint for every location on aws');
    return { endpoint, region: location.region };
  }
  const { accountId, jurisdiction } = location;
  // Cloudflare R2, "S3 API: authentication": each jurisdiction has an endpoint, which sees only its own buckets.
  const host = jurisdiction === 'default' ? accountId : `${accountId}.${jurisdiction}`;
  const endpoint = endpoints ? endpoints.r2?.[jurisdiction] : `https://${host}.r2.cloudflarestorage.com`;
  assert(endpoint, 'the configuration names an R2 endpoint for every jurisdiction in use');
  return { endpoint, region: 'auto' };
}
