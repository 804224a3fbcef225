import type { AccessFileCredential } from '../access-file.ts';
import type { AccessChange } from './change.ts';
import { statementsOf } from './place.ts';
import { changeOfAll, ordered, quiet } from './quiet-changes.ts';

/** Whoever holds the credential can now spend the account's money: each request and each byte is paid by the caller. */
export function spendingChange(before: AccessFileCredential, after: AccessFileCredential): AccessChange | undefined {
  if (paysFor(before) === paysFor(after)) return undefined;
  return paysFor(after)
    ? changeOfAll(after, 'widens', ['its requests are now paid by our account'])
    : changeOfAll(after, 'narrows', ['its requests are no longer paid by our account']);
}

function paysFor({ location, copiesFrom }: AccessFileCredential): boolean {
  return (location.provider === 'aws' && location.requesterPays === true) || copiesFrom?.requesterPays === true;
}

/**
 * What other accounts are asked to let in. A statement that is new may let in more, whatever stood there before: what the
 * credential's own policy decides of it is compared for itself.
 */
export function resourcePolicyChange(
  before: AccessFileCredential,
  after: AccessFileCredential,
): AccessChange | undefined {
  const [was, is] = [letIn(before), letIn(after)];
  const gained = [...is.keys()].filter((statement) => !was.has(statement));
  const lost = [...was.keys()].filter((statement) => !is.has(statement));
  if (gained.length + lost.length === 0) return undefined;
  const held = ordered(after.abilities);
  const owners = (statements: readonly string[], all: ReadonlyMap<string, string>) =>
    [...new Set(statements.map((statement) => all.get(statement) ?? ''))].join(', ');
  return {
    ...quiet(after),
    kind: gained.length > 0 ? 'widens' : 'narrows',
    widened: gained.length > 0 ? held : [],
    narrowed: lost.length > 0 ? held : [],
    notes: [
      ...(gained.length > 0 ? [`asks ${owners(gained, is)} for ${gained.length} more or other statements`] : []),
      ...(lost.length > 0 ? [`${owners(lost, was)} may take back ${lost.length} statements`] : []),
    ],
  };
}

/** The statements that other accounts are asked to add, each with whose policy it belongs to. */
function letIn({ resourcePolicies = [] }: AccessFileCredential): ReadonlyMap<string, string> {
  return new Map(
    resourcePolicies.flatMap(({ resource, accountId, policy }) =>
      statementsOf(policy).map((statement) => [
        `${resource} ${JSON.stringify(statement)}`,
        `account ${accountId} (${resource})`,
      ]),
    ),
  );
}
