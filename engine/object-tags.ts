import { z } from 'zod';
import { parseXmlAs } from './s3-xml.ts';

const tagSchema = z.object({ Key: z.string(), Value: z.string() });
const taggingSchema = z.object({
  Tagging: z.object({
    TagSet: z.union([z.object({ Tag: z.union([tagSchema, z.array(tagSchema)]) }), z.literal('')]),
  }),
});

/** GetObjectTagging's answer as the `x-amz-tagging` header that gives another object the same tags (S3 API reference, PutObject). */
export function taggingHeader(xml: string): string {
  const { TagSet } = parseXmlAs(taggingSchema, xml, 'GetObjectTagging').Tagging;
  const tags = TagSet === '' ? [] : [TagSet.Tag].flat();
  return tags.map(({ Key, Value }) => `${encodeURIComponent(Key)}=${encodeURIComponent(Value)}`).join('&');
}
