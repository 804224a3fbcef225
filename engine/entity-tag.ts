import { createHash } from 'node:crypto';

/** Entity tags are kept without their quotes. */

/** A tag as headers and documents hold it, without its quotes. */
export function unquote(entityTag: string): string {
  const tag = entityTag.trim();
  return tag.slice(tag.startsWith('"') ? 1 : 0, tag.length > 1 && tag.endsWith('"') ? -1 : tag.length);
}

/** Whether the tag has the form of an MD5: 32 hex digits. (On objects encrypted with KMS or a customer's key it is none.) */
export function isMd5Form(entityTag: string): boolean {
  return /^[0-9a-f]{32}$/i.test(entityTag);
}

/** Whether two tags are one: some servers write the digits of an MD5 in capitals. */
export function sameTag(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/**
 * The entity tag that S3 gives an upload in parts: the MD5 of the parts' MD5s, a hyphen, the number of parts.
 * It is no hash of the content: the same bytes cut elsewhere have another.
 */
export function multipartEntityTag(partMd5s: readonly string[]): string {
  const digest = createHash('md5')
    .update(Buffer.from(partMd5s.join(''), 'hex'))
    .digest('hex');
  return `${digest}-${partMd5s.length}`;
}

/** In how many parts the object was uploaded whose tag this is; undefined where it came in one piece. As `multipartEntityTag` makes them. */
export function partsOfTag(entityTag: string): number | undefined {
  const count = /^[0-9a-f]{32}-([1-9]\d{0,4})$/i.exec(entityTag)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** What two tags say about two bodies of the same size. */
export type TagVerdict = 'equal' | 'different' | 'not comparable';

/**
 * | left | right | verdict |
 * | --- | --- | --- |
 * | any | the same | equal |
 * | MD5 form | another of MD5 form | different |
 * | multipart | any other | not comparable: part boundaries may differ |
 * | absent | any | not comparable |
 */
export function compareTags(left: string | undefined, right: string | undefined): TagVerdict {
  if (left === undefined || right === undefined) return 'not comparable';
  if (sameTag(left, right)) return 'equal';
  return isMd5Form(left) && isMd5Form(right) ? 'different' : 'not comparable';
}
