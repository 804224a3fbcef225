import { checkCors, type CorsConfiguration } from '../s3/cors.ts';
import type { ExpiryRule } from '../s3/expiry.ts';
import type { LifecycleConfiguration } from '../s3/lifecycle.ts';
import { S3Error } from '../s3/s3-error.ts';
import { corsRuleSchema, lifecycleRuleSchema, type CorsRule, type LifecycleRule } from './bucket-rules.ts';

/** A bucket's rules between the API's form and that of R2's S3 endpoint, which sets and shows the same ones. Pure. */
const daySeconds = 24 * 60 * 60;

/** CORS rules of the API as GetBucketCors shows them. */
export function corsOnS3(rules: readonly CorsRule[]): CorsConfiguration {
  return {
    CORSRule: rules.map(({ id, allowed, exposeHeaders, maxAgeSeconds }) => ({
      ...(id != null && { ID: id }),
      AllowedMethod: allowed.methods,
      AllowedOrigin: allowed.origins,
      ...(allowed.headers && { AllowedHeader: allowed.headers }),
      ...(exposeHeaders && { ExposeHeader: exposeHeaders }),
      ...(maxAgeSeconds != null && { MaxAgeSeconds: String(maxAgeSeconds) }),
    })),
  };
}

/** Throws `InvalidRequest`, `InvalidArgument` for what R2 does not take. */
export function corsOfS3(configuration: CorsConfiguration): CorsRule[] {
  checkCors(configuration);
  return configuration.CORSRule.map((rule) => {
    const { ID: id, AllowedMethod, AllowedOrigin, AllowedHeader, ExposeHeader, MaxAgeSeconds } = rule;
    const parsed = corsRuleSchema.safeParse({
      ...(id !== undefined && { id }),
      allowed: { methods: AllowedMethod, origins: AllowedOrigin, ...(AllowedHeader && { headers: AllowedHeader }) },
      ...(ExposeHeader && { exposeHeaders: ExposeHeader }),
      ...(MaxAgeSeconds !== undefined && { maxAgeSeconds: Number(MaxAgeSeconds) }),
    });
    if (!parsed.success) throw new S3Error('InvalidArgument', parsed.error.issues[0]?.message);
    return parsed.data;
  });
}

/** Lifecycle rules of the API as GetBucketLifecycleConfiguration shows them. */
export function lifecycleOnS3(rules: readonly LifecycleRule[]): LifecycleConfiguration {
  return {
    Rule: rules.map((rule) => {
      const { deleteObjectsTransition, abortMultipartUploadsTransition, storageClassTransitions } = rule;
      return {
        ID: rule.id,
        Filter: { Prefix: rule.conditions.prefix },
        Status: rule.enabled ? 'Enabled' : 'Disabled',
        ...(deleteObjectsTransition && { Expiration: moment(deleteObjectsTransition.condition) }),
        ...(storageClassTransitions && {
          Transition: storageClassTransitions.map(({ condition }) => ({
            ...moment(condition),
            StorageClass: 'STANDARD_IA' as const,
          })),
        }),
        ...(abortMultipartUploadsTransition && {
          AbortIncompleteMultipartUpload: {
            DaysAfterInitiation: moment(abortMultipartUploadsTransition.condition).Days,
          },
        }),
      };
    }),
  };
}

type Condition = NonNullable<LifecycleRule['deleteObjectsTransition']>['condition'];
type AgeCondition = Extract<Condition, { type: 'Age' }>;

/** S3 counts whole days; what the API set in seconds is shown rounded up. */
function moment(condition: AgeCondition): { readonly Days: string };
function moment(condition: Condition): { readonly Days: string } | { readonly Date: string };
function moment(condition: Condition): { readonly Days: string } | { readonly Date: string } {
  if (condition.type === 'Age') return { Days: String(Math.ceil(condition.maxAge / daySeconds)) };
  return { Date: new Date(condition.date).toISOString() };
}

/** Throws `NotImplemented` for what R2 lacks: tags, sizes, versions. */
export function lifecycleOfS3({ Rule: rules }: LifecycleConfiguration): LifecycleRule[] {
  return rules.map((rule) => {
    const {
      ID: id = '',
      Prefix,
      Filter = {},
      Expiration,
      Transition = [],
      AbortIncompleteMultipartUpload: abort,
    } = rule;
    const narrowed: { readonly Prefix?: string | undefined } = Filter;
    const hasMore = Object.keys(narrowed).some((name) => name !== 'Prefix');
    const versions = rule.NoncurrentVersionExpiration ?? rule.NoncurrentVersionTransition;
    if (hasMore || versions !== undefined || Expiration?.ExpiredObjectDeleteMarker !== undefined) {
      throw new S3Error('NotImplemented', 'Lifecycle rules by tag, size or version are not implemented');
    }
    return lifecycleRuleSchema.parse({
      id,
      enabled: rule.Status === 'Enabled',
      conditions: { prefix: Prefix ?? narrowed.Prefix ?? '' },
      ...(Expiration && { deleteObjectsTransition: { condition: condition(Expiration) } }),
      ...(abort && { abortMultipartUploadsTransition: { condition: condition({ Days: abort.DaysAfterInitiation }) } }),
      ...(Transition.length > 0 && {
        storageClassTransitions: Transition.map((each) => {
          if (each.StorageClass !== 'STANDARD_IA') throw new S3Error('NotImplemented');
          return { condition: condition(each), storageClass: 'InfrequentAccess' };
        }),
      }),
    });
  });
}

function condition(given: { readonly Days?: string | undefined; readonly Date?: string | undefined }): Condition {
  if (given.Date !== undefined) return { type: 'Date', date: new Date(given.Date).toISOString() };
  return { type: 'Age', maxAge: Number(given.Days) * daySeconds };
}

/** What the enabled rules take away; a change of storage class changes nothing in the sandbox. */
export function expiryRulesOf(rules: readonly LifecycleRule[]): ExpiryRule[] {
  return rules
    .filter(({ enabled }) => enabled)
    .map(({ id, conditions, deleteObjectsTransition: remove, abortMultipartUploadsTransition: abort }) => ({
      id,
      filter: { prefix: conditions.prefix },
      ...(remove && {
        current:
          remove.condition.type === 'Age'
            ? { seconds: remove.condition.maxAge }
            : { date: new Date(remove.condition.date) },
      }),
      ...(abort && { abortUploads: { seconds: abort.condition.maxAge } }),
    }));
}
