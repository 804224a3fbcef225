import { z } from 'zod';
import { type LocatedMistake, Mistake, show } from './mistake.ts';
import { nearest } from './nearest.ts';

/**
 * The building blocks of the configuration's schema. Structure (sections, lists) is zod's; each value is read by a
 * function that returns it or a `Mistake`, so that every message names what was found and the fix.
 */
export function field<Value>(example: string, read: (value: unknown) => Value | Mistake) {
  return z.unknown().transform((value, context): Value => {
    const result = isAbsent(value) ? new Mistake('is missing', `write ${example}`) : read(value);
    if (!(result instanceof Mistake)) return result;
    context.addIssue({ code: 'custom', message: result.what, params: { mistake: result } });
    return z.NEVER;
  });
}

/** A YAML key without a value is null. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Text that passes `check`, which returns the mistake if there is one. */
export function textField(example: string, check: (text: string) => Mistake | undefined = () => undefined) {
  return field<string>(example, (value) =>
    typeof value === 'string' ? (check(value) ?? value) : new Mistake(`${show(value)} is not text`, `write ${example}`),
  );
}

/** Text that matches `pattern`; `rule` says in words what the pattern demands. */
export function patternField({ example, pattern, rule }: { example: string; pattern: RegExp; rule: string }) {
  return textField(example, (text) =>
    pattern.test(text) ? undefined : new Mistake(`${show(text)} is not ${rule}`, `write ${example}`),
  );
}

/** One of a few words; `planned` are words of the documented format that this version does not know yet. */
export function choiceField<const Word extends string>(words: readonly Word[], planned: readonly string[] = []) {
  const choices = words.join(', ');
  return field<Word>(`one of ${choices}`, (value) => {
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    if (planned.some((candidate) => candidate === value)) {
      return new Mistake(`${show(value)} is not yet supported`, `write one of ${choices}`);
    }
    return new Mistake(`${show(value)} is unknown${meant(value, words)}`, `write one of ${choices}`);
  });
}

/** A whole number between `from` and `to`, both included; a text of digits is a mistake. */
export function integerField({ from, to }: { readonly from: number; readonly to?: number }) {
  const range = to === undefined ? `of at least ${from}` : `from ${from} to ${to}`;
  return field<number>(`a whole number ${range}, without quotes`, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= (to ?? value)
      ? value
      : new Mistake(`${show(value)} is not a whole number ${range}`, 'write such a number, without quotes'),
  );
}

export const booleanField = field<boolean>('true or false', (value) =>
  typeof value === 'boolean'
    ? value
    : new Mistake(`${show(value)} is neither true nor false`, 'write true or false, without quotes'),
);

/** Keys of the documented format that a section does not take, or not yet, each with the reason and the way out. */
export type RefusedKeys = Readonly<Record<string, { readonly what: string; readonly fix: string }>>;

/** Keys that a later version brings: refused by name, never ignored. */
export function planned(...keys: readonly string[]): RefusedKeys {
  return Object.fromEntries(
    keys.map((key) => [key, { what: 'is not yet supported', fix: 'remove it; this version would not act on it' }]),
  );
}

/** An object with exactly the keys of `shape`. */
export function section<Shape extends z.ZodRawShape>(shape: Shape, refused: RefusedKeys = {}) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? JSON.stringify(issue.keys.map((key) => refusal(key, known, refused)))
        : `a section with ${known.join(', ')}`,
  });
}

/** The text of a union of sections that `provider` tells apart. */
export function providerError(providers: string): z.core.$ZodErrorMap {
  return (issue) => (issue.code === 'invalid_union' ? providers : `a section with provider (${providers})`);
}

function refusal(key: string, known: readonly string[], refused: RefusedKeys): { what: string; fix: string } {
  return (
    (Object.hasOwn(refused, key) ? refused[key] : undefined) ?? {
      what: `is no key here${meant(key, [...known, ...Object.keys(refused)])}`,
      fix: `remove it, or use one of ${known.join(', ')}`,
    }
  );
}

function meant(value: unknown, words: readonly string[]): string {
  const word = typeof value === 'string' ? nearest(value, words) : undefined;
  return word === undefined ? '' : ` (did you mean "${word}"?)`;
}

const refusalsSchema = z.array(z.object({ what: z.string(), fix: z.string() }));

/** What zod found, in the configuration's terms. `input` is the value that was parsed. */
export function mistakesOf(error: z.ZodError, input: unknown): readonly LocatedMistake[] {
  return error.issues.flatMap((issue): LocatedMistake[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'unrecognized_keys') {
      // `section` put the refusal of each key into the message: the only text that a zod schema can hand over.
      const refusals = refusalsSchema.parse(JSON.parse(issue.message));
      return refusals.map(({ what, fix }, index) => ({
        path: [...path, issue.keys[index] ?? ''],
        mistake: new Mistake(what, fix),
      }));
    }
    return [{ path, mistake: mistakeOf(issue, valueAt(input, path)) }];
  });
}

function mistakeOf(issue: z.core.$ZodIssue, value: unknown): Mistake {
  if (issue.code === 'custom') {
    const mistake: unknown = issue.params?.['mistake'];
    if (mistake instanceof Mistake) return mistake;
  }
  // Elsewhere the schema's message is what it wanted; lists are zod's own and have none of ours.
  const wanted = issue.code === 'invalid_type' && issue.expected === 'array' ? 'a list' : issue.message;
  if (isAbsent(value)) return new Mistake('is missing', `write ${wanted}`);
  if (issue.code !== 'invalid_union') return new Mistake(`${show(value)} is not ${wanted}`, `write ${wanted}`);
  return new Mistake(`${show(value)} is ${value === 'b2' ? 'not yet supported' : 'unknown'}`, `write ${wanted}`);
}

function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[part] : undefined,
    input,
  );
}
