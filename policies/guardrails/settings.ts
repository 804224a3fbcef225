import type { PolicyConfigSchema } from '@pulumi/policy';
import { z } from 'zod';
import type { Rule } from './rule.ts';

/** A resource for which a rule is not enforced; the finding is still shown, with the reason. */
export interface Exception {
  /** Its name in the program, or its URN. */
  readonly resource: string;
  readonly because: string;
}

/** A reason says something: "x" does not. */
const reasonLengthMin = 10;

const configSchema = z.object({
  exceptions: z.array(z.object({ resource: z.string(), because: z.string().min(reasonLengthMin) })).default([]),
});

/** What guardrails.<stack>.json may hold for a rule beside its level; Pulumi refuses anything else before it starts. */
export function settingsSchema({ settings = {} }: Rule): PolicyConfigSchema {
  return {
    properties: {
      exceptions: {
        type: 'array',
        items: {
          type: 'object',
          properties: { resource: { type: 'string' }, because: { type: 'string', minLength: reasonLengthMin } },
          required: ['resource', 'because'],
          additionalProperties: false,
        },
      },
      ...Object.fromEntries(
        Object.entries(settings).map(([name, { minimum, maximum }]) => [name, { type: 'integer', minimum, maximum }]),
      ),
    },
  };
}

/** A rule's part of guardrails.<stack>.json, with the defaults filled in. Throws for what `settingsSchema` does not let through. */
export function readSettings(
  { settings = {} }: Rule,
  config: object,
): { readonly settings: Record<string, number>; readonly exceptions: readonly Exception[] } {
  const numbers = Object.entries(settings).map(([name, { minimum, maximum, default: usual }]) => {
    const given = (config as Readonly<Record<string, unknown>>)[name];
    return [name, z.number().int().min(minimum).max(maximum).default(usual).parse(given)] as const;
  });
  return { settings: Object.fromEntries(numbers), exceptions: configSchema.parse(config).exceptions };
}
