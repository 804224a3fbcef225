import { filledNames } from './check-inputs.ts';
import { type Properties, type PropertyValue, sameValue, unknownValue } from './property-value.ts';
import type { ResourceSchema } from './schema.ts';

/** The outputs of a create that a preview can tell: the planned inputs, and every other output not yet known. Pure. */
export function plannedOutputs(resource: ResourceSchema, planned: Properties): Properties {
  return fillUnknown(resource, planned, (name) => isComputed(resource, name));
}

export interface UpdateToPreview {
  readonly resource: ResourceSchema;
  readonly planned: Properties;
  readonly state: Properties;
  /** Whether an update leaves every computed output, or only those whose schema says so. */
  readonly keepsOutputs: boolean;
  /** Outputs that this update will change all the same. */
  readonly renews: readonly string[];
}

/** The outputs of an update that a preview can tell. Pure. */
export function plannedUpdate({ resource, planned, state, keepsOutputs, renews }: UpdateToPreview): Properties {
  const kept = Object.entries(state).filter(
    ([name]) =>
      isComputed(resource, name) &&
      !renews.includes(name) &&
      (keepsOutputs || resource.outputs[name]?.keepsState === true),
  );
  const known = { ...Object.fromEntries(kept), ...planned };
  return fillUnknown(resource, known, (name) => isComputed(resource, name) && (!keepsOutputs || renews.includes(name)));
}

function fillUnknown(resource: ResourceSchema, known: Properties, fills: (name: string) => boolean): Properties {
  const unset = Object.keys(resource.outputs).filter((name) => (known[name] ?? null) === null && fills(name));
  return { ...known, ...Object.fromEntries(unset.map((name) => [name, unknownValue])) };
}

/** An output that is no input, or an input that the provider fills by itself. */
function isComputed(resource: ResourceSchema, name: string): boolean {
  const input = resource.inputs[name];
  return input === undefined || input.computed === true;
}

/**
 * The stored inputs after a refresh: each as the cloud has it now, so that the next update sees what somebody else
 * changed. A change that means the same keeps the program's own text. An import (no inputs yet) takes every input set. Pure.
 */
export function refreshedInputs(
  resource: ResourceSchema,
  oldInputs: Properties,
  outputs: Properties,
  means: (property: string, before: PropertyValue, after: PropertyValue) => boolean,
): Properties {
  const names = Object.keys(oldInputs).length === 0 ? Object.keys(resource.inputs) : Object.keys(oldInputs);
  const refreshed: Record<string, PropertyValue> = {};
  for (const name of names) {
    const before = oldInputs[name] ?? null;
    const now = outputs[name] ?? null;
    if (name === filledNames) refreshed[name] = before;
    else if (now !== null && before !== null && (sameValue(before, now) || means(name, before, now)))
      refreshed[name] = before;
    else if (now !== null) refreshed[name] = now;
  }
  return refreshed;
}
