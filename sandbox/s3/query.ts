import { decodePercent } from './percent-encoding.ts';
import { S3Error } from './s3-error.ts';

/** A request's query, decoded. Names are case-sensitive; of repeated names the first counts. */
export type Query = ReadonlyMap<string, string>;

/** Throws `InvalidURI` for what is not percent-encoded UTF-8. */
export function parseQuery(rawQuery: string): Query {
  const query = new Map<string, string>();
  if (rawQuery === '') return query;
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (!query.has(name)) query.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return query;
}

function decode(raw: string): string {
  const text = decodePercent(raw.includes('+') ? raw.replaceAll('+', ' ') : raw);
  if (text === undefined) throw new S3Error('InvalidURI');
  return text;
}
