import type { NamedPolicy } from '../../policies/evaluator/decide-iam.ts';
import type { AccessKey, AccountState, Group, ManagedPolicy, PolicyHolder, Role, User } from './account-state.ts';
import { policyArn } from './arns.ts';
import type { PolicyParser } from './policy-reading.ts';
import { vendorPolicies } from './vendor-policies.ts';

/** Who holds an access key. */
export interface KeyHolder {
  readonly user: User;
  readonly accessKey: AccessKey;
}

/** What decides on an identity's requests: what it may do by its policies and groups, and what bounds that. */
export interface IdentityPolicies {
  readonly identityPolicies: readonly NamedPolicy[];
  readonly permissionBoundary?: NamedPolicy;
}

/** One state of an account, made ready for look-ups: each request asks for its key. */
export interface AccountIndex {
  readonly users: ReadonlyMap<string, User>;
  readonly usersById: ReadonlyMap<string, User>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly rolesById: ReadonlyMap<string, Role>;
  readonly holders: ReadonlyMap<string, KeyHolder>;
  groupsOf(user: User): readonly Group[];
  /** Of this account, or AWS's own. */
  managedPolicy(arn: string): ManagedPolicy | undefined;
  /** The default version of a managed policy, parsed; nothing for a policy that is gone. */
  managedPolicies(arns: readonly string[]): readonly NamedPolicy[];
  /** Parsed once for each state. */
  policiesOfUser(user: User): IdentityPolicies;
  policiesOfRole(role: Role): IdentityPolicies;
}

/** Indexes one state of the account; another state needs another index. Policies are parsed when they are first asked for. */
export function indexAccount(state: AccountState, accountId: string, parsePolicy: PolicyParser): AccountIndex {
  const managed = new Map([
    ...vendorPolicies,
    ...state.managedPolicies.map((policy) => [policyArn(accountId, policy), policy] as const),
  ]);
  const remembered = new WeakMap<User | Role, IdentityPolicies>();

  const managedPolicies = (arns: readonly string[]): readonly NamedPolicy[] =>
    arns.flatMap((arn) => {
      const document = defaultDocument(managed.get(arn));
      return document === undefined ? [] : [{ name: arn, policy: parsePolicy(document) }];
    });
  const policiesOn = ({ policies, attachedPolicies }: PolicyHolder): readonly NamedPolicy[] => [
    ...policies.map(({ policyName, document }) => ({ name: policyName, policy: parsePolicy(document) })),
    ...managedPolicies(attachedPolicies),
  ];
  const groupsOf = (user: User): readonly Group[] =>
    state.groups.filter(({ members }) => members.includes(user.userId));
  const identityPoliciesOf = (entity: User | Role, groups: readonly Group[]): IdentityPolicies => {
    const known = remembered.get(entity);
    if (known !== undefined) return known;
    const { permissionsBoundary: boundary } = entity;
    const found = {
      identityPolicies: [entity, ...groups].flatMap(policiesOn),
      ...(boundary !== undefined && { permissionBoundary: managedPolicies([boundary])[0] ?? boundsToNothing }),
    };
    remembered.set(entity, found);
    return found;
  };

  return {
    users: new Map(state.users.map((user) => [user.userName, user])),
    usersById: new Map(state.users.map((user) => [user.userId, user])),
    groups: new Map(state.groups.map((group) => [group.groupName, group])),
    roles: new Map(state.roles.map((role) => [role.roleName, role])),
    rolesById: new Map(state.roles.map((role) => [role.roleId, role])),
    holders: new Map(
      state.users.flatMap((user) =>
        user.accessKeys.map((accessKey) => [accessKey.accessKeyId, { user, accessKey }] as const),
      ),
    ),
    groupsOf,
    managedPolicy: (arn) => managed.get(arn),
    managedPolicies,
    policiesOfUser: (user) => identityPoliciesOf(user, groupsOf(user)),
    policiesOfRole: (role) => identityPoliciesOf(role, []),
  };
}

/** A boundary whose policy is gone. */
const boundsToNothing: NamedPolicy = { name: 'permissions boundary', policy: { kind: 'identity', statements: [] } };

/** What a managed policy says now: the text of its default version. */
export function defaultDocument(policy: ManagedPolicy | undefined): string | undefined {
  return policy?.versions.find(({ versionId }) => versionId === policy.defaultVersionId)?.document;
}

/** A managed policy of this account or of AWS, in a state that an update may be changing. */
export function managedPolicyIn(state: AccountState, accountId: string, arn: string): ManagedPolicy | undefined {
  return state.managedPolicies.find((policy) => policyArn(accountId, policy) === arn) ?? vendorPolicies.get(arn);
}
