import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });

/** sluice's own version, as package.json says. A sandbox of another version is never used. */
export function sluiceVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  return packageSchema.parse(JSON.parse(text)).version;
}
