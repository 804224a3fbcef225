import type { ApprovedWidening } from '../configuration.ts';
import { type AccessChange, type ReviewedAbility, widens } from './change.ts';

/** Changes with those who approved them, and what is wrong with the approvals. */
export interface JudgedChanges {
  readonly changes: readonly (AccessChange & { readonly approvedBy?: string })[];
  readonly problems: readonly string[];
}

/**
 * Matches widenings with approvals. A change is approved when approvals name all that it gains, there or at an enclosing place. An
 * approval, or an ability in one, that no change needs is a problem: it would wait for a widening that nobody has seen.
 */
export function judgeApprovals(
  changes: readonly AccessChange[],
  approvals: readonly ApprovedWidening[],
): JudgedChanges {
  const used = new Set<string>();
  const judged = changes.map((change) => {
    if (!widens(change)) return change;
    const by = change.widened.map((ability) => {
      const index = approvals.findIndex((approval) => covers(approval, change, ability));
      if (index >= 0) used.add(`${index} ${ability}`);
      return approvals[index]?.approvedBy;
    });
    if (by.includes(undefined)) return change;
    return { ...change, approvedBy: [...new Set(by)].join(', ') };
  });
  const problems = approvals.flatMap(({ access, abilities, where }, index) => {
    const idle = abilities.filter((ability) => !used.has(`${index} ${ability}`));
    if (idle.length === 0) return [];
    return [
      `approvedWidenings[${index}]: nothing widens by ${idle.join(', ')} for ${access} at ${where}: remove it, what it approved is done`,
    ];
  });
  return { changes: judged, problems };
}

function covers(
  { access, abilities, where }: ApprovedWidening,
  change: AccessChange,
  ability: ReviewedAbility,
): boolean {
  return access === change.access && abilities.includes(ability) && encloses(where, change.where);
}

/** `r2://media/` encloses `r2://media/uploads/`; nothing but itself encloses an account or "any other bucket". */
function encloses(outer: string, inner: string): boolean {
  if (inner === outer) return true;
  return /^[a-z0-9]+:\/\/[^/*]+\//.test(outer) && outer.endsWith('/') && inner.startsWith(outer);
}
