import { isList, isProperties, type Properties } from '../provider/property-value.ts';
import type { Problem } from '../provider/resource-type.ts';

/** One selector a rule: `includes: [{ email: {…} }, { emailDomain: {…} }]`, never both in one object. */
export function ruleProblems(policy: Properties, path = ''): Problem[] {
  return ['includes', 'excludes', 'requires'].flatMap((list) => {
    const rules = policy[list] ?? null;
    if (!isList(rules)) return [];
    return rules.flatMap((rule, index): Problem[] => {
      const selectors = isProperties(rule) ? Object.values(rule).filter((value) => value !== null).length : 0;
      if (selectors <= 1) return [];
      const property = `${path}${list}[${String(index)}]`;
      return [
        {
          property,
          reason: `Invalid Attribute Value. Attribute ${property} must hold at most 1 selector, got: ${String(selectors)}`,
        },
      ];
    });
  });
}
