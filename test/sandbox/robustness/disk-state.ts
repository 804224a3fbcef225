import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * All that a sandbox keeps, by file: what its documents say, and a hash of every record log and body. Left out is what reading
 * alone changes: the log of decisions, when a key was last used (and the file that it is being written to), and bytes in the file
 * of small bodies that no record names.
 */
export async function diskState(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const state: Record<string, string> = {};
  for (const file of files.sort()) {
    const name = relative(directory, file);
    if (/^decisions\/|\/small-[0-9a-f]+$|\.tmp$/.test(name)) continue;
    const bytes = await readFile(file);
    state[name] = name.endsWith('.json')
      ? withoutUses(bytes.toString())
      : createHash('sha256').update(bytes).digest('hex');
  }
  return state;
}

const uses = new Set(['lastUsed', 'lastUsedOn', 'lastUses', 'uses']);

function withoutUses(json: string): string {
  const kept = (name: string, value: unknown): unknown => (uses.has(name) ? undefined : value);
  return JSON.stringify(JSON.parse(json), kept);
}
