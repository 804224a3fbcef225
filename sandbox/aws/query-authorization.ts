import type { Decision } from '../../policies/decision.ts';
import { decideEveryAccess } from '../../policies/evaluator/decide-access.ts';
import type { IamRequest, NamedPolicy } from '../../policies/evaluator/decide-iam.ts';
import { questionOf } from './caller.ts';
import type { Caller } from './caller.ts';
import { QueryError } from './query-error.ts';

export interface AskedOfPolicies {
  /** All must be allowed; the first is the call itself. */
  readonly requests: readonly [IamRequest, ...IamRequest[]];
  readonly resourcePolicy?: NamedPolicy;
}

/** Throws `AccessDenied`, in AWS's words, unless the caller's policies allow the requests; `heard` hears the decision first. */
export function requireAllowed(
  caller: Caller,
  { requests, resourcePolicy }: AskedOfPolicies,
  heard?: (decision: Decision) => void,
): void {
  const question = { ...questionOf(caller), ...(resourcePolicy && { resourcePolicy }) };
  const decision = decideEveryAccess(requests, question);
  heard?.(decision);
  if (decision.verdict === 'allowed') return;
  const refused = requests.find((request) => decideEveryAccess([request], question).verdict !== 'allowed');
  const { action, resource } = refused ?? requests[0];
  const type = decision.missingOrDenying ?? 'identity-based policy';
  const because =
    decision.verdict === 'explicitly-denied'
      ? `with an explicit deny in ${type.startsWith('i') ? 'an' : 'a'} ${type}`
      : `because no ${type} allows the ${action} action`;
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
  throw new QueryError('AccessDenied', message);
}
