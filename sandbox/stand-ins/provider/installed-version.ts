import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

/** The version of a package as installed beside this project: what the program's SDK expects its plugin to have. */
export function installedVersion(packageName: string): string {
  const file = createRequire(import.meta.filename).resolve(`${packageName}/package.json`);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
