import type { AwsAccount } from '../account.ts';
import type { Tag } from '../account-state.ts';
import { newIdentifier, newSecretAccessKey } from '../identifiers.ts';
import { readPolicy } from '../policy-reading.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import type { Session } from '../session-token.ts';
import type { SessionInput } from './session-input.ts';

/**
 * Policies, ARNs and tags together. AWS packs them into a limit that it does not publish; this one keeps the sealed token
 * well within the 16 KiB of headers that Node's HTTP server takes.
 */
const packedCharactersMax = 3 * 2048;

/** What a session's fresh keys, its times and its caller's input do not say. */
type SessionHolder = Pick<Session, 'principal' | 'tags' | 'transitiveTagKeys'>;

/**
 * Fresh temporary credentials for a session that holds from now for as long, and with such policies, as its caller's `input`
 * says; the size that AWS tells of what was packed, where anything was. Throws `MalformedPolicyDocument` for an inline text or
 * an ARN that is no policy of the account, `PackedPolicyTooLarge`.
 */
export function issueSession(
  account: AwsAccount,
  input: SessionInput,
  holder: SessionHolder,
): { readonly Credentials: QueryFields; readonly PackedPolicySize: number | undefined } {
  const policies = readSessionPolicies(input, account);
  const PackedPolicySize = packedPolicySize(policies, holder.tags);
  const issuedAt = account.now();
  const expiresAt = new Date(issuedAt.getTime() + input.DurationSeconds * 1000);
  const issued: Session = {
    ...policies,
    ...holder,
    accessKeyId: newIdentifier('ASIA'),
    secretAccessKey: newSecretAccessKey(),
    issuedAt: issuedAt.toISOString(),
    // To the second, as the answer says it.
    expiresAt: new Date(Math.floor(expiresAt.getTime() / 1000) * 1000).toISOString(),
  };
  const Credentials = {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: account.sessions.seal(issued),
    Expiration: new Date(issued.expiresAt),
  };
  return { Credentials, PackedPolicySize };
}

type SessionPolicies = Pick<Session, 'policies' | 'policyArns'>;

function readSessionPolicies({ Policy, PolicyArns = [] }: SessionInput, { index }: AwsAccount): SessionPolicies {
  if (Policy !== undefined) readPolicy(Policy);
  const policyArns = PolicyArns.map(({ arn }) => arn);
  const missing = policyArns.find((policyArn) => index.managedPolicy(policyArn) === undefined);
  if (missing !== undefined) throw new QueryError('MalformedPolicyDocument', `${missing} is not a known policy.`);
  return { policies: Policy === undefined ? [] : [Policy], policyArns };
}

function packedPolicySize({ policies, policyArns }: SessionPolicies, tags: readonly Tag[]): number | undefined {
  const packed = [...policies, ...policyArns, ...tags.flatMap(({ key, value }) => [key, value])];
  if (packed.length === 0) return undefined;
  const characters = packed.reduce((sum, text) => sum + text.length, 0);
  const percent = Math.ceil((characters / packedCharactersMax) * 100);
  if (percent > 100) {
    throw new QueryError('PackedPolicyTooLarge', `Packed policy consumes ${percent}% of allotted space`);
  }
  return percent;
}
