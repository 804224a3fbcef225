import { DeleteObjectsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { BucketLocation } from '../base/location.ts';
import { UserError } from '../base/user-error.ts';
import type { BucketConfiguration, Configuration } from '../policies/configuration.ts';
import type { Administrators } from './administrators.ts';
import { narrate } from './output.ts';

/**
 * Empties the buckets that the configuration marks `emptyOnDestroy`, which it may only in the sandbox: a bucket that holds
 * objects cannot be destroyed. A bucket that is not there is empty.
 */
export async function emptyBuckets(configuration: Configuration, administrators: Administrators): Promise<void> {
  for (const bucket of configuration.buckets.filter(({ emptyOnDestroy }) => emptyOnDestroy)) {
    const { endpoint, region, credentials } = await administrators.place(wholeBucket(bucket, configuration));
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    try {
      await emptyBucket(client, bucket.name);
    } catch (error) {
      if ((error as { name?: string }).name !== 'NoSuchBucket') throw error;
    } finally {
      client.destroy();
    }
  }
}

async function emptyBucket(client: S3Client, name: string): Promise<void> {
  let removed = 0;
  for await (const { Contents: objects = [] } of paginateListObjectsV2({ client }, { Bucket: name })) {
    if (objects.length === 0) continue;
    const answer = await client.send(
      new DeleteObjectsCommand({
        Bucket: name,
        Delete: { Objects: objects.map(({ Key }) => ({ Key })), Quiet: true },
      }),
    );
    const [refused] = answer.Errors ?? [];
    if (refused) {
      throw new UserError({
        where: `bucket ${name}`,
        what: `an object cannot be deleted (${refused.Code ?? 'no code'})`,
        fix: 'remove what holds it, then destroy again',
      });
    }
    removed += objects.length;
  }
  if (removed > 0) narrate(`${name}: ${removed} objects removed`);
}

function wholeBucket(bucket: BucketConfiguration, { providers }: Configuration): BucketLocation {
  if (bucket.provider === 'r2') {
    const { name, jurisdiction, accountId } = bucket;
    return { provider: 'r2', bucket: name, prefix: '', jurisdiction, accountId };
  }
  if (providers.aws === undefined) throw new Error('the configuration names providers.aws for a bucket on aws');
  const { accountId, partition } = providers.aws;
  return { provider: 'aws', bucket: bucket.name, prefix: '', region: bucket.region, accountId, partition };
}
