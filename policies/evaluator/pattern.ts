/**
 * IAM's wildcards: `*` is any run of characters, `?` is one. Patterns are compiled once, when a policy is read.
 * AWS IAM User Guide, "IAM JSON policy elements: Resource" and "Policy variables: special characters".
 */
export type Matcher = (text: string) => boolean;

export interface PatternOptions {
  /** Version 2012-10-17: `${*}`, `${?}` and `${$}` stand for the characters themselves. */
  readonly variables: boolean;
}

/** A policy variable such as `${aws:username}`, which the evaluator does not resolve. */
export class UnsupportedVariableError extends Error {}

const anyRun = -1;
const anyOne = -2;

/** Compiles a pattern. Throws `UnsupportedVariableError`. Matching takes no more than pattern length x text length steps. */
export function compilePattern(pattern: string, options: PatternOptions): Matcher {
  const codes = readPattern(pattern, options);
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

/** The text that a value without wildcards stands for. Throws `UnsupportedVariableError`. */
export function literalText(value: string, { variables }: PatternOptions): string {
  if (!variables) return value;
  return value.replace(/\$\{([^}]*)\}/g, (whole, name: string) => specialCharacter(whole, name));
}

/** The pattern that matches exactly `text`: its `*`, `?` and `$` are escaped. Needs Version 2012-10-17. */
export function escapePattern(text: string): string {
  return text.replace(/\$(?=\{)|[*?]/g, (character) => `\${${character}}`);
}

function readPattern(pattern: string, { variables }: PatternOptions): number[] {
  const codes: number[] = [];
  for (let index = 0; index < pattern.length; index += 1) {
    const variable = variables ? /^\$\{([^}]*)\}/.exec(pattern.slice(index, index + 100)) : null;
    if (variable) {
      codes.push(specialCharacter(variable[0], variable[1] ?? '').charCodeAt(0));
      index += variable[0].length - 1;
      continue;
    }
    const character = pattern[index];
    if (character === '*') codes.push(anyRun);
    else if (character === '?') codes.push(anyOne);
    else codes.push(pattern.charCodeAt(index));
  }
  return codes;
}

function specialCharacter(whole: string, name: string): string {
  if (name === '*' || name === '?' || name === '$') return name;
  throw new UnsupportedVariableError(whole);
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
