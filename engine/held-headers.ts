import type { BucketPlace } from './place.ts';
import type { HeldHeaders, ObjectHeaders } from './store.ts';

type Provider = BucketPlace['provider'];

/** S3 User Guide, "Storage classes"; R2, "Storage classes"; B2 has one. The usual class is the one of no name. */
const storageClasses: Readonly<Record<Provider, readonly string[]>> = {
  aws: [
    ...['REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING'],
    ...['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'],
  ],
  r2: ['STANDARD_IA'],
  b2: [],
};

/**
 * What a provider's buckets cannot hold of an object's headers, for each was refused otherwise, and the object with it:
 *
 * | header | aws | r2 | b2 |
 * | --- | --- | --- | --- |
 * | tags | held | lost | lost |
 * | storage class | held where it has it | STANDARD_IA | lost |
 * | website redirect | held | lost | lost |
 *
 * Undefined where nothing is lost.
 */
export function heldHeaders(provider: Provider, headers: ObjectHeaders): HeldHeaders | undefined {
  const storageClass = headers['x-amz-storage-class'];
  const tagging = headers['x-amz-tagging'];
  const redirect = headers['x-amz-website-redirect-location'];
  // Of most objects none is told: nothing is made for them.
  if (storageClass === undefined && tagging === undefined && redirect === undefined) return undefined;
  const held = { ...headers };
  const lost: string[] = [];
  if (storageClass !== undefined && !storageClasses[provider].includes(storageClass)) {
    delete held['x-amz-storage-class'];
    if (storageClass !== 'STANDARD') lost.push(`storage class ${storageClass}`);
  }
  if (tagging !== undefined && provider !== 'aws') {
    delete held['x-amz-tagging'];
    lost.push('tags');
  }
  if (redirect !== undefined && provider !== 'aws') {
    delete held['x-amz-website-redirect-location'];
    lost.push('website redirect');
  }
  return lost.length === 0 && Object.keys(held).length === Object.keys(headers).length
    ? undefined
    : { headers: held, lost };
}
