import type { ApprovedWidening, Configuration } from '../configuration.ts';
import { sides } from '../operation.ts';
import { type LocatedMistake, mistakeAt } from './mistake.ts';

/**
 * An approval speaks of something the stack has, in words that its kind knows, and its day has not passed. Whether a widening
 * needs it is the access diff's to say. `today` is `YYYY-MM-DD`.
 */
export function approvalMistakes(configuration: Configuration, today: string): readonly LocatedMistake[] {
  const known = accessNames(configuration);
  return configuration.approvedWidenings.flatMap((approval, index) =>
    mistakesOf(approval, known, today).map(({ key, what, fix }) =>
      mistakeAt(['approvedWidenings', index, key], what, fix),
    ),
  );
}

interface ApprovalMistake {
  readonly key: keyof ApprovedWidening;
  readonly what: string;
  readonly fix: string;
}

function mistakesOf(
  { access, abilities, until }: ApprovedWidening,
  known: readonly string[],
  today: string,
): readonly ApprovalMistake[] {
  const mistakes: ApprovalMistake[] = [];
  if (!known.includes(access)) {
    const fix = known.length === 0 ? 'remove it' : `write one of ${known.join(', ')}`;
    mistakes.push({ key: 'access', what: `"${access}" is no credential or domain of this stack`, fix });
  }
  if (abilities.length === 0) {
    mistakes.push({ key: 'abilities', what: '[] approves nothing', fix: 'name the abilities, or remove the approval' });
  }
  const serves = access.startsWith('domain/');
  const misplaced = abilities.filter((ability) => (ability === 'serve') !== serves);
  if (misplaced.length > 0) {
    const fix = serves ? 'write [serve]: a domain widens by its audience' : 'name what the credential may do';
    mistakes.push({ key: 'abilities', what: `${misplaced.join(', ')} cannot be said of "${access}"`, fix });
  }
  if (until < today) {
    mistakes.push({ key: 'until', what: `"${until}" is past`, fix: 'remove the approval, or have it renewed' });
  }
  return mistakes;
}

function accessNames({ migrations, domains }: Configuration): readonly string[] {
  const credentials = migrations.flatMap((migration) =>
    sides
      .filter((side) => migration[side].credential ?? migration[side].role)
      .map((side) => `${migration.name}/${side}`),
  );
  return [...credentials, ...domains.map(({ hostname }) => `domain/${hostname}`)];
}
