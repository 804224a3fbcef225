import { z } from 'zod';
import type { Tags } from '../store/disk-world.ts';
import { S3Error } from './s3-error.ts';
import { document, element, field } from './xml.ts';

/** The tags of an object (S3 User Guide, "Categorizing your objects using tags"). */
const objectTagsMax = 10;
const keyCharsMax = 128;
const valueCharsMax = 256;
/** Letters, digits, spaces and some signs, in any script. */
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export const taggingSchema = z.object({
  TagSet: z
    .object({ Tag: z.array(z.object({ Key: z.string(), Value: z.string() })) })
    .or(z.literal('').transform(() => ({ Tag: [] }))),
});

/** Undefined where there are none. Throws `InvalidTag`, `BadRequest`. */
export function checkedTags(pairs: readonly (readonly [key: string, value: string])[]): Tags | undefined {
  if (pairs.length > objectTagsMax)
    throw new S3Error('BadRequest', `Object tags cannot be greater than ${objectTagsMax}`);
  for (const [key, value] of pairs) {
    if (key === '' || key.length > keyCharsMax || !allowed.test(key)) {
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', { TagKey: key });
    }
    if (key.startsWith('aws:')) throw new S3Error('InvalidTag', 'System tags cannot be added/updated by requester');
    if (value.length > valueCharsMax || !allowed.test(value)) {
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', { TagKey: key, TagValue: value });
    }
  }
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** Reads `x-amz-tagging`, a query string. Throws `InvalidArgument` where it is none, and as `checkedTags`. */
export function tagsOfHeader(header: string | undefined): Tags | undefined {
  if (header === undefined || header === '') return undefined;
  const pairs = [...new URLSearchParams(header)];
  const names = pairs.map(([key]) => key);
  if (new Set(names).size < names.length || /%(?![0-9a-fA-F]{2})/.test(header)) {
    throw new S3Error(
      'InvalidArgument',
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      { ArgumentName: 'x-amz-tagging', ArgumentValue: header },
    );
  }
  return checkedTags(pairs);
}

/** The `Tagging` element of those tags (S3 API reference, GetObjectTagging). */
export function taggingDocument(tags: Tags = {}): string {
  const elements = Object.entries(tags).map(([key, value]) => element('Tag', field('Key', key), field('Value', value)));
  return document('Tagging', element('TagSet', ...elements));
}
