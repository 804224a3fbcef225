import * as s3 from '@pulumi/aws/s3/index.js';
import { R2Bucket } from '@pulumi/cloudflare/r2bucket.js';
import * as pulumi from '@pulumi/pulumi';
import type { BucketConfiguration } from '../policies/configuration.ts';

/**
 * A bucket that the stack makes, closed to the public from its first moment. Protected unless the configuration says
 * otherwise: a bucket holds what no redeploy brings back.
 */
export class Bucket extends pulumi.ComponentResource {
  /** What has to exist before anything is put into the bucket or served from it. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, bucket: BucketConfiguration, options?: pulumi.ComponentResourceOptions) {
    super('sluice:index:Bucket', name, {}, options);
    this.ready = bucket.provider === 'aws' ? this.onAws(name, bucket) : this.onR2(name, bucket);
    this.registerOutputs({});
  }

  private onAws(
    name: string,
    { name: bucketName, region, protect }: Extract<BucketConfiguration, { provider: 'aws' }>,
  ): pulumi.Resource[] {
    const bucket = new s3.Bucket(name, { bucket: bucketName, region }, { parent: this, protect });
    const closed = new s3.BucketPublicAccessBlock(
      name,
      {
        bucket: bucket.bucket,
        region,
        // All four, always: one that is left out is switched off.
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      { parent: this },
    );
    const owned = new s3.BucketOwnershipControls(
      name,
      { bucket: bucket.bucket, region, rule: { objectOwnership: 'BucketOwnerEnforced' } },
      // S3 answers OperationAborted to two changes of one bucket at once.
      { parent: this, dependsOn: [closed] },
    );
    return [bucket, closed, owned];
  }

  private onR2(
    name: string,
    { name: bucketName, jurisdiction, accountId, protect }: Extract<BucketConfiguration, { provider: 'r2' }>,
  ): pulumi.Resource[] {
    const bucket = new R2Bucket(
      name,
      { accountId, name: bucketName, jurisdiction },
      // The provider plans a changed jurisdiction as an update, which fails: the bucket is not in the other one.
      { parent: this, protect, replaceOnChanges: ['jurisdiction'] },
    );
    return [bucket];
  }
}
