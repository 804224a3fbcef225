import { compilePattern } from './filter-pattern.ts';
import type { Entry } from './store.ts';

/** One `--include` or `--exclude`. */
export interface FilterRule {
  readonly action: 'include' | 'exclude';
  readonly pattern: string;
}

/** Which objects a run is about. Plain data: it is part of what a journal belongs to. */
export interface FilterOptions {
  /** In order: the first that matches decides. */
  readonly rules?: readonly FilterRule[] | undefined;
  readonly sizeBytesMin?: number | undefined;
  readonly sizeBytesMax?: number | undefined;
  /** Only what was modified at least so long ago. */
  readonly ageMsMin?: number | undefined;
  /** Only what was modified no longer ago. */
  readonly ageMsMax?: number | undefined;
}

/** Whether a run is about this object. */
export type Filter = (entry: Entry) => boolean;

/**
 * Makes the decision that the options describe. The first row that fits decides.
 *
 * | object | decision |
 * | --- | --- |
 * | smaller, larger, newer or older than asked for | out |
 * | its key matches a rule | what the first such rule says |
 * | there is any `include` | out |
 * | otherwise | in |
 *
 * Throws `UserError` for a pattern that cannot be read.
 */
export function compileFilter(options: FilterOptions = {}, now = Date.now()): Filter {
  const { rules = [], sizeBytesMin = 0, sizeBytesMax = Infinity, ageMsMin = -Infinity, ageMsMax = Infinity } = options;
  const compiled = rules.map(({ action, pattern }) => ({
    isIn: action === 'include',
    expression: compilePattern(pattern),
  }));
  const otherwise = !rules.some(({ action }) => action === 'include');
  return ({ key, sizeBytes, modifiedAt }) => {
    if (sizeBytes < sizeBytesMin || sizeBytes > sizeBytesMax) return false;
    const ageMs = now - modifiedAt.getTime();
    if (ageMs < ageMsMin || ageMs > ageMsMax) return false;
    return compiled.find(({ expression }) => expression.test(key))?.isIn ?? otherwise;
  };
}
