import { z } from 'zod';
import { managedPolicyIn } from '../account-index.ts';
import type { AccountState, User } from '../account-state.ts';
import { userArn } from '../arns.ts';
import { newIdentifier } from '../identifiers.ts';
import { queryAction } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { arn, existingUserName, path, pathPrefix, tags, userName } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { boundaryFields, noSuchBoundary } from './permission-boundaries.ts';
import { mergeTags, requestTagConditions, tagFields } from './tags.ts';
import { draftUser, namedUser, userFields, userResource } from './user-lookup.ts';

/** IAM users: made, read, renamed, listed and deleted. */
export const userActions = {
  CreateUser: queryAction({
    input: z.strictObject({
      UserName: userName,
      Path: path.default('/'),
      Tags: tags.default([]),
      PermissionsBoundary: arn.optional(),
    }),
    resource: (input, { account }) => userArn(account.accountId, { path: input.Path, userName: input.UserName }),
    details: ({ Tags, PermissionsBoundary: boundary }) => ({
      conditions: {
        ...requestTagConditions(Tags),
        ...(boundary !== undefined && { 'iam:permissionsboundary': boundary }),
      },
    }),
    async run(input, context) {
      const { PermissionsBoundary: boundary } = input;
      const user: User = {
        userName: input.UserName,
        path: input.Path,
        userId: newIdentifier('AIDA'),
        createDate: context.account.now().toISOString(),
        tags: mergeTags([], input.Tags),
        policies: [],
        attachedPolicies: [],
        ...(boundary !== undefined && { permissionsBoundary: boundary }),
        accessKeys: [],
      };
      await context.account.update((draft) => {
        requireFreeName(draft, input.UserName);
        if (boundary !== undefined && managedPolicyIn(draft, context.account.accountId, boundary) === undefined) {
          throw noSuchBoundary(boundary);
        }
        draft.users.push(user);
      });
      return { User: { ...userFields(context, user), ...boundaryFields(user), ...tagFields(user.tags) } };
    },
  }),

  GetUser: queryAction({
    input: z.strictObject({ UserName: existingUserName.optional() }),
    resource: userResource,
    run(input, context) {
      const user = namedUser(input, context);
      return { User: { ...userFields(context, user), ...boundaryFields(user), ...tagFields(user.tags) } };
    },
  }),

  UpdateUser: queryAction({
    input: z.strictObject({ UserName: existingUserName, NewUserName: userName.optional(), NewPath: path.optional() }),
    resource: userResource,
    run: (input, context) =>
      context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        if (input.NewUserName !== undefined) {
          requireFreeName(draft, input.NewUserName, user);
          user.userName = input.NewUserName;
        }
        user.path = input.NewPath ?? user.path;
      }),
  }),

  DeleteUser: queryAction({
    input: z.strictObject({ UserName: existingUserName }),
    resource: userResource,
    run: (input, context) =>
      context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        requireNothingLeft(user, draft);
        draft.users.splice(draft.users.indexOf(user), 1);
      }),
  }),

  ListUsers: queryAction({
    input: z.strictObject({ PathPrefix: pathPrefix.default('/'), ...paging }),
    resource: (_input, { account }) => `arn:aws:iam::${account.accountId}:user/`,
    run(input, context) {
      const users = context.account.users.filter((user) => user.path.startsWith(input.PathPrefix));
      const { page, ...rest } = pageOf(users, (user) => user.userName, input);
      return { Users: page.map((user) => userFields(context, user)), ...rest };
    },
  }),
};

/** Names that differ only in case collide (IAM user guide, "IAM name requirements"). */
function requireFreeName(draft: AccountState, userName: string, except?: User): void {
  const taken = draft.users.some((user) => user !== except && user.userName.toLowerCase() === userName.toLowerCase());
  if (taken) throw new QueryError('EntityAlreadyExists', `User with name ${userName} already exists.`);
}

/** IAM deletes no user that still holds something: a forgotten key would be orphaned. */
function requireNothingLeft(user: User, { groups }: AccountState): void {
  if (groups.some(({ members }) => members.includes(user.userId))) {
    throw new QueryError('DeleteConflict', 'Cannot delete entity, must remove users from group first.');
  }
  if (user.attachedPolicies.length > 0) {
    throw new QueryError('DeleteConflict', 'Cannot delete entity, must detach all policies first.');
  }
  if (user.policies.length > 0) {
    throw new QueryError('DeleteConflict', 'Cannot delete entity, must delete policies first.');
  }
  if (user.accessKeys.length > 0) {
    throw new QueryError('DeleteConflict', 'Cannot delete entity, must delete access keys first.');
  }
}
