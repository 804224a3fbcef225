import { compareTags } from './entity-tag.ts';
import type { Entry } from './store.ts';

export type CopyReason = 'missing' | 'size differs' | 'entity tag differs' | 'source newer';
export type SkipReason = 'entity tag equal' | 'not newer';
export type CopyDecision = { copy: true; because: CopyReason } | { copy: false; because: SkipReason };

/**
 * Whether an object of the source has to be copied. The first row that fits decides.
 *
 * | destination | decision |
 * | --- | --- |
 * | missing | copy |
 * | size differs | copy |
 * | entity tags equal | skip |
 * | entity tags comparable and different | copy |
 * | source modified after the destination | copy |
 * | otherwise | skip |
 *
 * The last two rows are for multipart objects and files, whose tags say nothing about each other.
 */
export function decideCopy(source: Entry, destination: Entry | undefined): CopyDecision {
  if (destination === undefined) return { copy: true, because: 'missing' };
  if (source.sizeBytes !== destination.sizeBytes) return { copy: true, because: 'size differs' };
  const tags = compareTags(source.entityTag, destination.entityTag);
  if (tags === 'equal') return { copy: false, because: 'entity tag equal' };
  if (tags === 'different') return { copy: true, because: 'entity tag differs' };
  // Whole seconds: S3 lists no finer, and file systems differ in what they keep.
  const newer = wholeSeconds(source.modifiedAt) > wholeSeconds(destination.modifiedAt);
  return newer ? { copy: true, because: 'source newer' } : { copy: false, because: 'not newer' };
}

/** How well a comparison proves that two bodies are the same. */
export type Strength = 'content' | 'entity tag' | 'size only';
export type Verdict = { same: true; strength: Strength } | { same: false; because: string };

/**
 * What two listings tell about one key.
 *
 * | source | destination | verdict |
 * | --- | --- | --- |
 * | present | absent | different |
 * | absent | present | different |
 * | any size | another | different |
 * | tag | the same tag | same, by entity tag |
 * | MD5 | another MD5 | different |
 * | otherwise | | same, by size only |
 */
export function compareListed(source: Entry | undefined, destination: Entry | undefined): Verdict {
  if (destination === undefined) return { same: false, because: 'missing at the destination' };
  if (source === undefined) return { same: false, because: 'only at the destination' };
  if (source.sizeBytes !== destination.sizeBytes) {
    return { same: false, because: `size differs: ${source.sizeBytes} and ${destination.sizeBytes} bytes` };
  }
  const tags = compareTags(source.entityTag, destination.entityTag);
  if (tags === 'different') return { same: false, because: 'entity tag (MD5) differs' };
  return { same: true, strength: tags === 'equal' ? 'entity tag' : 'size only' };
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
