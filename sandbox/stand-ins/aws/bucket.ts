import type { BucketLocationConstraint, S3 } from '@aws-sdk/client-s3';
import { optionalText, type Properties, sameValue, text, textMap, withoutUnset } from '../provider/property-value.ts';
import type { Existing, Problem, ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import { emptyBucket } from './bucket-emptying.ts';
import type { AwsCloud } from './cloud.ts';
import { generatedName } from './generated-name.ts';
import { ownRegion, regionOf } from './region.ts';
import { hasCode, step, unlessMissing } from './service-error.ts';
import { allTags, tagList, tagOutputs, tagsOf } from './tags.ts';

const missingCodes = ['NotFound', 'NoSuchBucket', '404'];
const isMissing = (error: unknown): boolean => hasCode(error, ...missingCodes);
const noTagsCodes = ['NoSuchTagSet', 'NoSuchTagSetError', 'MethodNotAllowed', 'NotImplemented'];
const firstRegion = 'us-east-1';

/** Deprecated in the real provider in favour of resources of their own; here they are refused, never ignored. */
const inlineProperties = [
  'accelerationStatus',
  'acl',
  'bucketNamespace',
  'corsRules',
  'grants',
  'lifecycleRules',
  'logging',
  'objectLockConfiguration',
  'objectLockEnabled',
  'policy',
  'replicationConfiguration',
  'requestPayer',
  'serverSideEncryptionConfiguration',
  'versioning',
  'website',
];

/** aws.s3.Bucket. Reads what the sandbox lets a program set: existence, region and tags. */
export const bucket: ResourceType<AwsCloud> = {
  token: 'aws:s3/bucket:Bucket',

  check: (inputs) => [...inlineProblems(inputs), ...nameProblems(inputs)],

  complete: (inputs, cloud) => ({ ...ownRegion(inputs, cloud), ...allTags(inputs, cloud) }),

  async create(cloud, inputs) {
    const region = regionOf(inputs, cloud);
    const s3 = await cloud.s3(region);
    const name = optionalText(inputs, 'bucket') ?? generatedName(text(inputs, 'bucketPrefix'));
    await step(`creating S3 Bucket (${name})`, async () => {
      // There CreateBucket answers 200 for a bucket one already owns, and two programs would share it.
      if (region === firstRegion && (await exists(s3, name))) throw new Error('BucketAlreadyExists');
      await s3.createBucket({ Bucket: name, ACL: 'private', ...constraint(region) });
      await untilFound(() => s3.headBucket({ Bucket: name }), isMissing);
      await putTags(s3, name, {}, textMap(inputs, 'tagsAll'));
    });
    return existing(name, region, inputs, await readTags(s3, name), cloud);
  },

  async read(cloud, id, state) {
    const region = regionOf(state, cloud);
    const s3 = await cloud.s3(region);
    const head = await unlessMissing(missingCodes, () => s3.headBucket({ Bucket: id }));
    if (head === undefined) return undefined;
    return existing(id, head.BucketRegion ?? region, state, await readTags(s3, id), cloud);
  },

  async update(cloud, { id, inputs, state }) {
    const region = regionOf(inputs, cloud);
    const s3 = await cloud.s3(region);
    await step(`updating S3 Bucket (${id})`, () =>
      putTags(s3, id, textMap(state, 'tagsAll'), textMap(inputs, 'tagsAll')),
    );
    return existing(id, region, inputs, await readTags(s3, id), cloud).outputs;
  },

  async delete(cloud, id, state) {
    const s3 = await cloud.s3(regionOf(state, cloud));
    const remove = (): Promise<unknown> => unlessMissing(missingCodes, () => s3.deleteBucket({ Bucket: id }));
    await step(`deleting S3 Bucket (${id})`, async () => {
      try {
        await remove();
      } catch (error) {
        // The flag as stored: one set in the program but never deployed does not count.
        if (!hasCode(error, 'BucketNotEmpty') || state['forceDestroy'] !== true) throw error;
        await emptyBucket(s3, id);
        await remove();
      }
    });
  },
};

function inlineProblems(inputs: Properties): Problem[] {
  return inlineProperties
    .filter((name) => (inputs[name] ?? null) !== null)
    .map((property) => ({
      property,
      reason: "the sandbox's stand-in does not have this deprecated property of a bucket: use the resource of its own",
    }));
}

/** 3 to 63 of lower-case letters, digits, dots and hyphens ("Bucket naming rules"). */
function nameProblems(inputs: Properties): Problem[] {
  const name = inputs['bucket'];
  if (typeof name !== 'string' || /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return [];
  return [
    {
      property: 'bucket',
      reason: `only lowercase alphanumeric characters, dots and hyphens allowed in "bucket", 3 to 63 of them: ${JSON.stringify(name)}`,
    },
  ];
}

function existing(
  name: string,
  region: string,
  state: Properties,
  tags: Readonly<Record<string, string>>,
  cloud: AwsCloud,
): Existing {
  const outputs = withoutUnset({
    bucket: name,
    bucketPrefix: state['bucketPrefix'],
    region: regionOf(state, cloud),
    bucketRegion: region,
    forceDestroy: state['forceDestroy'] ?? false,
    arn: `arn:aws:s3:::${name}`,
    bucketDomainName: `${name}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    ...tagOutputs(tags, state, cloud),
  });
  return { id: name, outputs };
}

async function exists(s3: S3, name: string): Promise<boolean> {
  return (await unlessMissing(missingCodes, () => s3.headBucket({ Bucket: name }))) !== undefined;
}

/** Every region but the first must be named, and the first must not. */
function constraint(region: string): { CreateBucketConfiguration?: { LocationConstraint: BucketLocationConstraint } } {
  if (region === firstRegion) return {};
  return { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
}

async function readTags(s3: S3, name: string): Promise<Readonly<Record<string, string>>> {
  const found = await unlessMissing(noTagsCodes, () => s3.getBucketTagging({ Bucket: name }));
  return tagsOf(found?.TagSet);
}

/** A bucket's tags are one document: put whole or deleted. */
async function putTags(
  s3: S3,
  name: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Promise<void> {
  if (sameValue(before, after)) return;
  if (Object.keys(after).length === 0) await s3.deleteBucketTagging({ Bucket: name });
  else await s3.putBucketTagging({ Bucket: name, Tagging: { TagSet: tagList(after) } });
}
