import { userArn } from '../arns.ts';
import type { AccountState, User } from '../account-state.ts';
import type { Caller } from '../caller.ts';
import type { CallContext } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';

/** Many actions default to the user who signs (IAM API reference: "If you do not specify a user name ..."). */
export interface NamesUser {
  readonly UserName?: string | undefined;
}

/** The ARN to authorize an action on a user with: the user's own, or what its name would get at the root path. */
export function userResource({ UserName }: NamesUser, { account, caller }: CallContext): string {
  const userName = UserName ?? signerName(caller);
  return userArn(account.accountId, account.user(userName) ?? { path: '/', userName });
}

/** The user that the request names, or else the one that signs it. Throws `NoSuchEntity`. */
export function namedUser({ UserName }: NamesUser, { account, caller }: CallContext): User {
  const userName = UserName ?? signerName(caller);
  return account.user(userName) ?? noSuchUser(userName);
}

/** The same in a draft that an update is changing. */
export function draftUser(draft: AccountState, { UserName }: NamesUser, { caller }: CallContext): User {
  const userName = UserName ?? signerName(caller);
  return draft.users.find((user) => user.userName === userName) ?? noSuchUser(userName);
}

function noSuchUser(userName: string): never {
  throw new QueryError('NoSuchEntity', `The user with name ${userName} cannot be found.`);
}

/** Throws `ValidationError` for a role's session: it is no user, and must say which one it means. */
function signerName({ entity }: Caller): string {
  if (entity.kind === 'user') return entity.user.userName;
  throw new QueryError('ValidationError', 'Must specify userName when calling with non-User credentials');
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
