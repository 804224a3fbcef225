import type { QueryError } from './query-error.ts';

/** What an action answers: fields in order, lists as `<member>`s, dates to the second; undefined fields are left out. */
export type QueryValue = string | number | boolean | Date | readonly QueryValue[] | QueryFields | undefined;
export interface QueryFields {
  readonly [name: string]: QueryValue;
}

export interface QueryService {
  readonly name: 'iam' | 'sts';
  readonly version: string;
  readonly namespace: string;
}

/** The two Query services, as the IAM and STS API references version them. */
export const queryServices = {
  iam: { name: 'iam', version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
  sts: { name: 'sts', version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
} as const satisfies Record<string, QueryService>;

/** The answer's XML; an action without a result has no `<..Result>` element. */
export function renderAnswer(
  service: QueryService,
  action: string,
  result: QueryFields | undefined,
  requestId: string,
): string {
  const results = result === undefined ? '' : element(`${action}Result`, result);
  const metadata = element('ResponseMetadata', { RequestId: requestId });
  return `<${action}Response xmlns="${service.namespace}">${results}${metadata}</${action}Response>`;
}

/** An error in the Query protocol's envelope. */
export function renderError(service: QueryService, error: QueryError, requestId: string): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const body =
    element('Error', { Type: type, Code: error.code, Message: error.message }) + element('RequestId', requestId);
  return `<ErrorResponse xmlns="${service.namespace}">${body}</ErrorResponse>`;
}

function element(name: string, value: QueryValue): string {
  return value === undefined ? '' : `<${name}>${content(value)}</${name}>`;
}

function content(value: Exclude<QueryValue, undefined>): string {
  if (value instanceof Date) return queryDate(value);
  if (isList(value)) return value.map((member) => element('member', member)).join('');
  if (typeof value !== 'object') return escapeText(String(value));
  return Object.entries(value)
    .map(([name, field]) => element(name, field))
    .join('');
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: QueryValue): value is readonly QueryValue[] {
  return Array.isArray(value);
}

/** ISO 8601, UTC, to the second. */
export function queryDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Carriage returns too: an XML parser would turn a bare one into a line feed. */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#xD;');
}
