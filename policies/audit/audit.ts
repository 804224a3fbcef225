import type { Ability } from '../ability.ts';
import type { Purpose } from './purpose.ts';

/** What an existing policy or token allows, held against what an operation needs. Plain JSON. */
export interface Audit {
  /** The place that the operation works on: `s3://media-prod/uploads/`. */
  readonly place: string;
  /** Each purpose, and the calls of it that would be refused; a purpose without any is served. */
  readonly purposes: readonly { readonly name: string; readonly missing: readonly MissingCall[] }[];
  /** What the rest is measured by: the purpose asked for, else the one that the policy comes nearest to. */
  readonly purpose: string;
  readonly missing: readonly MissingCall[];
  readonly tooMuch: readonly TooMuch[];
  /** Statements that cannot do what they say. */
  readonly findings: readonly { readonly place: string; readonly what: string; readonly fix: string }[];
  /** Calls of well-known clients that would be refused, and how to do without. */
  readonly clients: readonly { readonly client: string; readonly action: string; readonly instead: string }[];
  /** The least that serves the purpose, to be deployed instead. */
  readonly least: unknown;
}

export interface MissingCall {
  readonly ability: Ability;
  /** The call that would fail, and the right that it lacks. */
  readonly call: string;
  readonly right: string;
  readonly withoutIt: string;
}

export interface TooMuch {
  /** An action, a permission group, or an ability outside the place. */
  readonly right: string;
  /** `Permissions management`, `Write`, `Read`, .. as AWS grades it; `place` where it reaches too far. */
  readonly level: string;
  readonly where: string;
  readonly because: string;
}

/** The purpose to measure by: among those asked for, the one with the fewest calls missing, and of those the most it serves. */
export function nearestPurpose<Candidate extends { readonly purpose: Purpose; readonly missing: readonly unknown[] }>(
  candidates: readonly Candidate[],
): Candidate | undefined {
  const [best] = [...candidates].sort(
    (left, right) =>
      left.missing.length - right.missing.length || right.purpose.abilities.length - left.purpose.abilities.length,
  );
  return best;
}
