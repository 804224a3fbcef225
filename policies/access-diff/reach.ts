import type { AccessFileCredential } from '../access-file.ts';
import { decideEveryIam, type IamRequest } from '../evaluator/decide-iam.ts';
import { decideR2Token } from '../evaluator/decide-r2-token.ts';
import { parseIamPolicy } from '../evaluator/iam-policy.ts';
import { iamRequestsOf } from '../evaluator/iam-requests.ts';
import type { SatisfyingContext } from './conditions.ts';
import { accountKey, statementsOf } from './place.ts';
import type { Question } from './questions.ts';

/** A question in the terms that policies decide in: worked out once, and put to both versions of a credential. */
export interface AskedQuestion {
  readonly question: Question;
  /** Of the place. */
  readonly account: string;
  /** What IAM is asked; empty on R2. */
  readonly requests: readonly IamRequest[];
}

/** Whether a credential may do what is asked. */
export type Reach = (asked: AskedQuestion) => boolean;

const nothing: Reach = () => false;

/** An account that nobody has: the owner of a bucket that took the name of ours. */
const strangersAccount = '999999999998';

/**
 * What the holder of a rendered credential may do, compiled once; nothing where there is none.
 * Throws `IamPolicyError` for a policy that the evaluator does not understand.
 */
export function reachOf(credential: AccessFileCredential | undefined): Reach {
  if (!credential) return nothing;
  const { location, copiesFrom, rendered } = credential;
  const accounts = new Set([location, ...(copiesFrom ? [copiesFrom] : [])].map(accountKey));
  if (rendered.dialect === 'r2-token') {
    return ({ question: { place, ask }, account }) =>
      place.location.provider === 'r2' &&
      accounts.has(account) &&
      'request' in ask &&
      decideR2Token(rendered.policies, ask.request, place.location).verdict === 'allowed';
  }
  // A policy without statements is no valid IAM policy; whoever holds only that holds nothing.
  if (statementsOf(rendered.policy).length === 0) return nothing;
  const policies = [{ name: 'sluice', policy: parseIamPolicy(JSON.stringify(rendered.policy)) }];
  return ({ account, requests }) =>
    accounts.has(account) && requests.length > 0 && decideEveryIam({ policies, requests }).verdict === 'allowed';
}

/** A question as it is asked in each context: with condition keys that its requests carry besides their own. */
export function askedIn(question: Question, contexts: readonly SatisfyingContext[]): readonly AskedQuestion[] {
  const account = accountKey(question.place.location);
  const requests = iamRequests(question);
  return contexts.map((context) => ({
    question,
    account,
    requests: Object.keys(context).length === 0 ? requests : requests.map((request) => carrying(request, context)),
  }));
}

function iamRequests({ place: { location }, ask, variation }: Question): readonly IamRequest[] {
  if (location.provider !== 'aws') return [];
  const { partition, accountId } = location;
  const owner = variation === "in a stranger's bucket of this name" ? strangersAccount : accountId;
  if ('request' in ask) return iamRequestsOf(ask.request, { partition, accountId: owner });
  const context = { 'aws:securetransport': 'true', 'aws:resourceaccount': owner, 's3:resourceaccount': owner };
  return [{ ...ask, context }];
}

function carrying(request: IamRequest, context: SatisfyingContext): IamRequest {
  return { ...request, context: { ...context, ...request.context } };
}
