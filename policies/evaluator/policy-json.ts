import { IamPolicyError } from './policy-error.ts';

/**
 * The largest `PolicyDocument` that IAM's API takes (IAM API reference, "PutUserPolicy"); nothing longer is even read.
 * The quotas of users, roles and buckets are lower, and those who store policies keep them.
 */
export const policyLengthMax = 131_072;

/** A policy nests no deeper than document, statement, condition, operator, values; anything deeper is no policy. */
const depthMax = 16;

/**
 * Reads a policy's JSON strictly: a key twice in one object is an error, where JSON.parse would take the last one in silence.
 * Throws `IamPolicyError` with the place of what is wrong.
 */
export function parsePolicyJson(text: string): unknown {
  if (text.length > policyLengthMax) {
    throw new IamPolicyError('document', `has ${text.length} characters; a policy has at most ${policyLengthMax}`);
  }
  const value = parseJson(text);
  refuseRepeatedKeys(text);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new IamPolicyError('document', `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** An object or a list that is open at some point of the text. */
interface Open {
  readonly place: string;
  /** Of an object: the keys seen so far. */
  readonly keys?: Set<string>;
  /** Where its current member stands. */
  member: string;
  index: number;
}

/** Walks the tokens of a text that is known to be JSON. */
function refuseRepeatedKeys(text: string): void {
  const open: Open[] = [];
  for (const { 0: token, 1: colon } of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\],]/g)) {
    const around = open.at(-1);
    if (token === '{' || token === '[') {
      const place = around?.member ?? '';
      if (open.length >= depthMax) throw new IamPolicyError(place, `nests deeper than ${depthMax} levels`);
      open.push(
        token === '{'
          ? { place, keys: new Set(), member: place, index: 0 }
          : { place, member: `${place}[0]`, index: 0 },
      );
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ',') {
      if (around && !around.keys) {
        around.index += 1;
        around.member = `${around.place}[${around.index}]`;
      }
    } else if (around?.keys && colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      around.member = around.place === '' ? key : `${around.place}.${key}`;
      if (around.keys.has(key)) throw new IamPolicyError(around.member, 'stands twice; only one of them would count');
      around.keys.add(key);
    }
  }
}
