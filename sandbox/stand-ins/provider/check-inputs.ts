import { createHash, randomBytes } from 'node:crypto';
import { checkMembers } from './check-value.ts';
import {
  containsSecret,
  containsUnknown,
  isList,
  isProperties,
  type Properties,
  type PropertyValue,
  reveal,
  Secret,
  unknownValue,
} from './property-value.ts';
import type { Problem } from './resource-type.ts';
import { membersOf, type PropertySchema, type ProviderSchema, type ResourceSchema } from './schema.ts';

/** The names that Check filled in, kept among the stored inputs as Pulumi's Terraform bridge keeps them. */
export const filledNames = '__defaults';
const autoNameDigits = 7;

export interface InputsToCheck {
  readonly schema: ProviderSchema;
  readonly resource: ResourceSchema;
  /** The resource's name in the program. */
  readonly logicalName: string;
  /** As the program gave them; values may be secret or unknown. */
  readonly inputs: Properties;
  /** The stored inputs of the resource that exists, if any. */
  readonly oldInputs: Properties;
  /** The engine's, so that a preview and the update after it choose the same name. */
  readonly randomSeed: Uint8Array;
  readonly storesDefaults: boolean;
}

/** The inputs to store, with names and defaults filled in, and what is wrong with them. Pure but for an absent seed. */
export function checkInputs(request: InputsToCheck): { inputs: Properties; problems: Problem[] } {
  const { schema, resource } = request;
  const { problems: policyProblems, inputs } = serializePolicies(request);
  const problems = [...checkMembers(schema, resource.inputs, inputs), ...policyProblems];
  const filled: Record<string, PropertyValue> = {};
  for (const [name, property] of Object.entries(resource.inputs)) {
    if ((inputs[name] ?? null) !== null) continue;
    const value = fillIn(name, property, request);
    if (typeof value === 'object') problems.push(value);
    else if (value !== undefined) filled[name] = value;
  }
  const kept = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
  if (!request.storesDefaults) return { inputs: { ...kept, ...filled }, problems };
  return { inputs: { ...kept, ...filled, [filledNames]: Object.keys(filled).sort() }, problems };
}

function fillIn(
  name: string,
  property: PropertySchema,
  request: InputsToCheck,
): string | number | boolean | Problem | undefined {
  const { inputs, oldInputs, storesDefaults } = request;
  if (property.autoName === undefined) return storesDefaults ? property.default : undefined;
  if (property.conflictsWith?.some((other) => (inputs[other] ?? null) !== null)) return undefined;
  const oldFilled = oldInputs[filledNames];
  const oldName = oldInputs[name];
  if (isList(oldFilled) && oldFilled.includes(name) && typeof oldName === 'string') return oldName;
  return autoName(name, property.autoName, request);
}

/** The logical name, a hyphen and seven random hexadecimal digits. One too long is an error, never cut. */
function autoName(
  property: string,
  { maxLength, lowerCase }: NonNullable<PropertySchema['autoName']>,
  { logicalName, randomSeed }: InputsToCheck,
): string | Problem {
  const seed = randomSeed.length === 0 ? randomBytes(32) : randomSeed;
  const digits = createHash('sha256').update(seed).update(logicalName).digest('hex').slice(0, autoNameDigits);
  const name = `${lowerCase === true ? logicalName.toLowerCase() : logicalName}-${digits}`;
  if (name.length <= maxLength) return name;
  return {
    property,
    reason: `failed to generate a name: "${name}" is longer than the ${maxLength} characters allowed`,
  };
}

/** Policies given as objects become JSON text, and text that is not a JSON object is a problem. */
function serializePolicies({ resource, inputs }: InputsToCheck): { inputs: Properties; problems: Problem[] } {
  const problems: Problem[] = [];
  const serialized = Object.entries(inputs).map(([name, value]): [string, PropertyValue] => {
    if (resource.inputs[name]?.policyDocument !== true || value === null) return [name, value];
    if (containsUnknown(value)) return [name, unknownValue];
    const plain = reveal(value);
    if (isProperties(plain)) {
      const serializedText = JSON.stringify(plain);
      return [name, containsSecret(value) ? new Secret(serializedText) : serializedText];
    }
    if (typeof plain === 'string' && !isJsonObject(plain)) {
      problems.push({ property: name, reason: `"${name}" contains an invalid JSON policy: it is not a JSON object` });
    }
    return [name, value];
  });
  return { inputs: Object.fromEntries(serialized), problems };
}

function isJsonObject(document: string): boolean {
  try {
    const parsed: unknown = JSON.parse(document);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}

/**
 * The inputs as the provider plans with them: every default of the schema filled in, also inside objects. Pure.
 * What Check fills for its own record is left out.
 */
export function plannedInputs(schema: ProviderSchema, resource: ResourceSchema, inputs: Properties): Properties {
  const given = Object.entries(inputs).filter(([name]) => name !== filledNames);
  return planMembers(schema, resource.inputs, Object.fromEntries(given));
}

function planMembers(
  schema: ProviderSchema,
  members: Readonly<Record<string, PropertySchema>>,
  values: Properties,
): Properties {
  const planned: Record<string, PropertyValue> = { ...values };
  for (const [name, property] of Object.entries(members)) {
    const value = planned[name] ?? null;
    if (value !== null) planned[name] = planValue(schema, property, value);
    else if (property.default !== undefined) planned[name] = property.default;
    else Reflect.deleteProperty(planned, name);
  }
  return planned;
}

function planValue(schema: ProviderSchema, property: PropertySchema, value: PropertyValue): PropertyValue {
  const { items } = property;
  if (isList(value) && items !== undefined) return value.map((item) => planValue(schema, items, item));
  if (property.ref === undefined || !isProperties(value)) return value;
  return planMembers(schema, membersOf(schema, property), value);
}
