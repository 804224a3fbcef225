import type { NamedPolicy } from '../../policies/evaluator/decide-iam.ts';
import type { IamPolicy } from '../../policies/evaluator/iam-policy.ts';
import { userArn } from './account-state.ts';
import type { AccessKey, AccountState, User } from './account-state.ts';

/** Who holds an access key, and what that user's policies say. */
export interface KeyHolder {
  readonly user: User;
  readonly accessKey: AccessKey;
  readonly arn: string;
  readonly policies: readonly NamedPolicy[];
}

/** One state of an account, made ready for look-ups: each request asks for its key. */
export interface AccountIndex {
  readonly users: ReadonlyMap<string, User>;
  readonly holders: ReadonlyMap<string, KeyHolder>;
}

export function indexAccount(
  state: AccountState,
  accountId: string,
  parsePolicy: (document: string) => IamPolicy,
): AccountIndex {
  const users = new Map(state.users.map((user) => [user.userName, user]));
  const holders = new Map<string, KeyHolder>();
  for (const user of state.users) {
    const arn = userArn(accountId, user);
    let parsed: readonly NamedPolicy[] | undefined;
    const policies = (): readonly NamedPolicy[] =>
      (parsed ??= user.policies.map(({ policyName, document }) => ({
        name: policyName,
        policy: parsePolicy(document),
      })));
    for (const accessKey of user.accessKeys) {
      const holder = {
        user,
        accessKey,
        arn,
        get policies() {
          return policies();
        },
      };
      holders.set(accessKey.accessKeyId, holder);
    }
  }
  return { users, holders };
}
