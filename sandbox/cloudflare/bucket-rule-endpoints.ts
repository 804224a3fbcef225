import { z } from 'zod';
import {
  corsRuleSchema,
  defaultLifecycleRules,
  lifecycleRuleSchema,
  lockRuleSchema,
  rulesMax,
} from './bucket-rules.ts';
import { settingsOf, settingsToChange } from './bucket-settings.ts';
import { bucketOf } from './buckets.ts';
import { ApiError, parseBody } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import type { BucketSettings } from './state.ts';

/** A bucket's lifecycle, locks and CORS (Cloudflare API reference, "R2 > Buckets"). A PUT replaces all rules of its kind. */
const base = '/accounts/:account/r2/buckets/:bucket';

type RuleSet = 'lifecycleRules' | 'lockRules' | 'corsRules';

export const bucketRuleEndpoints: readonly Endpoint[] = [
  ...rulesAt('lifecycle', 'lifecycleRules', lifecycleRuleSchema),
  ...rulesAt('lock', 'lockRules', lockRuleSchema),
  ...rulesAt('cors', 'corsRules', corsRuleSchema),
  {
    method: 'DELETE',
    path: `${base}/cors`,
    needs: 'write storage',
    run: async (call) => {
      await changeRules(call, 'corsRules', undefined);
      return { result: {} };
    },
  },
];

function rulesAt(resource: string, name: RuleSet, rule: z.ZodType): Endpoint[] {
  const schema = z.strictObject({
    rules: z
      .array(rule)
      .max(rulesMax)
      .refine((rules) => new Set(rules.map(idOf)).size === rules.length, 'two rules have the same id')
      .nullish(),
  });
  return [
    {
      method: 'GET',
      path: `${base}/${resource}`,
      needs: 'read storage',
      run: (call) => ({ result: { rules: rulesOf(call, name) } }),
    },
    {
      method: 'PUT',
      path: `${base}/${resource}`,
      needs: 'write storage',
      async run(call): Promise<Answer> {
        const { rules } = parseBody(schema, call.body, 'r2');
        await changeRules(call, name, (rules ?? []) as NonNullable<BucketSettings[RuleSet]>);
        return { result: {} };
      },
    },
  ];
}

/** A rule without an id is like no other. */
function idOf(rule: unknown): unknown {
  const { id } = rule as { id?: string | null };
  return id ?? rule;
}

function rulesOf(call: Call, name: RuleSet): readonly unknown[] {
  const { jurisdiction, bucket } = bucketOf(call);
  const rules = settingsOf(call.account.state, jurisdiction, bucket)?.[name];
  if (rules !== undefined) return rules;
  if (name === 'lifecycleRules') return defaultLifecycleRules;
  if (name === 'lockRules') return [];
  // No public page says what a bucket without CORS answers; clients read a 404 as "none".
  throw new ApiError({ status: 404, code: 10059, message: 'The CORS configuration does not exist.' });
}

async function changeRules(call: Call, name: RuleSet, rules: BucketSettings[RuleSet]): Promise<void> {
  const { jurisdiction, bucket } = bucketOf(call);
  await call.account.update((draft) => {
    Object.assign(settingsToChange(draft, jurisdiction, bucket), { [name]: rules });
  });
}
