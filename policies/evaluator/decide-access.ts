import type { Decision } from '../decision.ts';
import { type Answer, askPolicies, type IamRequest, type NamedPolicy } from './decide-iam.ts';
import type { Caller, PrincipalMatch } from './principal.ts';

/** As AWS names them in "is not authorized .. because no .. allows the .. action". */
export type PolicyType = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'session policy';

export interface AccessDecision extends Decision {
  /** The type of the policy that denied, or that would have had to allow; absent where the request is allowed. */
  readonly missingOrDenying?: PolicyType;
}

export interface AccessQuestion {
  readonly request: IamRequest;
  readonly caller: Caller;
  /** Whose the resource is; the caller's own account where absent. */
  readonly resourceAccountId?: string;
  readonly identityPolicies: readonly NamedPolicy[];
  readonly permissionBoundary?: NamedPolicy;
  /** Of a session: where any stand, one of them must allow. */
  readonly sessionPolicies?: readonly NamedPolicy[];
  /** A bucket, key or trust policy. */
  readonly resourcePolicy?: NamedPolicy;
}

/**
 * Whether AWS lets the caller do it (AWS IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM
 * entities", "Cross-account policy evaluation logic"). An explicit deny in any policy decides first; then:
 *
 *     anonymous      | the resource policy allows everyone
 *     other account  | resource policy, and the identity side
 *     same account   | the identity side, or the resource policy naming the caller:
 *                    |   its ARN, its session's ARN or everyone: at once
 *                    |   its role's ARN:                         within boundary and session policies
 *                    |   its account:                            leaves it to the identity side
 *     same account, keys and trust policies | as above, but the resource policy must always allow
 *     root of the account                   | allowed, keys and trust policies excepted
 *
 * The identity side: identity policies, and the boundary, and the session policies, where there are any.
 */
export function decideAccess(question: AccessQuestion): AccessDecision {
  const { request, caller, resourcePolicy, resourceAccountId = caller.accountId } = question;
  const identity = askSide(question, 'identity-based policy', question.identityPolicies);
  const boundary =
    question.permissionBoundary && askSide(question, 'permissions boundary', [question.permissionBoundary]);
  const session = question.sessionPolicies && askSide(question, 'session policy', question.sessionPolicies);
  const resource = askPolicies<PrincipalMatch>(resourcePolicy ? [resourcePolicy] : [], request, ({ principal }) =>
    principal?.match(caller),
  );
  const limits = [boundary, session].filter((side) => side !== undefined);
  const asked = `${request.action} on ${request.resource}`;

  for (const { type, answer } of [identity, ...limits]) {
    if (answer.deniedBy) return denied(`${answer.deniedBy} denies ${asked}`, type);
  }
  if (resource.deniedBy && !isRootsOwn(question, resourceAccountId)) {
    return denied(`${resource.deniedBy} denies ${asked}`, 'resource-based policy');
  }

  const { direct, role, account } = resource.allowedBy;
  const byResource = direct ?? role ?? account;
  const unlisted = refused(`no resource policy allows ${asked}`, 'resource-based policy', resource.almost);
  if (caller.kind === 'anonymous' || caller.kind === 'federated' || caller.kind === 'service') {
    return direct ? allowed(`${direct} allows ${asked}`) : unlisted;
  }
  const sameAccount = caller.accountId === resourceAccountId;
  if (sameAccount && caller.kind === 'root' && !mustBeListed(request.action))
    return allowed(`the root user of ${caller.accountId} may do ${asked}`);
  if (!byResource && (!sameAccount || mustBeListed(request.action))) return unlisted;
  if (sameAccount && direct) return allowed(`${direct} allows ${asked}`);
  const needed = sameAccount && role ? limits : [...(caller.kind === 'root' ? [] : [identity]), ...limits];
  const missing = needed.find(({ answer }) => answer.allowedBy.applies === undefined);
  if (missing) return refused(`no ${missing.type} allows ${asked}`, missing.type, missing.answer.almost);
  return allowed(`${identity.answer.allowedBy.applies ?? byResource ?? 'the account'} allows ${asked}`);
}

/** The decision on a call that needs every one of `requests`: an explicit deny first, then the first that is not allowed. */
export function decideEveryAccess(
  requests: readonly IamRequest[],
  question: Omit<AccessQuestion, 'request'>,
): AccessDecision {
  const decisions = requests.map((request) => decideAccess({ ...question, request }));
  return (
    decisions.find(({ verdict }) => verdict === 'explicitly-denied') ??
    decisions.find(({ verdict }) => verdict === 'implicitly-denied') ??
    decisions[0] ?? { verdict: 'implicitly-denied', because: 'the call maps to no IAM action' }
  );
}

interface Side {
  readonly type: PolicyType;
  readonly answer: Answer<'applies'>;
}

function askSide({ request }: AccessQuestion, type: PolicyType, policies: readonly NamedPolicy[]): Side {
  return { type, answer: askPolicies(policies, request, () => 'applies' as const) };
}

/** "IAM role trust policies and KMS key policies .. must explicitly allow access for principals", in the same account too. */
function mustBeListed(action: string): boolean {
  return /^(kms:|sts:(AssumeRole|TagSession$|SetSourceIdentity$))/i.test(action);
}

const bucketPolicyActions = /^s3:(Get|Put|Delete)BucketPolicy$/i;

/** So that nobody is locked out, root keeps its bucket's policy within reach (S3 API reference, "PutBucketPolicy"). */
function isRootsOwn({ caller, request }: AccessQuestion, resourceAccountId: string): boolean {
  return caller.kind === 'root' && caller.accountId === resourceAccountId && bucketPolicyActions.test(request.action);
}

function allowed(because: string): AccessDecision {
  return { verdict: 'allowed', because };
}

function denied(because: string, type: PolicyType): AccessDecision {
  return { verdict: 'explicitly-denied', because, missingOrDenying: type };
}

function refused(because: string, type: PolicyType, almost: string | undefined): AccessDecision {
  return {
    verdict: 'implicitly-denied',
    because: almost ? `${because}: ${almost}` : because,
    missingOrDenying: type,
  };
}
