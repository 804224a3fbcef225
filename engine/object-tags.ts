import { z } from 'zod';
import { parseXmlAs } from './s3-xml.ts';

const tagSchema = z.object({ Key: z.string(), Value: z.string() });
const taggingSchema = z.object({
  Tagging: z.object({
    TagSet: z.union([z.object({ Tag: z.union([tagSchema, z.array(tagSchema)]) }), z.literal('')]),
  }),
});

/** An object's tags: values by keys. */
export type ObjectTags = ReadonlyMap<string, string>;

/** The tags that GetObjectTagging answers with. Throws `Failure`. */
export function parseTags(xml: string): ObjectTags {
  const { TagSet } = parseXmlAs(taggingSchema, xml, 'GetObjectTagging').Tagging;
  const tags = TagSet === '' ? [] : [TagSet.Tag].flat();
  return new Map(tags.map(({ Key, Value }) => [Key, Value]));
}

/** The `x-amz-tagging` header that gives another object the same tags (S3 API reference, PutObject). */
export function taggingHeader(tags: ObjectTags): string {
  return [...tags].map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&');
}

/** The keys of tags that are not the same on both sides, in order. */
export function differingTags(left: ObjectTags, right: ObjectTags): string[] {
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].filter((key) => left.get(key) !== right.get(key)).sort();
}
