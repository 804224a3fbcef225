import { decideIam } from '../../policies/evaluator/decide-iam.ts';
import type { IamRequest } from '../../policies/evaluator/decide-iam.ts';
import type { KeyHolder } from './account-index.ts';
import { QueryError } from './query-error.ts';

/** Throws `AccessDenied`, in AWS's words, unless the caller's policies allow the request. */
export function requireAllowed({ arn, policies }: KeyHolder, request: IamRequest): void {
  const { verdict } = decideIam({ policies, request });
  if (verdict === 'allowed') return;
  const because =
    verdict === 'explicitly-denied'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${request.action} action`;
  const message = `User: ${arn} is not authorized to perform: ${request.action} on resource: ${request.resource} ${because}`;
  throw new QueryError('AccessDenied', message);
}
