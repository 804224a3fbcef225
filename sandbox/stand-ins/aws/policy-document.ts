import { z } from 'zod';
import type { PropertyValue } from '../provider/property-value.ts';

/**
 * IAM policies compared by what they mean, as the real provider suppresses differences: the order and number of
 * actions, resources, principals and condition values mean nothing, a string is a list of one, `"*"` as principal is
 * `{ "AWS": "*" }`, and one statement is a list of one.
 */
const setElements = new Set(['Action', 'NotAction', 'Resource', 'NotResource']);
const principalElements = new Set(['Principal', 'NotPrincipal']);
const document = z.record(z.string(), z.json());
type Json = z.infer<ReturnType<typeof z.json>>;

/** Pure; documents that are no JSON objects mean the same only if they are the same text. */
export function samePolicy(before: PropertyValue, after: PropertyValue): boolean {
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  if (before === after) return true;
  try {
    return (
      sortedText(meaning(document.parse(JSON.parse(before)))) === sortedText(meaning(document.parse(JSON.parse(after))))
    );
  } catch {
    return false;
  }
}

/**
 * The text that the state keeps of a policy that IAM answered (percent-encoded): the program's own where it means the same,
 * so that a refresh shows no difference in what only IAM writes otherwise.
 */
export function keptPolicy(known: PropertyValue | undefined, answered: string | undefined): PropertyValue {
  const found = decodeURIComponent(answered ?? '');
  return known !== undefined && samePolicy(known, found) ? known : found;
}

/** The text to send: sorted keys, no white space, `Version` first. */
export function normalizedPolicy(policy: string): string {
  const { Version, ...others } = document.parse(JSON.parse(policy));
  const rest = sortedText(others);
  if (Version === undefined) return rest;
  return `{"Version":${JSON.stringify(Version)}${rest === '{}' ? '' : ','}${rest.slice(1)}`;
}

function meaning(policy: Record<string, Json>): Json {
  const { Statement, ...others } = policy;
  const statements = Array.isArray(Statement) ? Statement : [Statement ?? []];
  return { ...others, Statement: statements.map((statement) => mapObject(statement, elementMeaning)) };
}

function elementMeaning(name: string, value: Json): Json {
  if (setElements.has(name)) return sortedList(value);
  if (principalElements.has(name))
    return mapObject(value === '*' ? { AWS: '*' } : value, (_, members) => sortedList(members));
  if (name === 'Condition') return mapObject(value, (_, keys) => mapObject(keys, (__, values) => sortedList(values)));
  return value;
}

function mapObject(value: Json, change: (name: string, value: Json) => Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(name, member)]));
}

/** A set, whatever JSON type a member has: IAM reads the number 5 and the boolean true as their texts. */
function sortedList(value: Json): Json {
  const members = (Array.isArray(value) ? value : [value]).map((member) =>
    typeof member === 'object' ? sortedText(member) : String(member),
  );
  return [...new Set(members)].sort();
}

function sortedText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sortedText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${sortedText(member)}`);
  return `{${members.join(',')}}`;
}
