/**
 * A resource's properties as they reach a policy pack: plain data with the secrets in clear. In a preview, reading one
 * that is not known yet throws (@pulumi/policy, `UnknownValueError`); so these only ever read what a rule needs.
 */
export type Properties = Readonly<Record<string, unknown>>;

/** A text; undefined for all else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The items of a list; a single object or text, as some providers send a list of one, counts as one item. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The members of an object; none of all else. */
export function fieldsOf(value: unknown): Properties {
  return typeof value === 'object' && value !== null ? (value as Properties) : {};
}

/** What `read` returns, or the place of the value that a preview does not know yet. */
export function whenKnown<Value>(
  read: () => Value,
): { readonly value: Value } | { readonly value?: undefined; readonly unknown: string } {
  try {
    return { value: read() };
  } catch (error) {
    const unknown = unknownProperty(error);
    if (unknown === undefined) throw error;
    return { unknown };
  }
}

/**
 * The place of the value that is not known yet; undefined for other errors. Known by its shape: importing the class from
 * @pulumi/policy would load all of Pulumi's SDK, which no rule needs.
 */
export function unknownProperty(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('unknownTypeSentinel' in error) || !('props' in error)) return undefined;
  return Array.isArray(error.props) ? error.props.join('.') : undefined;
}
