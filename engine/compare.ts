import { compareTags, type TagVerdict } from './entity-tag.ts';
import type { Entry } from './store.ts';

export type CopyReason = 'missing' | 'size differs' | 'entity tag differs' | 'source newer' | 'content differs';
export type SkipReason =
  'entity tag equal' | 'not newer' | 'destination newer' | 'content equal' | 'differs, and is never overwritten';
export type CopyDecision = { copy: true; because: CopyReason } | { copy: false; because: SkipReason };

/** How it is decided what differs. */
export interface Comparison {
  /** Where entity tags do not prove two bodies the same, both are read. */
  readonly checksum?: boolean | undefined;
  /** What is newer at the destination is left as it is. */
  readonly update?: boolean | undefined;
  /** What the destination has stays as it is. */
  readonly appendOnly?: boolean | undefined;
  /** At one side, entity tags of the form of an MD5 may be none: objects are encrypted with a key of KMS. */
  readonly opaqueTags?: boolean | undefined;
}

/**
 * Whether an object of the source has to be copied. The first row that fits decides.
 *
 * | destination | decision |
 * | --- | --- |
 * | missing | copy |
 * | with `update`: modified after the source | skip |
 * | size differs | copy |
 * | entity tags equal | skip |
 * | with `checksum` | the contents decide |
 * | entity tags comparable and different | copy |
 * | source modified after the destination | copy |
 * | otherwise | skip |
 *
 * The last two rows are for multipart objects and files, whose tags say nothing about each other. With `appendOnly`, what the
 * destination has is skipped wherever it would be copied.
 */
export function decideCopy(
  source: Entry,
  destination: Entry | undefined,
  comparison: Comparison = {},
): CopyDecision | 'compare contents' {
  if (destination === undefined) return { copy: true, because: 'missing' };
  const decision = decideAgain(source, destination, comparison);
  return decision === 'compare contents' ? decision : settled(decision, comparison);
}

/** What is done about an object that the destination has, once it is decided whether the two differ. */
export function settled(decision: CopyDecision, { appendOnly = false }: Comparison): CopyDecision {
  return appendOnly && decision.copy ? { copy: false, because: 'differs, and is never overwritten' } : decision;
}

/** Whether what the destination has already has to be copied again. */
function decideAgain(
  source: Entry,
  destination: Entry,
  { checksum = false, update = false, opaqueTags = false }: Comparison,
): CopyDecision | 'compare contents' {
  // Whole seconds: S3 lists no finer, and file systems differ in what they keep.
  const [sourceSeconds, destinationSeconds] = [wholeSeconds(source.modifiedAt), wholeSeconds(destination.modifiedAt)];
  if (update && destinationSeconds > sourceSeconds) return { copy: false, because: 'destination newer' };
  if (source.sizeBytes !== destination.sizeBytes) return { copy: true, because: 'size differs' };
  const tags = tagVerdict(source, destination, opaqueTags);
  if (tags === 'equal') return { copy: false, because: 'entity tag equal' };
  if (checksum) return 'compare contents';
  if (tags === 'different') return { copy: true, because: 'entity tag differs' };
  return sourceSeconds > destinationSeconds
    ? { copy: true, because: 'source newer' }
    : { copy: false, because: 'not newer' };
}

/** How well a comparison proves that two bodies are the same. */
export type Strength = 'content' | 'checksum' | 'entity tag' | 'size only';
export type Verdict =
  | { same: true; strength: Strength }
  /** `byTag`: the entity tags are all that tells them apart. */
  | { same: false; because: string; byTag?: true };

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
export function compareListed(
  source: Entry | undefined,
  destination: Entry | undefined,
  { opaqueTags = false }: Pick<Comparison, 'opaqueTags'> = {},
): Verdict {
  if (destination === undefined) return { same: false, because: 'missing at the destination' };
  if (source === undefined) return { same: false, because: 'only at the destination' };
  if (source.sizeBytes !== destination.sizeBytes) {
    return { same: false, because: `size differs: ${source.sizeBytes} and ${destination.sizeBytes} bytes` };
  }
  const tags = tagVerdict(source, destination, opaqueTags);
  if (tags === 'different') return { same: false, because: 'entity tag (MD5) differs', byTag: true };
  return { same: true, strength: tags === 'equal' ? 'entity tag' : 'size only' };
}

function tagVerdict(source: Entry, destination: Entry, opaqueTags: boolean): TagVerdict {
  const verdict = compareTags(source.entityTag, destination.entityTag);
  return opaqueTags && verdict === 'different' ? 'not comparable' : verdict;
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
