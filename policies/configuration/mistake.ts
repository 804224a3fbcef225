import { UserError } from '../../base/user-error.ts';

/** What is wrong with one value, and what to write instead. */
export class Mistake {
  readonly what: string;
  readonly fix: string;

  constructor(what: string, fix: string) {
    this.what = what;
    this.fix = fix;
  }
}

export type ConfigurationPath = readonly (string | number)[];

export interface LocatedMistake {
  readonly path: ConfigurationPath;
  readonly mistake: Mistake;
}

/** A mistake at a path: `mistakeAt(['migrations', 0, 'name'], '"a" is used twice', 'rename one')`. */
export function mistakeAt(path: ConfigurationPath, what: string, fix: string): LocatedMistake {
  return { path, mistake: new Mistake(what, fix) };
}

/** Throws if there is any mistake. */
export function refuseMistakes(mistakes: readonly LocatedMistake[]): void {
  if (mistakes.length > 0) throw configurationError(mistakes);
}

/** One `UserError` for all mistakes: a single one as where, what and fix; several as a line each. */
export function configurationError(mistakes: readonly LocatedMistake[]): UserError {
  const [first, ...others] = mistakes;
  if (first && others.length === 0)
    return new UserError({ where: pathText(first.path), what: first.mistake.what, fix: first.mistake.fix });
  const lines = mistakes.map(({ path, mistake: { what, fix } }) => `  ${pathText(path)}: ${what}: ${fix}`);
  return new UserError({ where: 'configuration', what: [`${mistakes.length} mistakes`, ...lines].join('\n') });
}

/** `migrations[0].source.prefix`. */
function pathText(path: ConfigurationPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

const shownLengthMax = 60;

/** A value as messages show it: text in quotes, anything long cut short. */
export function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= shownLengthMax ? text : `${text.slice(0, shownLengthMax)}..`;
}
