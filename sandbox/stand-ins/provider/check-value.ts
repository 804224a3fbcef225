import {
  isList,
  isProperties,
  type Properties,
  type PropertyList,
  type PropertyValue,
  Secret,
  unknownValue,
} from './property-value.ts';
import type { Problem } from './resource-type.ts';
import { membersOf, type PropertiesSchema, type PropertySchema, type ProviderSchema } from './schema.ts';

/**
 * Compares values with a schema as strictly as the real providers do, in their words: an unknown name, a missing or
 * wrongly typed value and one outside a closed set are problems. Unknown values pass; a secret's value is never quoted.
 */
export function checkMembers(
  schema: ProviderSchema,
  members: PropertiesSchema,
  values: Properties,
  path = '',
): Problem[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const unknownNames = Object.keys(values)
    .filter((name) => members[name] === undefined)
    .map((name) => ({ property: at(name), reason: 'Invalid or unknown key' }));
  const problems = Object.entries(members).flatMap(([name, property]): Problem[] => {
    const value = values[name] ?? null;
    if (value !== null)
      return [...conflicts(name, property, values, at), ...checkValue(schema, property, value, at(name))];
    if (property.required !== true) return [];
    const reason = `Missing required argument. The argument "${name}" is required, but no definition was found.`;
    return [{ property: at(name), reason }];
  });
  return [...unknownNames, ...problems];
}

function conflicts(
  name: string,
  property: PropertySchema,
  values: Properties,
  at: (name: string) => string,
): Problem[] {
  return (property.conflictsWith ?? [])
    .filter((other) => (values[other] ?? null) !== null)
    .map((other) => ({
      property: at(name),
      reason: `Conflicting configuration arguments. "${name}": conflicts with ${other}`,
    }));
}

function checkValue(schema: ProviderSchema, property: PropertySchema, value: PropertyValue, path: string): Problem[] {
  if (value === unknownValue) return [];
  if (value instanceof Secret) return checkValue(schema, property, value.reveal(), path).map(quoteNothing);
  if (property.oneOf !== undefined) return checkAlternatives(schema, property.oneOf, value, path);
  if (property.ref !== undefined) {
    if (!isProperties(value)) return [wrongType(path, 'an object', value)];
    return checkMembers(schema, membersOf(schema, property), value, path);
  }
  switch (property.type) {
    case 'array':
      return isList(value) ? checkItems(schema, property, value, path) : [wrongType(path, 'a list', value)];
    case 'object':
      return isProperties(value) ? checkMap(schema, property, value, path) : [wrongType(path, 'an object', value)];
    case 'string':
    case 'number':
    case 'boolean':
      if (typeof value !== property.type) return [wrongType(path, `a ${property.type}`, value)];
      return checkRange(property, value, path);
    default:
      return [];
  }
}

function checkAlternatives(
  schema: ProviderSchema,
  alternatives: readonly PropertySchema[],
  value: PropertyValue,
  path: string,
): Problem[] {
  const attempts = alternatives.map((alternative) => checkValue(schema, alternative, value, path));
  // The attempt that got deepest into the value says most about it.
  return attempts.some((problems) => problems.length === 0)
    ? []
    : (attempts.toSorted((a, b) => (b[0]?.property.length ?? 0) - (a[0]?.property.length ?? 0))[0] ?? []);
}

function checkItems(schema: ProviderSchema, { items }: PropertySchema, list: PropertyList, path: string): Problem[] {
  if (items === undefined) return [];
  return list.flatMap((item, index) => checkValue(schema, items, item, `${path}[${String(index)}]`));
}

function checkMap(
  schema: ProviderSchema,
  { additionalProperties }: PropertySchema,
  map: Properties,
  path: string,
): Problem[] {
  if (additionalProperties === undefined) return [];
  return Object.entries(map).flatMap(([key, value]) =>
    value === null ? [] : checkValue(schema, additionalProperties, value, `${path}[${JSON.stringify(key)}]`),
  );
}

function checkRange(property: PropertySchema, value: PropertyValue, path: string): Problem[] {
  if (typeof value === 'string' && property.enum !== undefined && !isMember(value, property.enum, property)) {
    const allowed = property.enum.map((member) => JSON.stringify(member)).join(' ');
    const reason = `Invalid Attribute Value Match. Attribute ${path} value must be one of: [${allowed}], got: ${JSON.stringify(value)}`;
    return [{ property: path, reason }];
  }
  if (typeof value === 'number' && property.minimum !== undefined && value < property.minimum) {
    const reason = `Invalid Attribute Value. Attribute ${path} value must be at least ${property.minimum}, got: ${value}`;
    return [{ property: path, reason }];
  }
  return [];
}

function isMember(value: string, members: readonly string[], { enumIgnoresCase }: PropertySchema): boolean {
  if (enumIgnoresCase !== true) return members.includes(value);
  return members.some((member) => member.toLowerCase() === value.toLowerCase());
}

function wrongType(path: string, expected: string, value: PropertyValue): Problem {
  return { property: path, reason: `Incorrect attribute value type. Expected ${expected}, got ${typeName(value)}` };
}

function typeName(value: PropertyValue): string {
  if (value === null) return 'nothing';
  if (isList(value)) return 'a list';
  return isProperties(value) ? 'an object' : `a ${typeof value}`;
}

function quoteNothing({ property, reason }: Problem): Problem {
  return { property, reason: reason.replace(/, got: .*$/s, ', got: [secret]') };
}
