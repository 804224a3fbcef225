import { z } from 'zod';
import type { AccountState, Group } from '../account-state.ts';
import { groupArn } from '../arns.ts';
import { newIdentifier } from '../identifiers.ts';
import { queryAction } from '../query-action.ts';
import type { CallContext } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { existingName, existingUserName, groupName, path, pathPrefix } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { namedUser, userFields, userResource } from './user-lookup.ts';

/** Groups that one user may be in (IAM quotas). */
const groupsPerUserMax = 10;

export const groupActions = {
  CreateGroup: queryAction({
    input: z.strictObject({ GroupName: groupName, Path: path.default('/') }),
    resource: (input, { account }) => groupArn(account.accountId, { path: input.Path, groupName: input.GroupName }),
    async run({ GroupName, Path }, context) {
      const group: Group = {
        groupName: GroupName,
        path: Path,
        groupId: newIdentifier('AGPA'),
        createDate: context.account.now().toISOString(),
        members: [],
        policies: [],
        attachedPolicies: [],
      };
      await context.account.update((draft) => {
        requireFreeName(draft, GroupName);
        draft.groups.push(group);
      });
      return { Group: groupFields(context, group) };
    },
  }),

  GetGroup: queryAction({
    input: z.strictObject({ GroupName: existingName, ...paging }),
    resource: groupResource,
    run({ GroupName, ...paged }, context) {
      const group = groupIn(context.account.state, GroupName);
      const members = context.account.users.filter(({ userId }) => group.members.includes(userId));
      const { page, ...rest } = pageOf(members, ({ userName }) => userName, paged);
      return { Group: groupFields(context, group), Users: page.map((user) => userFields(context, user)), ...rest };
    },
  }),

  ListGroups: queryAction({
    input: z.strictObject({ PathPrefix: pathPrefix.default('/'), ...paging }),
    resource: (_input, { account }) => `arn:aws:iam::${account.accountId}:group/`,
    run({ PathPrefix, ...paged }, context) {
      const groups = context.account.state.groups.filter(({ path }) => path.startsWith(PathPrefix));
      const { page, ...rest } = pageOf(groups, (group) => group.groupName, paged);
      return { Groups: page.map((group) => groupFields(context, group)), ...rest };
    },
  }),

  UpdateGroup: queryAction({
    input: z.strictObject({ GroupName: existingName, NewGroupName: groupName.optional(), NewPath: path.optional() }),
    resource: groupResource,
    run: ({ GroupName, NewGroupName, NewPath }, { account }) =>
      account.update((draft) => {
        const group = groupIn(draft, GroupName);
        if (NewGroupName !== undefined) {
          requireFreeName(draft, NewGroupName, group);
          group.groupName = NewGroupName;
        }
        group.path = NewPath ?? group.path;
      }),
  }),

  DeleteGroup: queryAction({
    input: z.strictObject({ GroupName: existingName }),
    resource: groupResource,
    run: ({ GroupName }, { account }) =>
      account.update((draft) => {
        const group = groupIn(draft, GroupName);
        const left = [
          ['must remove users from group first', group.members],
          ['must detach all policies first', group.attachedPolicies],
          ['must delete policies first', group.policies],
        ] as const;
        for (const [must, held] of left) {
          if (held.length > 0) throw new QueryError('DeleteConflict', `Cannot delete entity, ${must}.`);
        }
        draft.groups.splice(draft.groups.indexOf(group), 1);
      }),
  }),

  AddUserToGroup: queryAction({
    input: z.strictObject({ GroupName: existingName, UserName: existingUserName }),
    resource: groupResource,
    async run({ GroupName, UserName }, context) {
      const { userId } = namedUser({ UserName }, context);
      await context.account.update((draft) => {
        const { members } = groupIn(draft, GroupName);
        if (members.includes(userId)) return;
        if (draft.groups.filter((group) => group.members.includes(userId)).length >= groupsPerUserMax) {
          throw new QueryError('LimitExceeded', `Cannot exceed quota for GroupsPerUser: ${groupsPerUserMax}`);
        }
        members.push(userId);
      });
    },
  }),

  RemoveUserFromGroup: queryAction({
    input: z.strictObject({ GroupName: existingName, UserName: existingUserName }),
    resource: groupResource,
    async run({ GroupName, UserName }, context) {
      const { userId } = namedUser({ UserName }, context);
      await context.account.update((draft) => {
        const group = groupIn(draft, GroupName);
        if (!group.members.includes(userId)) {
          throw new QueryError('NoSuchEntity', `The user ${UserName} is not in the group ${GroupName}.`);
        }
        group.members = group.members.filter((member) => member !== userId);
      });
    },
  }),

  ListGroupsForUser: queryAction({
    input: z.strictObject({ UserName: existingUserName, ...paging }),
    resource: userResource,
    run({ UserName, ...paged }, context) {
      const groups = context.account.index.groupsOf(namedUser({ UserName }, context));
      const { page, ...rest } = pageOf(groups, (group) => group.groupName, paged);
      return { Groups: page.map((group) => groupFields(context, group)), ...rest };
    },
  }),
};

function groupResource({ GroupName }: { readonly GroupName: string }, { account }: CallContext): string {
  return groupArn(account.accountId, account.index.groups.get(GroupName) ?? { path: '/', groupName: GroupName });
}

function groupIn({ groups }: AccountState, name: string): Group {
  const group = groups.find(({ groupName }) => groupName === name);
  if (group === undefined) throw new QueryError('NoSuchEntity', `The group with name ${name} cannot be found.`);
  return group;
}

/** Names that differ only in case collide (IAM user guide, "IAM name requirements"). */
function requireFreeName({ groups }: AccountState, name: string, except?: Group): void {
  const taken = groups.some((group) => group !== except && group.groupName.toLowerCase() === name.toLowerCase());
  if (taken) throw new QueryError('EntityAlreadyExists', `Group with name ${name} already exists.`);
}

/** A group as answers show it. */
export function groupFields({ account }: CallContext, group: Group): QueryFields {
  return {
    Path: group.path,
    GroupName: group.groupName,
    GroupId: group.groupId,
    Arn: groupArn(account.accountId, group),
    CreateDate: new Date(group.createDate),
  };
}
