import { locationUrl } from '../../base/location.ts';
import { UserError } from '../../base/user-error.ts';
import type { Grant } from '../grant.ts';
import { iamDialect, type IamPolicyDocument } from './iam.ts';

/**
 * IAM's quotas (AWS IAM User Guide, "IAM and AWS STS quotas"); white space does not count. A session policy also has a
 * packed limit that only STS can tell.
 */
export const iamQuotas = {
  /** All inline policies of one user, or of one role, together. */
  inlineCharactersMax: { user: 2048, role: 10_240 },
  managedPolicyCharactersMax: 6144,
  managedPoliciesMax: 10,
  sessionPolicyCharactersMax: 2048,
  trustPolicyCharactersMax: 2048,
} as const;

/** Who holds a policy. */
export type IamHolder = keyof typeof iamQuotas.inlineCharactersMax;

/** How a grant's policy is stored with its holder: inline where it fits, else as managed policies. */
export type IamPolicyPlan =
  | { readonly kind: 'inline'; readonly policy: IamPolicyDocument }
  | { readonly kind: 'managed'; readonly policies: readonly IamPolicyDocument[] };

/**
 * Plans where the policy of a grant goes. Splitting it by statements changes nothing about what it allows.
 * Throws `UserError` where even the managed policies of one holder cannot hold it.
 */
export function iamPolicyPlan(grant: Grant, holder: IamHolder): IamPolicyPlan {
  const policy = iamDialect.render(grant);
  if (policyLength(policy) <= iamQuotas.inlineCharactersMax[holder]) return { kind: 'inline', policy };
  const policies: IamPolicyDocument[] = [];
  for (const statement of policy.Statement) {
    const last = policies.at(-1);
    const joined = { ...policy, Statement: [...(last?.Statement ?? []), statement] };
    if (last && policyLength(joined) <= iamQuotas.managedPolicyCharactersMax) policies[policies.length - 1] = joined;
    else policies.push({ ...policy, Statement: [statement] });
  }
  const tooLong = policies.find((part) => policyLength(part) > iamQuotas.managedPolicyCharactersMax);
  if (tooLong || policies.length > iamQuotas.managedPoliciesMax) {
    throw new UserError({
      where: `${grant.access}, ${locationUrl(grant.location)}`,
      what: `needs a policy that is longer than IAM stores with one ${holder}`,
      fix: 'shorten the prefix or the lists of addresses',
    });
  }
  return { kind: 'managed', policies };
}

/** A policy's length as IAM counts it. */
export function policyLength(policy: object): number {
  return JSON.stringify(policy).replace(/\s/g, '').length;
}
