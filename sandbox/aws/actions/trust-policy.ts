import { readPolicyDocument } from '../../../policies/evaluator/policy-document.ts';
import type { AwsAccount } from '../account.ts';
import { roleArn, userArn } from '../arns.ts';
import { QueryError } from '../query-error.ts';

/** The longest trust policy, white space not counted (IAM quotas, default). */
export const trustCharactersMax = 2048;

/**
 * Throws `MalformedPolicyDocument` for a user or role of this account that a trust policy names and that does not exist,
 * as IAM does; it resolves such names to unique ids. Other accounts cannot be asked.
 */
export function requireKnownPrincipals(document: string, { accountId, state }: AwsAccount): void {
  const known = new Set([
    ...state.users.map((user) => userArn(accountId, user)),
    ...state.roles.map((role) => roleArn(accountId, role)),
  ]);
  for (const { Principal } of readPolicyDocument(document).statements) {
    if (Principal === undefined || Principal === '*') continue;
    const identity = new RegExp(`^arn:aws:iam::${accountId}:(user|role)/`);
    const missing = Principal.AWS?.find((name) => identity.test(name) && !known.has(name));
    if (missing === undefined) continue;
    throw new QueryError('MalformedPolicyDocument', `Invalid principal in policy: "AWS":"${missing}"`);
  }
}
