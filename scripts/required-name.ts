import { UserError } from '../base/user-error.ts';
import type { Stack } from './stack.ts';

/** Throws `UserError` where `name` is given but names no migration (nor, with `domains`, hostname) of the stack. */
export function requireNamed(
  { name: stack, configuration }: Stack,
  name: string | undefined,
  { domains = false } = {},
): void {
  if (name === undefined) return;
  const known = [
    ...configuration.migrations.map((migration) => migration.name),
    ...(domains ? configuration.domains.map(({ hostname }) => hostname) : []),
  ];
  if (known.includes(name)) return;
  throw new UserError({
    where: `stack ${stack}`,
    what: `it has nothing called "${name}"`,
    fix: known.length === 0 ? 'its configuration names no migrations' : `it has ${known.join(', ')}`,
  });
}
