import type { ConditionContext } from './iam-condition.ts';

/**
 * IAM's wildcards: `*` is any run of characters, `?` is one. Patterns are compiled once, when a policy is read; only a
 * pattern with a variable is completed for each request, and a variable's value never acts as a wildcard.
 * AWS IAM User Guide, "IAM JSON policy elements: Resource" and "IAM policy elements: Variables and tags".
 */
export type Matcher = (text: string, context?: ConditionContext) => boolean;

export interface PatternOptions {
  /** Version 2012-10-17: `${aws:username}` is a value of the request; `${*}`, `${?}` and `${$}` are the characters themselves. */
  readonly variables: boolean;
}

/** A `${..}` that names no condition key, such as `${username}`. */
export class UnsupportedVariableError extends Error {}

/** A condition key, in lower case, and what stands for it where the request does not carry it. */
interface Variable {
  readonly key: string;
  readonly otherwise?: string;
}

const anyRun = -1;
const anyOne = -2;

/**
 * Compiles a pattern. Throws `UnsupportedVariableError`. Matching takes no more than pattern length x text length steps.
 * A variable that the request does not carry and that has no default matches nothing.
 */
export function compilePattern(pattern: string, options: PatternOptions): Matcher {
  const parts = readPattern(pattern, options);
  const codes = parts.filter((part) => typeof part === 'number');
  if (codes.length < parts.length) {
    return (text, context = {}) => {
      const complete = completeCodes(parts, context);
      return complete !== undefined && matches(complete, text);
    };
  }
  const firstWildcard = codes.findIndex((code) => code < 0);
  if (firstWildcard === -1) {
    const literal = String.fromCharCode(...codes);
    return (text) => text === literal;
  }
  if (firstWildcard === codes.length - 1 && codes[firstWildcard] === anyRun) {
    const start = String.fromCharCode(...codes.slice(0, -1));
    return (text) => text.startsWith(start);
  }
  return (text) => matches(codes, text);
}

/** What a value without wildcards stands for in a request; `undefined` where a variable has no value there. */
export type Text = (context?: ConditionContext) => string | undefined;

/** Compiles a value in which `*` and `?` are plain characters. Throws `UnsupportedVariableError`. */
export function compileText(value: string, { variables }: PatternOptions): Text {
  const parts = variables ? splitVariables(value) : [value];
  if (parts.every((part) => typeof part === 'string')) {
    const literal = parts.join('');
    return () => literal;
  }
  return (context = {}) => {
    const values = parts.map((part) => (typeof part === 'string' ? part : valueOf(part, context)));
    return values.includes(undefined) ? undefined : values.join('');
  };
}

/** The pattern that matches exactly `text`: its `*`, `?` and `$` are escaped. Needs Version 2012-10-17. */
export function escapePattern(text: string): string {
  return text.replace(/\$(?=\{)|[*?]/g, (character) => `\${${character}}`);
}

function readPattern(pattern: string, { variables }: PatternOptions): readonly (number | Variable)[] {
  if (!variables) return wildcardCodes(pattern);
  const parts: (number | Variable)[] = [];
  let from = 0;
  for (const { index, 0: whole, 1: inside = '' } of pattern.matchAll(variablePattern)) {
    parts.push(...wildcardCodes(pattern.slice(from, index)));
    const part = readVariable(whole, inside);
    if (typeof part === 'string') parts.push(part.charCodeAt(0));
    else parts.push(part);
    from = index + whole.length;
  }
  parts.push(...wildcardCodes(pattern.slice(from)));
  return parts;
}

const variablePattern = /\$\{([^}]*)\}/g;

function splitVariables(value: string): readonly (string | Variable)[] {
  const parts: (string | Variable)[] = [];
  let from = 0;
  for (const { index, 0: whole, 1: inside = '' } of value.matchAll(variablePattern)) {
    parts.push(value.slice(from, index), readVariable(whole, inside));
    from = index + whole.length;
  }
  parts.push(value.slice(from));
  return parts;
}

/** A special character stands for itself; anything else names a condition key, perhaps with a default in quotes. */
function readVariable(whole: string, inside: string): string | Variable {
  if (inside === '*' || inside === '?' || inside === '$') return inside;
  const [, key, otherwise] = /^\s*([A-Za-z0-9./_-]+:[^\s,'{}]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inside) ?? [];
  if (key === undefined) throw new UnsupportedVariableError(whole);
  return { key: key.toLowerCase(), ...(otherwise !== undefined && { otherwise }) };
}

/** Only a key with one value can stand in a text ("You can use any single-valued key as a variable"). */
function valueOf({ key, otherwise }: Variable, context: ConditionContext): string | undefined {
  const value = context[key];
  if (typeof value === 'string') return value;
  return value?.length === 1 ? value[0] : otherwise;
}

function wildcardCodes(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => {
    if (text[index] === '*') return anyRun;
    return text[index] === '?' ? anyOne : text.charCodeAt(index);
  });
}

function completeCodes(parts: readonly (number | Variable)[], context: ConditionContext): number[] | undefined {
  const codes: number[] = [];
  for (const part of parts) {
    if (typeof part === 'number') {
      codes.push(part);
      continue;
    }
    const value = valueOf(part, context);
    if (value === undefined) return undefined;
    for (let index = 0; index < value.length; index += 1) codes.push(value.charCodeAt(index));
  }
  return codes;
}

/** Greedy matching that goes back only to the last `*`: no pattern makes it exponential. */
function matches(codes: readonly number[], text: string): boolean {
  let at = 0;
  let code = 0;
  let resumeCode = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const wanted = codes[code];
    if (wanted === anyRun) {
      resumeCode = code + 1;
      resumeAt = at;
      code += 1;
    } else if (wanted === anyOne || wanted === text.charCodeAt(at)) {
      code += 1;
      at += 1;
    } else if (resumeCode !== -1) {
      resumeAt += 1;
      at = resumeAt;
      code = resumeCode;
    } else {
      return false;
    }
  }
  while (codes[code] === anyRun) code += 1;
  return code === codes.length;
}
