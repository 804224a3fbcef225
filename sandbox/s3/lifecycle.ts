import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ExpiryFilter, ExpiryRule } from './expiry.ts';
import { S3Error } from './s3-error.ts';

/** A bucket's lifecycle, element for element as S3 keeps it (S3 API reference, PutBucketLifecycleConfiguration). */
const number = z.string().regex(/^-?\d{1,15}$/);
const tag = z.strictObject({ Key: z.string(), Value: z.string() });
const criteria = {
  Prefix: z.string().optional(),
  Tag: z.array(tag).optional(),
  ObjectSizeGreaterThan: number.optional(),
  ObjectSizeLessThan: number.optional(),
};
const and = z.strictObject(criteria);
/** An element without content is text. */
const none = z.literal('').transform(() => ({}));
const filter = z
  .strictObject({ ...criteria, And: and.optional() })
  .or(none)
  .refine((given) => Object.keys(given).length <= 1);
const storageClass = z.enum([
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
]);

const ruleSchema = z
  .strictObject({
    ID: z.string().optional(),
    Prefix: z.string().optional(),
    Filter: filter.optional(),
    Status: z.enum(['Enabled', 'Disabled']),
    Expiration: z
      .strictObject({
        Days: number.optional(),
        Date: z.string().optional(),
        ExpiredObjectDeleteMarker: z.enum(['true', 'false']).optional(),
      })
      .refine((given) => Object.keys(given).length === 1)
      .optional(),
    Transition: z
      .array(z.strictObject({ Days: number.optional(), Date: z.string().optional(), StorageClass: storageClass }))
      .optional(),
    NoncurrentVersionExpiration: z
      .strictObject({ NoncurrentDays: number, NewerNoncurrentVersions: number.optional() })
      .optional(),
    NoncurrentVersionTransition: z
      .array(
        z.strictObject({
          NoncurrentDays: number,
          NewerNoncurrentVersions: number.optional(),
          StorageClass: storageClass,
        }),
      )
      .optional(),
    AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: number }).optional(),
  })
  // The older form has the prefix in the rule itself.
  .refine(({ Prefix, Filter }) => (Prefix === undefined) !== (Filter === undefined));
export type LifecycleRule = z.infer<typeof ruleSchema>;

const rulesMax = 1_000;
export const lifecycleSchema = z.strictObject({ Rule: z.array(ruleSchema).min(1).max(rulesMax) });
export type LifecycleConfiguration = z.infer<typeof lifecycleSchema>;

/** The configuration with an id for every rule. Throws `InvalidArgument`, `InvalidRequest` for what S3 refuses beyond the schema. */
export function checkedLifecycle({ Rule: rules }: LifecycleConfiguration): LifecycleConfiguration {
  const named = rules.map((rule) => ({ ...rule, ID: rule.ID || randomBytes(24).toString('base64url') }));
  if (new Set(named.map(({ ID }) => ID)).size < named.length) {
    throw new S3Error('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule');
  }
  for (const rule of named) checkRule(rule);
  return { Rule: named };
}

const actions = [
  ...(['Expiration', 'Transition', 'NoncurrentVersionExpiration', 'NoncurrentVersionTransition'] as const),
  'AbortIncompleteMultipartUpload',
] as const;

function checkRule(rule: LifecycleRule): void {
  if ((rule.ID ?? '').length > 255) {
    throw new S3Error('InvalidArgument', 'ID length should not exceed allowed limit of 255');
  }
  if (actions.every((action) => rule[action] === undefined)) {
    throw new S3Error('InvalidRequest', 'At least one action needs to be specified in a rule');
  }
  checkMoments(rule);
  const { tags, sizeGreaterThanBytes, sizeLessThanBytes } = filterOf(rule);
  const isNarrow = tags !== undefined || sizeGreaterThanBytes !== undefined || sizeLessThanBytes !== undefined;
  if (isNarrow && rule.AbortIncompleteMultipartUpload) {
    throw new S3Error('InvalidRequest', 'AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes');
  }
  if (isNarrow && rule.Expiration?.ExpiredObjectDeleteMarker !== undefined) {
    throw new S3Error('InvalidRequest', 'ExpiredObjectDeleteMarker cannot be specified with Tags or object sizes');
  }
}

/** Days are counted from one (transitions from none), dates begin at midnight. */
function checkMoments(rule: LifecycleRule): void {
  const { Expiration, Transition = [], NoncurrentVersionExpiration, NoncurrentVersionTransition = [] } = rule;
  positive(Expiration?.Days, 'Days', 'Expiration');
  positive(NoncurrentVersionExpiration?.NoncurrentDays, 'NoncurrentDays', 'NoncurrentVersionExpiration');
  positive(
    rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
    'DaysAfterInitiation',
    'AbortIncompleteMultipartUpload',
  );
  const kept = NoncurrentVersionExpiration?.NewerNoncurrentVersions;
  if (kept !== undefined && (Number(kept) < 1 || Number(kept) > 100)) {
    throw new S3Error('InvalidArgument', "'NewerNoncurrentVersions' must be between 1 and 100");
  }
  if (Expiration?.Date !== undefined) midnight(Expiration.Date);
  for (const { Days, Date: date } of Transition) {
    if ((Days === undefined) === (date === undefined)) throw new S3Error('MalformedXML');
    if (Days !== undefined) notNegative(Days, 'Days', 'Transition');
    if (date !== undefined) midnight(date);
  }
  for (const { NoncurrentDays } of NoncurrentVersionTransition) {
    notNegative(NoncurrentDays, 'NoncurrentDays', 'NoncurrentVersionTransition');
  }
}

function positive(value: string | undefined, name: string, action: string): void {
  if (value === undefined || Number(value) > 0) return;
  throw new S3Error('InvalidArgument', `'${name}' for ${action} action must be a positive integer`);
}

function notNegative(value: string, name: string, action: string): void {
  if (Number(value) >= 0) return;
  throw new S3Error('InvalidArgument', `'${name}' in the ${action} action must be nonnegative`);
}

/** Throws for what is no date in ISO 8601 (`MalformedXML`), or within a day. */
function midnight(text: string): Date {
  const parsed = z.iso.datetime({ offset: true }).or(z.iso.date()).safeParse(text);
  if (!parsed.success) throw new S3Error('MalformedXML');
  const date = new Date(parsed.data);
  if (date.getTime() % (24 * 60 * 60 * 1000) === 0) return date;
  throw new S3Error('InvalidArgument', "'Date' must be at midnight GMT");
}

/** What the enabled rules of a checked configuration take away. Transitions are kept and change nothing. */
export function expiryRules({ Rule: rules }: LifecycleConfiguration): ExpiryRule[] {
  return rules.filter(({ Status }) => Status === 'Enabled').map(expiryRule);
}

function expiryRule(rule: LifecycleRule): ExpiryRule {
  const { ID = '', Expiration: { Days, Date: date, ExpiredObjectDeleteMarker } = {} } = rule;
  const { NoncurrentVersionExpiration: noncurrent, AbortIncompleteMultipartUpload: abort } = rule;
  return {
    id: ID,
    filter: filterOf(rule),
    ...(Days !== undefined && { current: { days: Number(Days) } }),
    ...(date !== undefined && { current: { date: midnight(date) } }),
    ...(ExpiredObjectDeleteMarker === 'true' && { expiredMarkers: true }),
    ...(noncurrent && {
      noncurrent: {
        due: { days: Number(noncurrent.NoncurrentDays) },
        newerKept: Number(noncurrent.NewerNoncurrentVersions ?? 0),
      },
    }),
    ...(abort && { abortUploads: { days: Number(abort.DaysAfterInitiation) } }),
  };
}

type Criteria = z.infer<typeof and>;

function filterOf({ Prefix: older, Filter }: LifecycleRule): ExpiryFilter {
  const given: Criteria & { readonly And?: Criteria | undefined } = Filter ?? {};
  const { Prefix, Tag, ObjectSizeGreaterThan, ObjectSizeLessThan } = given.And ?? given;
  return {
    prefix: older ?? Prefix ?? '',
    ...(Tag && { tags: Object.fromEntries(Tag.map(({ Key, Value }) => [Key, Value])) }),
    ...(ObjectSizeGreaterThan !== undefined && { sizeGreaterThanBytes: Number(ObjectSizeGreaterThan) }),
    ...(ObjectSizeLessThan !== undefined && { sizeLessThanBytes: Number(ObjectSizeLessThan) }),
  };
}
