/** What a resource's properties hold between the protocol and the cloud. */

/** A value that only a later step of the deployment will know. */
export const unknownValue = Symbol('unknown until the deployment knows it');
export type Unknown = typeof unknownValue;

/** A value that must stay encrypted in the state. It never prints itself. */
export class Secret {
  readonly #value: PropertyValue;

  constructor(value: PropertyValue) {
    this.#value = value;
  }

  reveal(): PropertyValue {
    return this.#value;
  }

  toJSON(): string {
    return '[secret]';
  }
}

export type PropertyValue = null | boolean | number | string | Unknown | Secret | PropertyList | Properties;
export type PropertyList = readonly PropertyValue[];
export interface Properties {
  readonly [name: string]: PropertyValue;
}

/** Whether a value is an object; a secret that holds one is none. */
export function isProperties(value: PropertyValue | undefined): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** Whether a value is a list; a secret that holds one is none. */
export function isList(value: PropertyValue | undefined): value is PropertyList {
  return Array.isArray(value);
}

/** `value` without any Secret in it. */
export function reveal(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return reveal(value.reveal());
  if (isList(value)) return value.map(reveal);
  return isProperties(value) ? revealAll(value) : value;
}

/** `properties` without any Secret in them. */
export function revealAll(properties: Properties): Properties {
  return mapProperties(properties, reveal);
}

/** Whether a value is a Secret, or holds one at any depth. */
export function containsSecret(value: PropertyValue): boolean {
  if (value instanceof Secret) return true;
  if (isList(value)) return value.some(containsSecret);
  return isProperties(value) && Object.values(value).some(containsSecret);
}

/** Whether a value is not known before the deploy, or holds such a one at any depth, in a Secret too. */
export function containsUnknown(value: PropertyValue): boolean {
  if (value instanceof Secret) return containsUnknown(value.reveal());
  if (isList(value)) return value.some(containsUnknown);
  return value === unknownValue || (isProperties(value) && Object.values(value).some(containsUnknown));
}

/** `properties` with each of `names` that it has made a secret; one that holds a secret inside counts as a whole. */
export function conceal(properties: Properties, names: ReadonlySet<string>): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      names.has(name) && !(value instanceof Secret) ? new Secret(reveal(value)) : value,
    ]),
  );
}

function mapProperties(properties: Properties, change: (value: PropertyValue) => PropertyValue): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, change(value)]));
}

/** `properties` without what is null or undefined: both mean "not set" to a provider. */
export function withoutUnset(properties: Readonly<Record<string, PropertyValue | undefined>>): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, PropertyValue] => (entry[1] ?? null) !== null),
  );
}

/** Two values are the same whatever the order of their keys; something unknown equals nothing. */
export function sameValue(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  if (left === unknownValue || right === unknownValue) return false;
  return canonicalText(left) === canonicalText(right);
}

/** JSON with sorted keys; what is not set is left out. */
function canonicalText(value: PropertyValue | undefined): string {
  const plain = value === undefined ? null : reveal(value);
  if (plain === unknownValue) return '<unknown>';
  if (isList(plain)) return `[${plain.map(canonicalText).join(',')}]`;
  if (isProperties(plain)) {
    const parts = Object.entries(plain)
      .filter(([, member]) => member !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`);
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(plain);
}

/** The text under `name`. @throws a plain Error when there is none: `check` lets no such resource through. */
export function text(properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string') throw new Error(`"${name}" is not known as a string here`);
  return value;
}

/** The string under `name`; undefined where there is none. */
export function optionalText(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' ? value : undefined;
}

/** The map of strings under `name`; empty when it is not set. */
export function textMap(properties: Properties, name: string): Readonly<Record<string, string>> {
  const value = properties[name];
  if (!isProperties(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
