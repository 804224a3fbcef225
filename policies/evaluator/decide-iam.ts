import type { Decision } from '../decision.ts';
import type { ConditionContext } from './iam-condition.ts';
import type { IamPolicy, IamPolicyStatement } from './iam-policy.ts';

/** One action on one resource, as IAM sees a call. A call can need several (see `iamRequestsOf`). */
export interface IamRequest {
  /** `s3:GetObject`. */
  readonly action: string;
  /** An ARN. */
  readonly resource: string;
  /** Condition keys, names in lower case; a key that the call does not carry is absent, which differs from empty. */
  readonly context: ConditionContext;
}

export interface NamedPolicy {
  /** For the reason given to people. */
  readonly name: string;
  readonly policy: IamPolicy;
}

/**
 * What identity policies say of a request: an explicit deny beats an allow, which beats the implicit deny
 * (AWS IAM User Guide, "Policy evaluation logic").
 */
export function decideIam({
  policies,
  request,
}: {
  readonly policies: readonly NamedPolicy[];
  readonly request: IamRequest;
}): Decision {
  const { deniedBy, allowedBy, almost } = askPolicies(policies, request, () => 'applies' as const);
  const asked = `${request.action} on ${request.resource}`;
  if (deniedBy) return { verdict: 'explicitly-denied', because: `${deniedBy} denies ${asked}` };
  if (allowedBy.applies) return { verdict: 'allowed', because: `${allowedBy.applies} allows ${asked}` };
  const because = almost ? `no statement allows ${asked}: ${almost}` : `no statement allows ${asked}`;
  return { verdict: 'implicitly-denied', because };
}

/** What a set of policies says of a request, each part naming its statement. */
export interface Answer<Match extends string> {
  readonly deniedBy?: string;
  /** By how the statement came to speak of the caller. */
  readonly allowedBy: Readonly<Partial<Record<Match, string>>>;
  /** An allow that fails only by a condition. */
  readonly almost?: string;
}

/** Asks every statement of which `match` says that it speaks of the caller; stops at the first deny. */
export function askPolicies<Match extends string>(
  policies: readonly NamedPolicy[],
  request: IamRequest,
  match: (statement: IamPolicyStatement) => Match | undefined,
): Answer<Match> {
  const action = request.action.toLowerCase();
  const allowedBy: Partial<Record<Match, string>> = {};
  let almost: string | undefined;
  for (const { name, policy } of policies) {
    for (const statement of policy.statements) {
      if (!statement.matchesAction(action) || !statement.matchesResource(request.resource, request.context)) continue;
      const matched = match(statement);
      if (matched === undefined) continue;
      const failing = statement.conditions.find(({ holds }) => !holds(request.context));
      const where = `policy "${name}" statement ${statement.label}`;
      if (failing) {
        if (statement.effect === 'Allow') almost ??= `${where} would, but its condition ${failing.label} does not hold`;
      } else if (statement.effect === 'Deny') {
        return { deniedBy: where, allowedBy };
      } else {
        allowedBy[matched] ??= where;
      }
    }
  }
  return { allowedBy, ...(almost !== undefined && { almost }) };
}

/** The decision on a call that needs every one of `requests`: the first that is not allowed decides, an explicit deny first. */
export function decideEveryIam({
  policies,
  requests,
}: {
  readonly policies: readonly NamedPolicy[];
  readonly requests: readonly IamRequest[];
}): Decision {
  const decisions = requests.map((request) => decideIam({ policies, request }));
  return (
    decisions.find(({ verdict }) => verdict === 'explicitly-denied') ??
    decisions.find(({ verdict }) => verdict === 'implicitly-denied') ??
    decisions[0] ?? { verdict: 'implicitly-denied', because: 'the call maps to no IAM action' }
  );
}
