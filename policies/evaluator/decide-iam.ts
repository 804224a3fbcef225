import type { Decision } from '../decision.ts';
import type { ConditionContext } from './iam-condition.ts';
import type { IamPolicy } from './iam-policy.ts';

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
  const action = request.action.toLowerCase();
  const asked = `${request.action} on ${request.resource}`;
  let allowedBy: string | undefined;
  let almost: string | undefined;
  for (const { name, policy } of policies) {
    for (const statement of policy.statements) {
      if (!statement.matchesAction(action) || !statement.matchesResource(request.resource)) continue;
      const failing = statement.conditions.find(({ holds }) => !holds(request.context));
      const where = `policy "${name}" statement ${statement.label}`;
      if (failing) {
        if (statement.effect === 'Allow') almost ??= `${where} would, but its condition ${failing.label} does not hold`;
      } else if (statement.effect === 'Deny') {
        return { verdict: 'explicitly-denied', because: `${where} denies ${asked}` };
      } else {
        allowedBy ??= where;
      }
    }
  }
  if (allowedBy) return { verdict: 'allowed', because: `${allowedBy} allows ${asked}` };
  const because = almost ? `no statement allows ${asked}: ${almost}` : `no statement allows ${asked}`;
  return { verdict: 'implicitly-denied', because };
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
