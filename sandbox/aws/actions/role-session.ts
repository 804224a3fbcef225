import type { ConditionContext } from '../../../policies/evaluator/iam-condition.ts';
import type { NamedPolicy } from '../../../policies/evaluator/decide-iam.ts';
import type { AwsAccount } from '../account.ts';
import type { Role } from '../account-state.ts';
import { assumedRoleArn, roleArn } from '../arns.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import type { Session } from '../session-token.ts';
import { arn } from './iam-input.ts';
import { issueSession } from './issued-session.ts';
import { durationSeconds, type SessionInput, sessionName, sessionPolicyInput } from './session-input.ts';

/** What the two ways to a role's session share (STS API reference, AssumeRole and AssumeRoleWithWebIdentity). */

/** A duration above the role's own maximum is refused later, by `issueRoleSession`. */
export const roleSessionInput = {
  RoleArn: arn,
  RoleSessionName: sessionName,
  DurationSeconds: durationSeconds({ min: 900, max: 43_200 }).default(3600),
  ...sessionPolicyInput,
};

type RoleSessionInput = SessionInput & { readonly RoleSessionName: string };

/** The role that somebody asks for, if it is there, and what it brings to the decision whether they get it. */
export interface WantedRole {
  readonly role: Role | undefined;
  /** The trust policy; without one nobody may assume it. */
  readonly resourcePolicy?: NamedPolicy;
  readonly conditions: ConditionContext;
}

/** The role of that ARN as `decideAccess` is told of it (IAM user guide, "Roles terms and concepts": trust policy). */
export function wantedRole({ accountId, state, parsePolicy }: AwsAccount, wantedArn: string): WantedRole {
  const role = state.roles.find((candidate) => roleArn(accountId, candidate) === wantedArn);
  if (role === undefined) return { role, conditions: {} };
  return {
    role,
    resourcePolicy: { name: `trust policy of ${role.roleName}`, policy: parsePolicy(role.trustPolicy, 'trust') },
    conditions: Object.fromEntries(role.tags.map(({ key, value }) => [`aws:resourcetag/${key.toLowerCase()}`, value])),
  };
}

/** How somebody came to a role's session, and the tags that it carries on. */
export interface RoleSessionOrigin extends Pick<Session, 'tags' | 'transitiveTagKeys'> {
  /** Whether another role's session asked for it. */
  readonly chained: boolean;
  readonly sourceIdentity?: string;
  readonly federatedProvider?: string;
}

/**
 * A session of `role` for somebody who may assume it, as the answer shows it. Throws `ValidationError` for one that is longer
 * than the role lets it be, and what `issueSession` throws.
 */
export function issueRoleSession(
  account: AwsAccount,
  role: Role,
  input: RoleSessionInput,
  { tags, transitiveTagKeys, ...origin }: RoleSessionOrigin,
): QueryFields {
  if (input.DurationSeconds > role.maxSessionSeconds) {
    throw new QueryError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const { roleName, roleId } = role;
  const { RoleSessionName } = input;
  const { Credentials, PackedPolicySize } = issueSession(account, input, {
    principal: { kind: 'role', roleId, sessionName: RoleSessionName, ...origin },
    tags,
    transitiveTagKeys,
  });
  const AssumedRoleUser = {
    AssumedRoleId: `${roleId}:${RoleSessionName}`,
    Arn: assumedRoleArn(account.accountId, roleName, RoleSessionName),
  };
  return { Credentials, AssumedRoleUser, PackedPolicySize };
}
