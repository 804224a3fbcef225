import type { AccessFile } from '../access-file.ts';
import type { ApprovedWidening } from '../configuration.ts';
import { type AccessChange, type ReviewVerdict, verdictOf, widens } from './change.ts';
import { judgeApprovals } from './approvals.ts';
import { credentialChanges } from './credential-changes.ts';
import { domainChanges } from './domain-changes.ts';

/** What a change of configuration, or of the code that renders policies, does to a stack's access. */
export interface AccessDiff {
  readonly stack: string;
  readonly verdict: ReviewVerdict;
  /** How many changes widen, and how many of those somebody approved. */
  readonly widenings: number;
  readonly approved: number;
  /** In the order of the table: credentials, then hostnames. */
  readonly changes: readonly ReviewedChange[];
  /** Approvals that approve nothing. */
  readonly approvalProblems: readonly string[];
}

/** A change; `approvedBy` where everything that it gains is approved. */
export type ReviewedChange = AccessChange & { readonly approvedBy?: string };

/**
 * Compares a stack's access before and after. `before` is absent where the stack is new: then everything is.
 * Throws `IamPolicyError` for a policy that the evaluator does not understand.
 */
export function accessDiff({
  before,
  after,
  approvedWidenings = [],
}: {
  readonly before: AccessFile | undefined;
  readonly after: AccessFile;
  readonly approvedWidenings?: readonly ApprovedWidening[];
}): AccessDiff {
  const credentials = pairs(before?.credentials ?? [], after.credentials, ({ access }) => access);
  const domains = pairs(before?.domains ?? [], after.domains, ({ hostname }) => hostname);
  const changes = [...credentials.flatMap(credentialChanges), ...domains.flatMap(domainChanges)];
  const judged = judgeApprovals(changes, approvedWidenings);
  return {
    stack: after.stack,
    verdict: verdictOf(changes),
    widenings: changes.filter(widens).length,
    approved: judged.changes.filter(({ approvedBy }) => approvedBy !== undefined).length,
    changes: judged.changes,
    approvalProblems: judged.problems,
  };
}

/** Versions of the same thing, in the order after the change; what is removed comes last. */
function pairs<Item>(
  before: readonly Item[],
  after: readonly Item[],
  nameOf: (item: Item) => string,
): readonly { readonly before?: Item | undefined; readonly after?: Item | undefined }[] {
  const old = new Map(before.map((item) => [nameOf(item), item]));
  const kept = new Set(after.map(nameOf));
  return [
    ...after.map((item) => ({ before: old.get(nameOf(item)), after: item })),
    ...before.filter((item) => !kept.has(nameOf(item))).map((item) => ({ before: item })),
  ];
}
