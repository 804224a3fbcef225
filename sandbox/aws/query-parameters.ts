import { QueryError } from './query-error.ts';

/** Lists inside lists (`Tags.member.1.Key`) go no deeper in IAM and STS. */
const depthMax = 6;
const parametersMax = 1000;

/** What a Query request says, before an action's own schema reads it. */
export type QueryInput = string | QueryInput[] | QueryFieldsInput;
export interface QueryFieldsInput {
  readonly [name: string]: QueryInput;
}

interface Branch {
  readonly children: Map<string, Branch | string>;
}

/**
 * Turns the flat parameters of the AWS Query protocol into nested values:
 * `Tags.member.1.Key=team` becomes `{ Tags: [{ Key: 'team' }] }`. List members count from 1 without gaps.
 * Throws `MalformedQueryString` for a name given twice, one that is both a value and a list, or a list with gaps.
 */
export function parseQueryParameters(form: URLSearchParams): QueryFieldsInput {
  if (form.size > parametersMax) throw malformed(`more than ${parametersMax} parameters`);
  const root: Branch = { children: new Map() };
  for (const [name, value] of form) insert(root, name, value);
  return nested(root);
}

function insert(root: Branch, name: string, value: string): void {
  const segments = name.split('.');
  const last = segments.pop();
  if (last === undefined || segments.length >= depthMax) throw malformed(`parameter ${name} is nested too deeply`);
  let branch = root;
  for (const segment of segments) {
    const next = branch.children.get(segment) ?? { children: new Map() };
    if (typeof next === 'string') throw malformed(`parameter ${name} is given twice`);
    branch.children.set(segment, next);
    branch = next;
  }
  if (branch.children.has(last)) throw malformed(`parameter ${name} is given twice`);
  branch.children.set(last, value);
}

/** Fields become own properties whatever their names are: `__proto__` must reach the schema and fail there. */
function nested(branch: Branch): QueryFieldsInput {
  const fields: QueryFieldsInput = {};
  for (const [name, child] of branch.children) {
    const value = typeof child === 'string' ? child : listOrFields(child);
    Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return fields;
}

function listOrFields(branch: Branch): QueryInput {
  const list = branch.children.get('member');
  if (list === undefined || typeof list === 'string' || branch.children.size !== 1) return nested(branch);
  return Array.from({ length: list.children.size }, (_, index) => {
    const member = list.children.get(String(index + 1));
    if (member === undefined) throw malformed(`list members must be numbered 1 to ${list.children.size}`);
    return typeof member === 'string' ? member : listOrFields(member);
  });
}

function malformed(message: string): QueryError {
  return new QueryError('MalformedQueryString', `The query string is malformed: ${message}`);
}
