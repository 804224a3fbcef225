import { UserError } from '../base/user-error.ts';

/**
 * Turns a pattern for keys into a regular expression, with the meaning that rclone's filters give it ("Filtering", rclone.org).
 *
 * | pattern | matches |
 * | --- | --- |
 * | `*.jpg` | at the end of a key, from the beginning of a segment on |
 * | `/a/*.jpg` | the whole key, for it begins with a slash |
 * | `*` | any characters but the slash |
 * | `**` | any characters |
 * | `?` | one character, not the slash |
 * | `[a-z]`, `[^a-z]` | one character of these, or none of these |
 * | `{a,b}` | one of these |
 * | `dir/` | everything below: `dir/**` |
 * | `\*` | the character itself |
 *
 * Throws `UserError` for a pattern that does not close what it opens.
 */
export function compilePattern(pattern: string): RegExp {
  const anchored = pattern.startsWith('/');
  const body = (anchored ? pattern.slice(1) : pattern) + (pattern.endsWith('/') ? '**' : '');
  if (body === '') throw unreadable(pattern, 'it is empty');
  const parts: string[] = [];
  let depth = 0;
  for (let rest = body; rest !== '';) {
    const { source, taken, opens = 0 } = nextPart(rest, { pattern, depth });
    parts.push(source);
    depth += opens;
    rest = rest.slice(taken);
  }
  if (depth > 0) throw unreadable(pattern, 'its "{" is never closed');
  return new RegExp(`${anchored ? '^' : '(?:^|/)'}${parts.join('')}$`, 'su');
}

interface PatternPart {
  readonly source: string;
  /** Characters of the pattern that it stands for. */
  readonly taken: number;
  /** 1 where it opens a brace, -1 where it closes one. */
  readonly opens?: number;
}

function nextPart(rest: string, { pattern, depth }: { pattern: string; depth: number }): PatternPart {
  const stars = /^\*+/.exec(rest)?.[0].length ?? 0;
  if (stars > 2) throw unreadable(pattern, 'it has more than two asterisks in a row');
  if (stars > 0) return { source: stars === 2 ? '.*' : '[^/]*', taken: stars };
  const [first = ''] = rest;
  if (first === '?') return { source: '[^/]', taken: 1 };
  if (first === '[') return characterClass(rest, pattern);
  if (first === ']') throw unreadable(pattern, 'it closes a "]" that it never opened');
  if (rest.startsWith('{{')) throw unreadable(pattern, 'regular expressions ("{{..}}") are not supported');
  if (first === '{') return { source: '(?:', taken: 1, opens: 1 };
  if (first === '}' && depth === 0) throw unreadable(pattern, 'it closes a "}" that it never opened');
  if (first === '}') return { source: ')', taken: 1, opens: -1 };
  if (first === ',' && depth > 0) return { source: '|', taken: 1 };
  if (first !== '\\') return { source: literal(first), taken: first.length };
  const [, escaped] = rest;
  if (escaped === undefined) throw unreadable(pattern, 'it ends in a backslash');
  return { source: literal(escaped), taken: 2 };
}

function characterClass(rest: string, pattern: string): PatternPart {
  const [whole, not = '', members = ''] = /^\[(\^?)((?:\\.|[^\]\\])+)\]/s.exec(rest) ?? [];
  if (whole === undefined) throw unreadable(pattern, 'its "[" is never closed');
  if (members.includes('[:')) throw unreadable(pattern, `named classes (${whole}) are not supported`);
  if (members.includes('/')) throw unreadable(pattern, `its class ${whole} has a slash, which no class matches`);
  const source = members.replaceAll(/\\?([^])/gu, (text: string, letter: string) =>
    text === '-' ? text : `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`,
  );
  try {
    // A class never matches the slash, as `*` and `?` do not.
    return { source: `(?!/)${new RegExp(`[${not}${source}]`, 'u').source}`, taken: whole.length };
  } catch {
    throw unreadable(pattern, `its class ${whole} is not one`);
  }
}

function literal(letter: string): string {
  return letter.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`);
}

function unreadable(pattern: string, what: string): UserError {
  return new UserError({
    where: `pattern ${JSON.stringify(pattern)}`,
    what,
    fix: 'put a backslash before a character that is meant as itself',
  });
}
