import { z } from 'zod';
import { QueryError } from '../query-error.ts';

/** The parameters of a list that is answered in pages (IAM API reference, "Request Parameters" of every List action). */
export const paging = {
  Marker: z.string().min(1).optional(),
  MaxItems: z
    .string()
    .regex(/^\d{1,4}$/, 'Member must be a number between 1 and 1000')
    .transform(Number)
    .pipe(z.int().min(1).max(1000))
    .optional(),
};

const itemsDefault = 100;

export interface Paging {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/**
 * One page of `items`, ordered by `nameOf`. The marker is the last name of the page before, encoded, so that items
 * made or deleted between two pages neither repeat nor hide others.
 */
export function pageOf<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { Marker, MaxItems = itemsDefault }: Paging,
): { readonly page: readonly Item[]; readonly IsTruncated: boolean; readonly Marker?: string } {
  const after = Marker === undefined ? undefined : decodeMarker(Marker);
  const rest = items
    .filter((item) => after === undefined || nameOf(item) > after)
    .sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  const page = rest.slice(0, MaxItems);
  const last = page.at(-1);
  if (last === undefined || rest.length <= page.length) return { page, IsTruncated: false };
  return { page, IsTruncated: true, Marker: Buffer.from(nameOf(last)).toString('base64url') };
}

function decodeMarker(marker: string): string {
  const name = Buffer.from(marker, 'base64url').toString();
  if (Buffer.from(name).toString('base64url') !== marker) throw new QueryError('ValidationError', 'Invalid Marker');
  return name;
}
