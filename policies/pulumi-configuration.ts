import { UserError } from '../base/user-error.ts';

/** Our keys' namespace: fixed, so that a project that is copied and renamed keeps its configuration. */
const configurationNamespace = 'sluice';

/**
 * The values under `sluice:` in the map that `pulumi.runtime.allConfig()` gives, where everything is text.
 * Keys of other namespaces are left out. Throws `UserError` for a value that starts like JSON and is not.
 *
 * Pulumi hands encrypted values over in clear. `secretKeys` (the list in PULUMI_CONFIG_SECRET_KEYS) are the keys that hold
 * one; they come out as a stack file has them, without the value, so that parsing refuses them.
 */
export function valuesOfPulumiConfig(
  all: Readonly<Record<string, string>>,
  secretKeys: readonly string[] = [],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, text]) => {
      const name = configurationKey(key);
      if (name === undefined) return [];
      return [[name, secretKeys.includes(key) ? { secure: '' } : structuredValue(name, text)]];
    }),
  );
}

/** `sluice:migrations`, or Pulumi's older `sluice:config:migrations`, is `migrations`; `undefined` for others' keys. */
export function configurationKey(key: string): string | undefined {
  const [namespace, ...rest] = key.split(':');
  if (namespace !== configurationNamespace) return undefined;
  return (rest.length === 2 && rest[0] === 'config' ? rest.slice(1) : rest).join(':');
}

/** Pulumi hands objects and lists over as JSON text, everything else as plain text. */
export function structuredValue(name: string, text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError({
      where: name,
      what: 'starts like JSON, and is not',
      fix: 'write it as YAML in the stack file',
      cause,
    });
  }
}
