import { parseIamPolicy } from '../../policies/evaluator/iam-policy.ts';
import type { IamPolicy, IamPolicyKind } from '../../policies/evaluator/iam-policy.ts';
import { IamPolicyError } from '../../policies/evaluator/policy-error.ts';
import { QueryError } from './query-error.ts';

/** Reads a policy that is being put. Throws `MalformedPolicyDocument` for one that the evaluator does not fully understand. */
export function readPolicy(document: string, kind: IamPolicyKind = 'identity'): IamPolicy {
  try {
    return parseIamPolicy(document, { kind });
  } catch (error) {
    if (!(error instanceof IamPolicyError)) throw error;
    throw new QueryError('MalformedPolicyDocument', `Syntax errors in policy. ${error.place}: ${error.what}`);
  }
}

export type PolicyParser = (document: string, kind?: IamPolicyKind) => IamPolicy;

const rememberedMax = 1000;

/** `parseIamPolicy` with a memory: deciding a request of a known policy parses nothing. */
export function rememberPolicies(): PolicyParser {
  const remembered = new Map<string, IamPolicy>();
  return (document, kind = 'identity') => {
    const name = `${kind} ${document}`;
    const known = remembered.get(name);
    if (known !== undefined) return known;
    if (remembered.size >= rememberedMax) remembered.clear();
    const policy = parseIamPolicy(document, { kind });
    remembered.set(name, policy);
    return policy;
  };
}
