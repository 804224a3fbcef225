import type { AccessQuestion } from '../../policies/evaluator/decide-access.ts';
import type { NamedPolicy } from '../../policies/evaluator/decide-iam.ts';
import type { Caller as PolicyCaller } from '../../policies/evaluator/principal.ts';
import type { IdentityPolicies } from './account-index.ts';
import type { AwsAccount } from './account.ts';
import type { Role, Tag, User } from './account-state.ts';
import { assumedRoleArn, federatedUserArn, roleArn, userArn } from './arns.ts';
import type { Session } from './session-token.ts';

/** Who signs a request: a user by a key, or a session of a user or role by temporary credentials. */
export interface Caller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly issuedAt: Date;
  /** A user's ARN, or that of an assumed role's session or a federated user. */
  readonly arn: string;
  /** `AIDA..`; of a role's session `AROA..:session`, of a federated user `ACCOUNT:name`. */
  readonly userId: string;
  readonly entity: { readonly kind: 'user'; readonly user: User } | { readonly kind: 'role'; readonly role: Role };
  readonly session?: Session;
  /** The entity's own, overlaid by the session's. */
  readonly tags: readonly Tag[];
  /** As policies tell callers apart. */
  readonly policyCaller: PolicyCaller;
  readonly policies: IdentityPolicies;
  readonly sessionPolicies?: readonly NamedPolicy[];
}

/** What the caller presents besides the signature, and why it names nobody. */
export interface PresentedCredentials {
  readonly accessKeyId: string;
  readonly sessionToken?: string | undefined;
}
export type NoCaller = 'unknown-key' | 'invalid-token' | 'expired-token';

/** Who holds the credentials at `now`; each service has its own words for a refusal. The signature is still to be checked. */
export function findCaller(account: AwsAccount, presented: PresentedCredentials, now: Date): Caller | NoCaller {
  const { accessKeyId, sessionToken } = presented;
  const holder = account.usableKey(accessKeyId, now);
  if (holder !== undefined) {
    // A user's key comes without a token: a token beside it belongs to other credentials.
    if (sessionToken !== undefined) return 'invalid-token';
    const { secretAccessKey, createDate } = holder.accessKey;
    // A revoked key that still works may do what its user may do now.
    const user = account.index.usersById.get(holder.user.userId) ?? holder.user;
    return { ...userIdentity(account, user), accessKeyId, secretAccessKey, issuedAt: new Date(createDate) };
  }
  if (sessionToken === undefined) return 'unknown-key';
  const session = account.sessions.open(sessionToken);
  if (session?.accessKeyId !== accessKeyId) return 'invalid-token';
  if (now >= new Date(session.expiresAt)) return 'expired-token';
  return sessionCaller(account, session) ?? 'invalid-token';
}

export type Identity = Omit<Caller, 'accessKeyId' | 'secretAccessKey' | 'issuedAt'>;

/** A user as SimulatePrincipalPolicy asks about it too: without credentials. */
export function userIdentity({ accountId, index }: AwsAccount, user: User): Identity {
  const arn = userArn(accountId, user);
  return {
    arn,
    userId: user.userId,
    entity: { kind: 'user', user },
    tags: user.tags,
    policyCaller: { accountId, arns: [arn], kind: 'user' },
    policies: index.policiesOfUser(user),
  };
}

/** Undefined once the user or role is gone: its sessions end with it. */
function sessionCaller(account: AwsAccount, session: Session): Caller | undefined {
  const { index, accountId } = account;
  const { accessKeyId, secretAccessKey, principal } = session;
  const credentials = { accessKeyId, secretAccessKey, issuedAt: new Date(session.issuedAt), session };
  if (principal.kind === 'user') {
    const user = index.usersById.get(principal.userId);
    return user && { ...userIdentity(account, user), ...credentials };
  }
  if (principal.kind === 'federated-user') {
    const user = index.usersById.get(principal.userId);
    return user && { ...federatedIdentity(account, user, { ...session, principal }), ...credentials };
  }
  const role = index.rolesById.get(principal.roleId);
  if (role === undefined) return undefined;
  const arn = assumedRoleArn(accountId, role.roleName, principal.sessionName);
  const sessionPolicies = sessionPoliciesOf(account, session);
  return {
    ...credentials,
    arn,
    userId: `${role.roleId}:${principal.sessionName}`,
    entity: { kind: 'role', role },
    tags: overlayTags(role.tags, session.tags),
    policyCaller: { accountId, arns: [arn, roleArn(accountId, role)], kind: 'assumed-role' },
    policies: index.policiesOfRole(role),
    ...(sessionPolicies && { sessionPolicies }),
  };
}

/** The user's policies, within those that were passed; without any the session may do nothing that no bucket policy allows it. */
function federatedIdentity(
  account: AwsAccount,
  user: User,
  session: Session & { readonly principal: { readonly kind: 'federated-user'; readonly name: string } },
): Identity {
  const { accountId } = account;
  const arn = federatedUserArn(accountId, session.principal.name);
  return {
    ...userIdentity(account, user),
    arn,
    userId: `${accountId}:${session.principal.name}`,
    tags: session.tags,
    // A resource policy that names the user is limited by the session, as one that names a role is.
    policyCaller: { accountId, arns: [arn, userArn(accountId, user)], kind: 'assumed-role' },
    sessionPolicies: sessionPoliciesOf(account, session) ?? [],
  };
}

/** A managed policy that is gone narrows the session to nothing, as the rest of the list allows. */
function sessionPoliciesOf({ index, parsePolicy }: AwsAccount, session: Session): readonly NamedPolicy[] | undefined {
  const { policies, policyArns } = session;
  if (policies.length === 0 && policyArns.length === 0) return undefined;
  return [
    ...policies.map((document) => ({ name: 'session policy', policy: parsePolicy(document) })),
    ...index.managedPolicies(policyArns),
  ];
}

function overlayTags(own: readonly Tag[], over: readonly Tag[]): readonly Tag[] {
  const byKey = new Map([...own, ...over].map((tag) => [tag.key.toLowerCase(), tag]));
  return [...byKey.values()];
}

/** All that a decision on one of the caller's requests rests on, but for the request and the resource's own policy. */
export function questionOf({ policyCaller, policies, sessionPolicies }: Identity): Omit<AccessQuestion, 'request'> {
  return { caller: policyCaller, ...policies, ...(sessionPolicies && { sessionPolicies }) };
}
