import type { Ability } from '../ability.ts';

/** `serve`: a hostname lets someone in. */
export type ReviewedAbility = Ability | 'serve';

/** What changes for one credential at one place, or for one hostname. */
export interface AccessChange {
  /** `media/destination`, or `domain/files.example.com`. */
  readonly access: string;
  readonly provider: 'aws' | 'r2' | 'access';
  readonly where: string;
  /** `noted`: something to know, though nobody reaches more or less. */
  readonly kind: 'new' | 'removed' | 'widens' | 'narrows' | 'rotates' | 'noted';
  /** Held there before and after, in the order of `abilities`. */
  readonly before: readonly ReviewedAbility[];
  readonly after: readonly ReviewedAbility[];
  /** What is gained there; not empty = access widens. Abilities held before stand here too, where more calls use them. */
  readonly widened: readonly ReviewedAbility[];
  readonly narrowed: readonly ReviewedAbility[];
  /** Of the current generation, after the change; absent where the file has no dates. */
  readonly expiresOn?: string;
  readonly notes: readonly string[];
}

export type ReviewVerdict = 'widens' | 'narrows' | 'rotation-only' | 'unchanged';

/** Anything gained anywhere widens; then anything lost narrows; then a new generation rotates. */
export function verdictOf(changes: readonly AccessChange[]): ReviewVerdict {
  if (changes.some(widens)) return 'widens';
  if (changes.some(({ narrowed }) => narrowed.length > 0)) return 'narrows';
  return changes.some(({ kind }) => kind === 'rotates') ? 'rotation-only' : 'unchanged';
}

/** Whether anything is gained: such a change needs an approval, whatever is lost beside it. */
export function widens({ widened }: AccessChange): boolean {
  return widened.length > 0;
}
