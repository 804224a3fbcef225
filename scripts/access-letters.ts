import type { Ability } from '../policies/ability.ts';

/** The abilities that have a column of their own in a review; the finer ones follow from these. */
export const letteredAbilities = [
  { letter: 'L', ability: 'list' },
  { letter: 'R', ability: 'read' },
  { letter: 'W', ability: 'write' },
  { letter: 'D', ability: 'delete' },
  { letter: 'A', ability: 'admin' },
] as const satisfies readonly { letter: string; ability: Ability }[];

/** `L R - - -`. */
export function abilityLetters(held: readonly string[], separator: string): string {
  return letteredAbilities.map(({ letter, ability }) => (held.includes(ability) ? letter : '-')).join(separator);
}
