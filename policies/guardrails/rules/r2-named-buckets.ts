import { tokenPolicies } from '../cloudflare-tokens.ts';
import type { ResourceRule } from '../rule.ts';

const account = 'com.cloudflare.api.account.';
const bucket = 'com.cloudflare.edge.r2.bucket.';

export const r2NamedBuckets: ResourceRule = {
  kind: 'resource',
  name: 'r2-named-buckets',
  title: 'A Cloudflare token names the buckets it is for',
  level: 'mandatory',
  requirements: ['R1', 'R4'],
  why: 'an account-wide token reaches every bucket, also those made after it was reviewed.',
  fix: 'name each bucket: {"com.cloudflare.edge.r2.bucket.<ACCOUNT>_<JURISDICTION>_<BUCKET>": "*"}.',
  *check(resource) {
    for (const { place, resources, unreadable } of tokenPolicies(resource)) {
      if (unreadable) yield { what: `${place}.resources is no JSON object of resource keys` };
      for (const { key, inside } of resources) {
        if (key.startsWith(bucket) ? key.includes('*') : isWholeAccount(key, inside)) {
          yield {
            what: `${place} reaches ${key.startsWith(bucket) ? 'every bucket of the account' : 'the whole account'}`,
          };
        }
      }
    }
  },
};

/** Not so its zones: `com.cloudflare.api.account.zone.<ZONE>` begins with the same words. */
function isWholeAccount(key: string, inside: string | undefined): boolean {
  return key.startsWith(account) && !key.startsWith(`${account}zone.`) && inside === undefined;
}
