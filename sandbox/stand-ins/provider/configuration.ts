import { checkMembers } from './check-value.ts';
import type { Properties, PropertyValue } from './property-value.ts';
import type { Problem } from './resource-type.ts';
import type { ProviderSchema } from './schema.ts';

/** Names that the engine itself adds to a provider's inputs. */
const engineInputs = new Set(['version', 'pluginDownloadURL', 'pluginChecksums', 'parameterization', '__internal']);

/**
 * A provider's own inputs as its schema types them. All but strings arrive as JSON text, from stack configuration and
 * from the SDKs alike. Pure; what is no JSON of the right type is a problem.
 */
export function decodeConfiguration(
  schema: ProviderSchema,
  inputs: Properties,
): { configuration: Properties; problems: Problem[] } {
  const members = schema.provider.inputs;
  const configuration = Object.fromEntries(
    Object.entries(inputs)
      .filter(([name, value]) => !engineInputs.has(name) && value !== null)
      .map(([name, value]): [string, PropertyValue] => [
        name,
        members[name]?.type === 'string' ? value : decodeJson(value),
      ]),
  );
  return { configuration, problems: checkMembers(schema, members, configuration) };
}

function decodeJson(value: PropertyValue): PropertyValue {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as PropertyValue;
  } catch {
    return value;
  }
}
