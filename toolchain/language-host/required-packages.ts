import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  pulumi: z
    .object({
      resource: z.boolean().optional(),
      name: z.string().optional(),
      version: z.string().optional(),
      server: z.string().optional(),
    })
    .optional(),
});

export interface RequiredPackage {
  /** The provider's name: `aws`. */
  readonly name: string;
  /** With a leading `v`. */
  readonly version: string;
  /** Where its plugin is downloaded from, if not from Pulumi's own place. */
  readonly server?: string;
}

/**
 * The resource plugins that the program in `directory` can ask for: each installed package below @pulumi/ whose
 * package.json says `pulumi.resource`. The nearest node_modules wins, as in Node's own resolution.
 */
export async function requiredPackages(directory: string): Promise<RequiredPackage[]> {
  const found = new Map<string, RequiredPackage>();
  for (const scope of scopesAbove(directory)) {
    for (const name of await readdir(scope).catch(() => [])) {
      const required = await readPackage(path.join(scope, name, 'package.json'));
      if (required !== undefined && !found.has(required.name)) found.set(required.name, required);
    }
  }
  return [...found.values()];
}

function scopesAbove(directory: string): string[] {
  const parent = path.dirname(directory);
  const here = path.join(directory, 'node_modules', '@pulumi');
  return parent === directory ? [here] : [here, ...scopesAbove(parent)];
}

async function readPackage(file: string): Promise<RequiredPackage | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const { data } = manifestSchema.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (data?.pulumi?.resource !== true) return undefined;
  const version = data.pulumi.version ?? data.version;
  return {
    name: data.pulumi.name ?? data.name.replace(/^@pulumi\//, ''),
    version: version.startsWith('v') ? version : `v${version}`,
    ...(data.pulumi.server === undefined ? {} : { server: data.pulumi.server }),
  };
}
