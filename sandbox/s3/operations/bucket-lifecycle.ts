import type { DiskObject } from '../../store/disk-world.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { expiryOf, type ExpiryRule } from '../expiry.ts';
import { checkIntegrity } from '../integrity.ts';
import { checkedLifecycle, expiryRules, lifecycleSchema, type LifecycleConfiguration } from '../lifecycle.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { branches, document } from '../xml.ts';

/** A bucket's lifecycle; undefined where it has none. */
function lifecycleOf(world: Call['world'], bucket: string): LifecycleConfiguration | undefined {
  const setting = world.setting(bucket, 'lifecycle');
  return typeof setting === 'string' ? lifecycleSchema.parse(JSON.parse(setting)) : undefined;
}

/** What a bucket's lifecycle takes away. */
export function expiryRulesOf(world: Call['world'], bucket: string): readonly ExpiryRule[] {
  const lifecycle = lifecycleOf(world, bucket);
  return lifecycle === undefined ? [] : expiryRules(lifecycle);
}

const minimumSizeHeader = 'x-amz-transition-default-minimum-object-size';
const minimumSizes = ['all_storage_classes_128K', 'varies_by_storage_class'] as const;

/** A bucket's lifecycle (S3 API reference, GetBucketLifecycleConfiguration). Throws `NoSuchLifecycleConfiguration`. */
export function getBucketLifecycle({ world, profile, bucket, response }: Call): void {
  const lifecycle = lifecycleOf(world, bucket);
  if (lifecycle === undefined) throw new S3Error('NoSuchLifecycleConfiguration', undefined, { BucketName: bucket });
  const minimumSize = world.setting(bucket, 'transitionMinimumSize') ?? minimumSizes[0];
  sendXml(response, document('LifecycleConfiguration', ...branches(lifecycle)), 200, {
    ...(profile.provider === 'aws' && { [minimumSizeHeader]: minimumSize }),
  });
}

/**
 * Replaces it (S3 API reference, PutBucketLifecycleConfiguration). Throws `InvalidRequest`, `MalformedXML`, and as
 * `checkIntegrity` and `checkedLifecycle`. R2 knows no minimum size of transitions.
 */
export async function putBucketLifecycle(call: Call): Promise<void> {
  const { world, profile, bucket, headers, response } = call;
  checkIntegrity(call);
  const minimumSize = headers[minimumSizeHeader] ?? minimumSizes[0];
  if (!minimumSizes.some((each) => each === minimumSize)) {
    throw new S3Error('InvalidRequest', 'Invalid TransitionDefaultMinimumObjectSize', { Value: minimumSize });
  }
  const lifecycle = checkedLifecycle(await readXml(call.body(), 'LifecycleConfiguration', lifecycleSchema));
  await world.changeSetting(bucket, 'lifecycle', JSON.stringify(lifecycle));
  if (profile.provider === 'r2') {
    sendEmpty(response);
    return;
  }
  await world.changeSetting(bucket, 'transitionMinimumSize', minimumSize);
  sendEmpty(response, 200, { [minimumSizeHeader]: minimumSize });
}

/** `x-amz-expiration`: when and by which rule a current object will go (S3 API reference, GetObject). R2 does not say. */
export function expirationHeaders({ world, profile, bucket }: Call, object: DiskObject): Record<string, string> {
  if (profile.provider !== 'aws') return {};
  const expiry = expiryOf(object, expiryRulesOf(world, bucket));
  if (expiry === undefined) return {};
  const ruleId = encodeURIComponent(expiry.ruleId);
  return { 'x-amz-expiration': `expiry-date="${expiry.at.toUTCString()}", rule-id="${ruleId}"` };
}
