import { type ConfigurationPath, type LocatedMistake, mistakeAt } from './mistake.ts';

/**
 * Encrypted values (`secure: v1:..`), wherever they stand. No secret belongs into the configuration, and what is
 * encrypted cannot be reviewed. The value itself is never shown.
 */
export function secureMistakes(value: unknown, path: ConfigurationPath = []): readonly LocatedMistake[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => secureMistakes(item, [...path, index]));
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === 'secure') {
    return [
      mistakeAt(
        path,
        'is encrypted (secure:)',
        'write it in clear; credentials never stand in the configuration but come from the environment',
      ),
    ];
  }
  return Object.entries(value).flatMap(([key, item]) => secureMistakes(item, [...path, key]));
}
