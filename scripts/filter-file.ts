import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { FilterRule } from '../engine/filter.ts';

/**
 * The rules of a `--filter-from` file, which is rclone's: `+ PATTERN` takes what matches, `- PATTERN` leaves it out, the first that matches
 * decides; `#` and `;` begin a comment. Its `!`, which forgets the rules before it, is refused. Throws `InvalidArgumentError`.
 */
export function readFilterFile(path: string): readonly FilterRule[] {
  return parseFilters(textOf(path));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`it cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Pure; as `readFilterFile`. */
export function parseFilters(text: string): readonly FilterRule[] {
  return text.split('\n').flatMap((line, index): FilterRule[] => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) return [];
    const [, sign, pattern = ''] = /^([+-]) (.+)$/.exec(trimmed) ?? [];
    if (sign === undefined) {
      throw new InvalidArgumentError(`line ${index + 1} begins neither with "+ " nor with "- ": ${trimmed}`);
    }
    return [{ action: sign === '+' ? 'include' : 'exclude', pattern }];
  });
}
