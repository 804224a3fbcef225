import { z } from 'zod';
import type { ConditionContext } from '../../../policies/evaluator/iam-condition.ts';
import type { AwsAccount } from '../account.ts';
import type { Role, Tag } from '../account-state.ts';
import { assumedRoleArn } from '../arns.ts';
import { newIdentifier, newSecretAccessKey } from '../identifiers.ts';
import { readPolicy } from '../policy-reading.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import type { Session } from '../session-token.ts';
import { arn, listOf } from './iam-input.ts';

/** Parameters that the actions of STS share (STS API reference, "Request Parameters" of AssumeRole). */

export const sessionName = z
  .string()
  .min(2)
  .max(64)
  .regex(/^[\w+=,.@-]*$/, 'It must contain only alphanumeric characters and/or the following: +=,.@_-');

/** A DurationSeconds between `min` and `max`, which differ from call to call. */
export function durationSeconds(range: { readonly min: number; readonly max: number }) {
  return z
    .string()
    .regex(/^\d{1,6}$/, `Member must be a number between ${range.min} and ${range.max}`)
    .transform(Number)
    .pipe(z.int().min(range.min).max(range.max));
}
/** Above the role's own maximum it is refused later. */
export const roleSeconds = durationSeconds({ min: 900, max: 43_200 });

export const sessionPolicyInput = {
  /** 2,048 characters, white space counted: the API refuses longer ones. */
  Policy: z.string().min(1).max(2048).optional(),
  PolicyArns: listOf(z.strictObject({ arn }), 10).optional(),
};

/**
 * Policies, ARNs and tags together. AWS packs them into a limit that it does not publish; this one keeps the sealed token
 * well within the 16 KiB of headers that Node's HTTP server takes.
 */
const packedCharactersMax = 3 * 2048;

export interface SessionPolicies {
  readonly policies: string[];
  readonly policyArns: string[];
}

/** Throws `MalformedPolicyDocument` for an inline text or an ARN that is no policy of the account. */
export function readSessionPolicies(
  {
    Policy,
    PolicyArns = [],
  }: { Policy?: string | undefined; PolicyArns?: readonly { readonly arn: string }[] | undefined },
  { index }: AwsAccount,
): SessionPolicies {
  if (Policy !== undefined) readPolicy(Policy);
  const policyArns = PolicyArns.map(({ arn }) => arn);
  const missing = policyArns.find((policyArn) => index.managedPolicy(policyArn) === undefined);
  if (missing !== undefined) throw new QueryError('MalformedPolicyDocument', `${missing} is not a known policy.`);
  return { policies: Policy === undefined ? [] : [Policy], policyArns };
}

/** Undefined where nothing is packed, and then not answered. Throws `PackedPolicyTooLarge`. */
export function packedPolicySize({ policies, policyArns }: SessionPolicies, tags: readonly Tag[]): number | undefined {
  const packed = [...policies, ...policyArns, ...tags.flatMap(({ key, value }) => [key, value])];
  if (packed.length === 0) return undefined;
  const characters = packed.reduce((sum, text) => sum + text.length, 0);
  const percent = Math.ceil((characters / packedCharactersMax) * 100);
  if (percent > 100)
    throw new QueryError('PackedPolicyTooLarge', `Packed policy consumes ${percent}% of allotted space`);
  return percent;
}

/** Fresh temporary credentials for `session`, which holds for `seconds` from now. */
export function issueSession(
  account: AwsAccount,
  seconds: number,
  session: Omit<Session, 'accessKeyId' | 'secretAccessKey' | 'issuedAt' | 'expiresAt'>,
): { readonly Credentials: QueryFields } {
  const issuedAt = account.now();
  const expiresAt = new Date(issuedAt.getTime() + seconds * 1000);
  const issued: Session = {
    ...session,
    accessKeyId: newIdentifier('ASIA'),
    secretAccessKey: newSecretAccessKey(),
    issuedAt: issuedAt.toISOString(),
    // To the second, as the answer says it.
    expiresAt: new Date(Math.floor(expiresAt.getTime() / 1000) * 1000).toISOString(),
  };
  return {
    Credentials: {
      AccessKeyId: issued.accessKeyId,
      SecretAccessKey: issued.secretAccessKey,
      SessionToken: account.sessions.seal(issued),
      Expiration: new Date(issued.expiresAt),
    },
  };
}

/** A session of a role as answers show it. */
export function assumedRoleFields({ accountId }: AwsAccount, { roleName, roleId }: Role, session: string): QueryFields {
  return {
    AssumedRoleUser: {
      AssumedRoleId: `${roleId}:${session}`,
      Arn: assumedRoleArn(accountId, roleName, session),
    },
  };
}

/** Throws `ValidationError` for a session longer than the role lets it be. */
export function requireRoleSeconds(seconds: number, role: Role): void {
  if (seconds <= role.maxSessionSeconds) return;
  throw new QueryError(
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  );
}

/** Keys of the role that is to be assumed. */
export function roleConditions(role: Role | undefined): ConditionContext {
  return Object.fromEntries(
    (role?.tags ?? []).map(({ key, value }) => [`aws:resourcetag/${key.toLowerCase()}`, value]),
  );
}
