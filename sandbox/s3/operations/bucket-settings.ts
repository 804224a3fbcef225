import { z } from 'zod';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call, Operation } from '../call.ts';
import { readXml } from '../request-xml.ts';
import { S3Error, type S3ErrorCode } from '../s3-error.ts';
import { document, element, field } from '../xml.ts';

/**
 * A bucket's sub-resources. Kept and given back: public access block, ownership controls, tags, with the values that S3 gives a new
 * bucket (S3 User Guide, "Default settings for new buckets"). Of the others there is what a bucket without them answers.
 */
const flags = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
const flag = z
  .enum(['true', 'false', 'TRUE', 'FALSE'])
  .transform((text) => text.toLowerCase() === 'true')
  .default(false);
const accessBlockSchema = z.object({
  BlockPublicAcls: flag,
  IgnorePublicAcls: flag,
  BlockPublicPolicy: flag,
  RestrictPublicBuckets: flag,
});
const everythingBlocked: z.infer<typeof accessBlockSchema> = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** What the bucket's public access block holds back; everything where none was ever put, nothing where it was deleted. */
export function accessBlockOf(world: Call['world'], bucket: string): z.infer<typeof accessBlockSchema> {
  const setting = world.setting(bucket, 'publicAccessBlock');
  if (setting === undefined) return everythingBlocked;
  return accessBlockSchema.parse(setting === null ? {} : JSON.parse(setting));
}

/** S3 API reference, GetPublicAccessBlock. Throws `NoSuchPublicAccessBlockConfiguration` where it was deleted. */
export function getPublicAccessBlock({ world, bucket, response }: Call): void {
  const setting = world.setting(bucket, 'publicAccessBlock');
  if (setting === null) throw new S3Error('NoSuchPublicAccessBlockConfiguration', undefined, { BucketName: bucket });
  const block = accessBlockOf(world, bucket);
  sendXml(response, document('PublicAccessBlockConfiguration', ...flags.map((name) => field(name, block[name]))));
}

/** Replaces the block; a flag that is not named is off (S3 API reference, PutPublicAccessBlock). Throws `MalformedXML`. */
export async function putPublicAccessBlock({ world, bucket, body, response }: Call): Promise<void> {
  const block = await readXml(
    body(),
    'PublicAccessBlockConfiguration',
    accessBlockSchema.or(nothing(accessBlockSchema)),
  );
  const texts = Object.fromEntries(flags.map((name) => [name, String(block[name])]));
  await world.changeSetting(bucket, 'publicAccessBlock', JSON.stringify(texts));
  sendEmpty(response);
}

const ownershipSchema = z.object({
  Rule: z
    .array(z.object({ ObjectOwnership: z.enum(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']) }))
    .length(1),
});

/** Who owns the objects (S3 API reference, GetBucketOwnershipControls). Throws `OwnershipControlsNotFoundError` where that was deleted. */
export function getOwnershipControls({ world, bucket, response }: Call): void {
  const setting = world.setting(bucket, 'ownershipControls');
  if (setting === null) throw new S3Error('OwnershipControlsNotFoundError', undefined, { BucketName: bucket });
  sendXml(
    response,
    document('OwnershipControls', element('Rule', field('ObjectOwnership', setting ?? 'BucketOwnerEnforced'))),
  );
}

/** S3 API reference, PutBucketOwnershipControls. Throws `MalformedXML`. */
export async function putOwnershipControls({ world, bucket, body, response }: Call): Promise<void> {
  const { Rule } = await readXml(body(), 'OwnershipControls', ownershipSchema);
  await world.changeSetting(bucket, 'ownershipControls', Rule[0]?.ObjectOwnership ?? null);
  sendEmpty(response);
}

const tagsMax = 50;
const tagsSchema = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).max(tagsMax);
const taggingSchema = z.object({
  TagSet: z.object({ Tag: tagsSchema }).or(z.literal('').transform(() => ({ Tag: [] }))),
});

/** The tags of a bucket (S3 API reference, GetBucketTagging). Throws `NoSuchTagSet` where it has none. */
export function getBucketTagging({ world, bucket, response }: Call): void {
  const setting = world.setting(bucket, 'tagging');
  if (setting === undefined || setting === null) throw new S3Error('NoSuchTagSet', undefined, { BucketName: bucket });
  const tags = tagsSchema.parse(JSON.parse(setting));
  sendXml(
    response,
    document(
      'Tagging',
      element('TagSet', ...tags.map(({ Key, Value }) => element('Tag', field('Key', Key), field('Value', Value)))),
    ),
  );
}

/** Replaces them all (S3 API reference, PutBucketTagging). Throws `MalformedXML`, and `InvalidArgument` for a key that comes twice. */
export async function putBucketTagging({ world, bucket, body, response }: Call): Promise<void> {
  const { TagSet } = await readXml(body(), 'Tagging', taggingSchema);
  const names = new Set(TagSet.Tag.map(({ Key }) => Key));
  if (names.size < TagSet.Tag.length)
    throw new S3Error('InvalidArgument', 'Cannot provide multiple Tags with the same key');
  await world.changeSetting(bucket, 'tagging', TagSet.Tag.length === 0 ? null : JSON.stringify(TagSet.Tag));
  sendEmpty(response, 204);
}

/** Forgets a setting; `undefined` where there is nothing that could have been set. */
export function forget(
  setting:
    'publicAccessBlock' | 'ownershipControls' | 'tagging' | 'policy' | 'cors' | 'lifecycle' | 'encryption' | undefined,
): Operation {
  return async ({ world, bucket, response }) => {
    if (setting !== undefined) await world.changeSetting(bucket, setting, null);
    sendEmpty(response, 204);
  };
}

/** The answer of a bucket to which a configuration was never given. */
export function never(code: S3ErrorCode): Operation {
  return ({ bucket }) => {
    throw new S3Error(code, undefined, { BucketName: bucket });
  };
}

/** A configuration that says nothing, or S3's default. */
export function always(xml: string): Operation {
  return ({ response }) => sendXml(response, xml);
}

/** An element without content, which parses as empty text. */
function nothing<Schema extends z.ZodType>(schema: Schema) {
  return z.literal('').transform(() => schema.parse({}));
}
