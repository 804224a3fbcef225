import { isList, isProperties, type Properties, type PropertyValue } from '../provider/property-value.ts';
import { membersOf, type PropertiesSchema, type PropertySchema, type ProviderSchema } from '../provider/schema.ts';

/** What is not the snake_case of our name: plurals that the SDK made of lists, and what the API spells in no style. */
const exceptions: Readonly<Record<string, string>> = {
  includes: 'include',
  excludes: 'exclude',
  requires: 'require',
  ins: 'in',
  notIns: 'not_in',
  targetCriterias: 'target_criteria',
  userRiskScores: 'user_risk_score',
  nameByIdps: 'name_by_idp',
  azureAd: 'azureAD',
  githubOrganization: 'github-organization',
  serviceAuth401Redirect: 'service_auth_401_redirect',
};

function wireName(property: string): string {
  return exceptions[property] ?? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Properties as the API writes them. Every key is a property's name: no type here holds a map. */
export function toWire(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [wireName(name), valueToWire(value)]));
}

function valueToWire(value: PropertyValue): PropertyValue {
  if (isList(value)) return value.map((item) => valueToWire(item));
  return isProperties(value) ? toWire(value) : value;
}

/** An answer of the API as properties: only what the schema names, and without what is null. */
export function fromWire(schema: ProviderSchema, members: PropertiesSchema, answer: Properties): Properties {
  return Object.fromEntries(
    Object.entries(members)
      .map(([name, property]): [string, PropertyValue] => [
        name,
        valueFromWire(schema, property, answer[wireName(name)] ?? null),
      ])
      .filter(([, value]) => value !== null),
  );
}

function valueFromWire(schema: ProviderSchema, property: PropertySchema, value: PropertyValue): PropertyValue {
  const { items } = property;
  if (isList(value) && items !== undefined) return value.map((item) => valueFromWire(schema, items, item));
  if (property.ref === undefined || !isProperties(value)) return value;
  return fromWire(schema, membersOf(schema, property), value);
}
