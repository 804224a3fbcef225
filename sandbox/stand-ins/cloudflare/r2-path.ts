import { optionalText, type Properties, text } from '../provider/property-value.ts';

/** The API's path of an R2 bucket, by the name of the property that holds the bucket's. */
export function bucketPath(properties: Properties, nameProperty: 'name' | 'bucketName'): string {
  return `${bucketsPath(properties)}/${encodeURIComponent(text(properties, nameProperty))}`;
}

/** The collection of R2 buckets in the account that the properties name. */
export function bucketsPath(properties: Properties): string {
  return `/accounts/${encodeURIComponent(text(properties, 'accountId'))}/r2/buckets`;
}

/** Always sent: each jurisdiction sees only its own buckets, and without it the default one is meant. */
export function jurisdictionHeader(properties: Properties): Readonly<Record<string, string>> {
  return { 'cf-r2-jurisdiction': optionalText(properties, 'jurisdiction') ?? 'default' };
}
