import { z } from 'zod';

/** The rules that a bucket can have (Cloudflare API reference, "R2 > Buckets > Lifecycle, Locks, CORS"). */
const seconds = z.int().nonnegative();
const age = z.strictObject({ type: z.literal('Age'), maxAge: seconds });
const day = z.strictObject({ type: z.literal('Date'), date: z.iso.datetime({ offset: true }).or(z.iso.date()) });
const enabled = z.boolean();

/** Unique within its bucket. */
const id = z.string().min(1).max(255);

export const lifecycleRuleSchema = z.strictObject({
  id,
  enabled,
  conditions: z.strictObject({ prefix: z.string() }),
  abortMultipartUploadsTransition: z.strictObject({ condition: age }).nullish(),
  deleteObjectsTransition: z.strictObject({ condition: z.union([age, day]) }).nullish(),
  storageClassTransitions: z
    .array(z.strictObject({ condition: z.union([age, day]), storageClass: z.literal('InfrequentAccess') }))
    .nullish(),
});
export type LifecycleRule = z.infer<typeof lifecycleRuleSchema>;

export const lockRuleSchema = z.strictObject({
  id,
  enabled,
  /** All objects unless said. */
  prefix: z.string().nullish(),
  condition: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('Age'), maxAgeSeconds: seconds }),
    day,
    z.strictObject({ type: z.literal('Indefinite') }),
  ]),
});
export type LockRule = z.infer<typeof lockRuleSchema>;

export const corsRuleSchema = z.strictObject({
  id: z.string().nullish(),
  allowed: z.strictObject({
    methods: z.array(z.enum(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])).min(1),
    origins: z.array(z.string()).min(1),
    headers: z.array(z.string()).nullish(),
  }),
  exposeHeaders: z.array(z.string()).nullish(),
  maxAgeSeconds: seconds.max(86_400).nullish(),
});
export type CorsRule = z.infer<typeof corsRuleSchema>;

/** Of each kind (Cloudflare docs: "R2 > Object lifecycles", "Bucket locks"). */
export const rulesMax = 1000;

/** What every new bucket has (Cloudflare docs: "R2 > Object lifecycles"). */
export const defaultLifecycleRules: readonly LifecycleRule[] = [
  {
    id: 'Default Multipart Abort Rule',
    enabled: true,
    conditions: { prefix: '' },
    abortMultipartUploadsTransition: { condition: { type: 'Age', maxAge: 7 * 24 * 60 * 60 } },
  },
];

/** The rule that locks an object now: it can be neither deleted nor overwritten (Cloudflare docs: "R2 > Bucket locks"). */
export function lockingRule(
  rules: readonly LockRule[],
  object: { readonly key: string; readonly modifiedAt: Date },
  now: Date,
): LockRule | undefined {
  return rules.find((rule) => {
    if (!rule.enabled || !object.key.startsWith(rule.prefix ?? '')) return false;
    const { condition } = rule;
    if (condition.type === 'Indefinite') return true;
    if (condition.type === 'Date') return now.getTime() < Date.parse(condition.date);
    return now.getTime() < object.modifiedAt.getTime() + condition.maxAgeSeconds * 1000;
  });
}
