import { userArn } from '../account-state.ts';
import type { AccountState, User } from '../account-state.ts';
import type { CallContext } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';

/** Many actions default to the user who signs (IAM API reference: "If you do not specify a user name ..."). */
export interface NamesUser {
  readonly UserName?: string | undefined;
}

/** The ARN to authorize an action on a user with: the user's own, or what its name would get at the root path. */
export function userResource({ UserName }: NamesUser, { account, caller }: CallContext): string {
  const userName = UserName ?? caller.user.userName;
  return userArn(account.accountId, account.user(userName) ?? { path: '/', userName });
}

export function namedUser({ UserName }: NamesUser, { account, caller }: CallContext): User {
  const userName = UserName ?? caller.user.userName;
  return account.user(userName) ?? noSuchUser(userName);
}

/** The same in a draft that an update is changing. */
export function draftUser(draft: AccountState, { UserName }: NamesUser, { caller }: CallContext): User {
  const userName = UserName ?? caller.user.userName;
  return draft.users.find((user) => user.userName === userName) ?? noSuchUser(userName);
}

function noSuchUser(userName: string): never {
  throw new QueryError('NoSuchEntity', `The user with name ${userName} cannot be found.`);
}

/** A user as CreateUser, GetUser and ListUsers show it. */
export function userFields({ account }: CallContext, user: User): QueryFields {
  return {
    Path: user.path,
    UserName: user.userName,
    UserId: user.userId,
    Arn: userArn(account.accountId, user),
    CreateDate: new Date(user.createDate),
  };
}
