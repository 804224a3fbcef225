import {
  isList,
  isProperties,
  type Properties,
  type PropertyValue,
  sameValue,
  unknownValue,
} from './property-value.ts';
import type { PropertiesSchema } from './schema.ts';

export interface InputsToCompare {
  readonly members: PropertiesSchema;
  /** Planned inputs before and after: plain values, defaults filled in. */
  readonly before: Properties;
  readonly after: Properties;
  /** The outputs before: where something changed outside Pulumi is seen. */
  readonly state: Properties;
  readonly ignoreChanges: readonly string[];
  /** Whether a changed property means the same to the cloud. */
  readonly means: (property: string, before: PropertyValue, after: PropertyValue) => boolean;
}

export type DifferenceKind = 'add' | 'delete' | 'update';

export interface Difference {
  /** `policies[0].effect` */
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly replaces: boolean;
}

/**
 * What an update must change. Pure.
 *
 * Inputs are compared with inputs: outputs hold computed values, which would all look changed. One exception: an
 * optional input that the program does not name, was not named before and is nevertheless set in the cloud was set by
 * somebody else, and the provider takes it away.
 */
export function diffInputs(request: InputsToCompare): Difference[] {
  const { members, before, after } = request;
  const names = new Set([...Object.keys(members), ...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => !name.startsWith('__') && !isIgnored(name, request.ignoreChanges))
    .flatMap((name) => diffProperty(name, request));
}

function diffProperty(name: string, { members, before, after, state, means }: InputsToCompare): Difference[] {
  const property = members[name];
  const next = after[name] ?? null;
  const replaces = property?.replaces === true;
  if (next === null) {
    // The provider fills it by itself, so leaving it out asks for nothing.
    if (property?.computed === true) return [];
    const previous = before[name] ?? (property === undefined ? null : state[name]) ?? null;
    return previous === null || isEmpty(previous) ? [] : [{ path: name, kind: 'delete', replaces }];
  }
  const previous = before[name] ?? null;
  if (sameValue(previous, next) || (property?.set === true && sameSet(previous, next))) return [];
  if (previous === null) {
    // A computed value that the program now writes out is no change.
    const known = property?.computed === true ? (state[name] ?? null) : null;
    return known !== null && sameValue(known, next) ? [] : [{ path: name, kind: 'add', replaces }];
  }
  if (next !== unknownValue && means(name, previous, next)) return [];
  return diffValue(previous, next, name).map((difference) => ({ ...difference, replaces }));
}

function diffValue(before: PropertyValue, after: PropertyValue, path: string): Omit<Difference, 'replaces'>[] {
  if (sameValue(before, after)) return [];
  if (before === null) return [{ path, kind: 'add' }];
  if (after === null) return [{ path, kind: 'delete' }];
  if (isList(before) && isList(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      diffValue(before[index] ?? null, after[index] ?? null, `${path}[${String(index)}]`),
    );
  }
  if (isProperties(before) && isProperties(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
      diffValue(before[name] ?? null, after[name] ?? null, `${path}${memberPath(name)}`),
    );
  }
  return [{ path, kind: 'update' }];
}

function memberPath(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function sameSet(before: PropertyValue, after: PropertyValue): boolean {
  if (!isList(before) || !isList(after) || before.length !== after.length) return false;
  return after.every((member) => before.some((other) => sameValue(other, member)));
}

function isEmpty(value: PropertyValue): boolean {
  if (isList(value)) return value.length === 0;
  return value === false || value === '' || (isProperties(value) && Object.keys(value).length === 0);
}

function isIgnored(name: string, ignoreChanges: readonly string[]): boolean {
  return ignoreChanges.some((path) => path === name || path === '*');
}
