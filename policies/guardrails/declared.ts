import { type Configuration, parseConfiguration } from '../configuration.ts';
import { configurationKey, valuesOfPulumiConfig } from '../pulumi-configuration.ts';

/**
 * What a stack's configuration declares, out of the map that `pulumi.runtime.allConfig()` gives; undefined for a program
 * that is configured otherwise. Throws `UserError` for a configuration that the program itself refuses too.
 */
export function declaredBy(stack: string, all: Readonly<Record<string, string>>): Configuration | undefined {
  if (!Object.keys(all).some((key) => configurationKey(key) !== undefined)) return undefined;
  return parseConfiguration(stack, valuesOfPulumiConfig(all));
}
