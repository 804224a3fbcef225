import type { Configuration } from '../configuration.ts';
import { approvalMistakes } from './approval-checks.ts';
import { boundaryMistakes } from './boundary-checks.ts';
import { crossMistakes } from './checks.ts';
import { complete } from './complete.ts';
import { mistakesOf } from './field.ts';
import { configurationError, refuseMistakes } from './mistake.ts';
import { optionMistakes } from './option-checks.ts';
import { requirementMistakes } from './requirements.ts';
import { configurationKeys, configurationSchema } from './schema.ts';
import { secureMistakes } from './secure-values.ts';

export interface ParseOptions {
  /** Stands in where a current generation does not say when it was issued: `YYYY-MM-DD`. */
  readonly issuedOnDefault?: string;
  /** The day that `until` is compared with, `YYYY-MM-DD`; the clock's, in UTC, where absent. */
  readonly today?: string;
}

/**
 * A stack's configuration, checked and completed.
 *
 * `values` are the keys under `sluice:` without that namespace, as `configurationValues` and `valuesOfPulumiConfig` read
 * them. Throws one `UserError` that names every mistake with its path, its value and the fix. The result is frozen.
 */
export function parseConfiguration(
  stack: string,
  values: Readonly<Record<string, unknown>>,
  { issuedOnDefault, today = new Date().toISOString().slice(0, 10) }: ParseOptions = {},
): Configuration {
  const present = withoutEmptyDefaults(values);
  refuseMistakes(secureMistakes(present));
  const parsed = configurationSchema.safeParse(present);
  if (!parsed.success) throw configurationError(mistakesOf(parsed.error, present));
  const input = parsed.data;
  refuseMistakes([...requirementMistakes(input, issuedOnDefault), ...optionMistakes(input)]);
  const configuration = complete(input, { stack, issuedOnDefault });
  refuseMistakes([
    ...crossMistakes(configuration, input),
    ...boundaryMistakes(configuration, today),
    ...approvalMistakes(configuration, today),
  ]);
  return freeze(configuration);
}

/**
 * Pulumi.yaml declares keys with `default: []` or `{}`, since a key without a default is mandatory in every stack: those
 * count as absent. `providers` has no default, so an empty one was written by somebody.
 */
function withoutEmptyDefaults(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([key, value]) => key === 'providers' || !configurationKeys.has(key) || !isEmpty(value),
    ),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
