import { textOf, whenKnown } from '../properties.ts';
import type { StackResource, StackRule } from '../rule.ts';

const bucketTypes = ['aws:s3/bucket:Bucket', 'aws:s3/bucketV2:BucketV2'];
const blockTypes = ['aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock'];
const switches = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'] as const;

export const publicAccessBlock: StackRule = {
  kind: 'stack',
  name: 'public-access-block',
  title: 'Every S3 bucket has all four public access blocks',
  level: 'mandatory',
  requirements: ['S4'],
  why: 'one ACL or bucket policy is enough to open a bucket to everybody; the block refuses both, whoever writes them.',
  fix: 'add an aws.s3.BucketPublicAccessBlock with all four settings true: one that is left out is off.',
  *check(resources) {
    const blocks = resources.filter(({ type }) => blockTypes.includes(type));
    for (const bucket of resources.filter(({ type }) => bucketTypes.includes(type))) {
      const { urn } = bucket;
      const own = blocks.find((block) => isFor(block, bucket));
      if (own === undefined) {
        yield { urn, what: `bucket ${bucket.name} has no public access block` };
        continue;
      }
      for (const name of switches) {
        const on = whenKnown(() => own.properties[name]);
        if (!('unknown' in on) && on.value !== true) yield { urn, what: `${name} is off for bucket ${bucket.name}` };
        if ('unknown' in on) yield { urn, what: `${own.name}.${name}`, notKnownYet: true };
      }
    }
  },
};

/** By reference where there is one, since a preview may not know the name yet; else by the bucket's name. */
function isFor(block: StackResource, bucket: StackResource): boolean {
  if (block.propertyDependencies['bucket']?.includes(bucket.urn) === true) return true;
  const wanted = whenKnown(() => textOf(block.properties['bucket'])).value;
  const name = whenKnown(() => textOf(bucket.properties['bucket'])).value;
  return wanted !== undefined && wanted === name;
}
