import type { AccessFileCredential } from '../access-file.ts';
import { decideEveryIam, type IamRequest } from '../evaluator/decide-iam.ts';
import { decideR2Token } from '../evaluator/decide-r2-token.ts';
import { parseIamPolicy } from '../evaluator/iam-policy.ts';
import { iamRequestsOf } from '../evaluator/iam-requests.ts';
import type { SatisfyingContext } from './conditions.ts';
import { accountKey, statementsOf } from './place.ts';
import type { Question } from './questions.ts';

/** Whether a credential may do what is asked; `context` are condition keys that the request carries besides its own. */
export type Reach = (question: Question, context?: SatisfyingContext) => boolean;

const nothing: Reach = () => false;

/** An account that nobody has: the owner of a bucket that took the name of ours. */
const strangersAccount = '999999999998';

/**
 * What the holder of a rendered credential may do, compiled once; nothing where there is none.
 * Throws `IamPolicyError` for a policy that the evaluator does not understand.
 */
export function reachOf(credential: AccessFileCredential | undefined): Reach {
  if (!credential) return nothing;
  const { location, rendered } = credential;
  const account = accountKey(location);
  if (rendered.dialect === 'r2-token') {
    return ({ place, ask }) =>
      place.location.provider === 'r2' &&
      accountKey(place.location) === account &&
      'request' in ask &&
      decideR2Token(rendered.policies, ask.request, place.location).verdict === 'allowed';
  }
  // A policy without statements is no valid IAM policy; whoever holds only that holds nothing.
  if (statementsOf(rendered.policy).length === 0) return nothing;
  const policies = [{ name: 'sluice', policy: parseIamPolicy(JSON.stringify(rendered.policy)) }];
  return (question, context = {}) => {
    const { location: asked } = question.place;
    if (asked.provider !== 'aws' || accountKey(asked) !== account) return false;
    const requests = iamRequests(question, asked);
    const carried =
      Object.keys(context).length === 0 ? requests : requests.map((request) => carrying(request, context));
    return decideEveryIam({ policies, requests: carried }).verdict === 'allowed';
  };
}

function iamRequests(
  { ask, variation }: Question,
  { partition, accountId }: { readonly partition: 'aws' | 'aws-cn' | 'aws-us-gov'; readonly accountId: string },
): readonly IamRequest[] {
  const owner = variation === "in a stranger's bucket of this name" ? strangersAccount : accountId;
  if ('request' in ask) return iamRequestsOf(ask.request, { partition, accountId: owner });
  const context = { 'aws:securetransport': 'true', 'aws:resourceaccount': owner, 's3:resourceaccount': owner };
  return [{ ...ask, context }];
}

function carrying(request: IamRequest, context: SatisfyingContext): IamRequest {
  return { ...request, context: { ...context, ...request.context } };
}
