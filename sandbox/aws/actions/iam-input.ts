import { z } from 'zod';

/** Shapes of parameters that IAM actions share (IAM API reference, "Request Parameters" of each action). */

const namePattern = /^[\w+=,.@-]+$/;
const nameRule = 'It must contain only alphanumeric characters and/or the following: +=,.@_-';

export const userName = z.string().min(1).max(64).regex(namePattern, nameRule);
export const roleName = userName;
export const groupName = z.string().min(1).max(128).regex(namePattern, nameRule);
/** Requests about existing users take longer names than new users may have. */
export const existingName = z.string().min(1).max(128).regex(namePattern, nameRule);
export const existingUserName = existingName;
export const policyName = z.string().min(1).max(128).regex(namePattern, nameRule);
export const accessKeyId = z.string().min(16).max(128).regex(/^\w+$/, 'It must contain only alphanumeric characters');
export const accessKeyStatus = z.enum(['Active', 'Inactive']);

export const arn = z.string().min(20).max(2048);
export const policyDocument = z
  .string()
  .min(1)
  .max(131_072)
  .regex(/^[\t\n\r -\u00ff]+$/, 'It holds characters that policies may not have');
export const queryBoolean = z.enum(['true', 'false']).transform((text) => text === 'true');

/** `/` or `/../`, of printable ASCII. */
export const path = z
  .string()
  .max(512)
  .regex(/^\/(?:[!-~]*\/)?$/, 'It must begin and end with / and contain only printable ASCII characters');
export const pathPrefix = z
  .string()
  .max(512)
  .regex(/^\/[!-~]*$/, 'It must begin with / and contain only printable ASCII characters');

export const tagKey = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u, 'It holds characters that tags may not have');
const tagValue = z
  .string()
  .max(256)
  .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, 'It holds characters that tags may not have');
export const tags = listOf(z.strictObject({ Key: tagKey, Value: tagValue }));

/** SDKs write an empty list as an empty value: `Tags=`. */
export function listOf<Item>(item: z.ZodType<Item>, itemsMax = 50) {
  return z.preprocess((value) => (value === '' ? [] : value), z.array(item).max(itemsMax));
}

/** IAM answers documents percent-encoded as RFC 3986 has it, which leaves fewer characters than JavaScript does. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
