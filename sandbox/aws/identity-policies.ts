import { parseIamPolicy } from '../../policies/evaluator/iam-policy.ts';
import type { IamPolicy } from '../../policies/evaluator/iam-policy.ts';
import { IamPolicyError } from '../../policies/evaluator/policy-error.ts';
import { QueryError } from './query-error.ts';

/** Reads a policy that is being put. Throws `MalformedPolicyDocument` for one that the evaluator does not fully understand. */
export function readIdentityPolicy(document: string): IamPolicy {
  try {
    return parseIamPolicy(document);
  } catch (error) {
    if (!(error instanceof IamPolicyError)) throw error;
    throw new QueryError('MalformedPolicyDocument', `Syntax errors in policy. ${error.place}: ${error.what}`);
  }
}

const rememberedMax = 1000;

/** `parseIamPolicy` with a memory: deciding a request of a known policy parses nothing. */
export function rememberPolicies(): (document: string) => IamPolicy {
  const remembered = new Map<string, IamPolicy>();
  return (document) => {
    const known = remembered.get(document);
    if (known !== undefined) return known;
    if (remembered.size >= rememberedMax) remembered.clear();
    const policy = parseIamPolicy(document);
    remembered.set(document, policy);
    return policy;
  };
}
