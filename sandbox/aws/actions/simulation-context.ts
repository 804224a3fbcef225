import { readPolicyDocument } from '../../../policies/evaluator/policy-document.ts';

/** Every condition key that the policies read, in conditions and in variables, as written first; in their order. */
export function contextKeysOf(documents: readonly string[]): readonly string[] {
  const keys = new Map<string, string>();
  const add = (key: string): void => {
    if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key);
  };
  for (const document of documents) {
    const { version, statements } = readPolicyDocument(document);
    for (const { Condition: conditions = {} } of statements)
      Object.values(conditions).flatMap(Object.keys).forEach(add);
    if (version === '2008-10-17') continue;
    for (const [, variable = ''] of document.matchAll(/\$\{\s*([A-Za-z0-9-]+:[^\s,'{}]+)/g)) add(variable);
  }
  return [...keys.values()];
}
