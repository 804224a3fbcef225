import type { Jurisdiction } from '../../base/location.ts';
import { corsSchema } from '../s3/cors.ts';
import type { ExpiryRule } from '../s3/expiry.ts';
import { lifecycleSchema } from '../s3/lifecycle.ts';
import type { DiskWorld } from '../store/disk-world.ts';
import type { CloudflareAccount } from './account.ts';
import { defaultLifecycleRules, type LifecycleRule } from './bucket-rules.ts';
import { settingsOf, settingsToChange } from './bucket-settings.ts';
import { corsOfS3, corsOnS3, expiryRulesOf, lifecycleOfS3, lifecycleOnS3 } from './s3-rules.ts';
import type { BucketSettings } from './state.ts';

/**
 * One jurisdiction's objects as its S3 endpoint sees them: a bucket's CORS and lifecycle are those of Cloudflare's API, so that
 * what one of the two sets the other shows.
 */
export function ruledWorld(account: CloudflareAccount, jurisdiction: Jurisdiction, world: DiskWorld): DiskWorld {
  const change = async (name: string, changes: Partial<BucketSettings>): Promise<void> => {
    const bucket = world.bucket(name);
    if (bucket === undefined) return;
    await account.update((draft) => {
      Object.assign(settingsToChange(draft, jurisdiction, bucket), changes);
    });
  };
  return {
    ...world,
    setting(bucket, name) {
      if (name === 'cors') {
        const rules = rulesOf(account, jurisdiction, world, bucket)?.corsRules ?? [];
        return rules.length === 0 ? undefined : JSON.stringify(corsOnS3(rules));
      }
      if (name === 'lifecycle') {
        const rules = lifecycleRulesOf(account, jurisdiction, world, bucket);
        return rules.length === 0 ? undefined : JSON.stringify(lifecycleOnS3(rules));
      }
      return world.setting(bucket, name);
    },
    async changeSetting(bucket, name, value) {
      if (name === 'cors') {
        await change(bucket, { corsRules: value === null ? undefined : corsOfS3(corsSchema.parse(JSON.parse(value))) });
      } else if (name === 'lifecycle') {
        const rules = value === null ? [] : lifecycleOfS3(lifecycleSchema.parse(JSON.parse(value)));
        await change(bucket, { lifecycleRules: rules });
      } else await world.changeSetting(bucket, name, value);
    },
  };
}

/** What the lifecycle of a bucket takes away, that of a new bucket included. */
export function r2ExpiryRules(
  account: CloudflareAccount,
  jurisdiction: Jurisdiction,
  world: DiskWorld,
): (bucket: string) => ExpiryRule[] {
  return (bucket) => expiryRulesOf(lifecycleRulesOf(account, jurisdiction, world, bucket));
}

function lifecycleRulesOf(...place: Parameters<typeof rulesOf>): readonly LifecycleRule[] {
  return rulesOf(...place)?.lifecycleRules ?? defaultLifecycleRules;
}

function rulesOf(
  account: CloudflareAccount,
  jurisdiction: Jurisdiction,
  world: DiskWorld,
  name: string,
): BucketSettings | undefined {
  const bucket = world.bucket(name);
  return bucket && settingsOf(account.state, jurisdiction, bucket);
}
