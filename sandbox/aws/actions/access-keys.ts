import { z } from 'zod';
import { newAccessKey } from '../account.ts';
import type { AccessKey, User } from '../account-state.ts';
import { queryAction } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { accessKeyId, accessKeyStatus, existingUserName } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { draftUser, namedUser, userResource } from './user-lookup.ts';

/** Inactive keys count too (IAM quotas). */
const accessKeysMax = 2;

export const accessKeyActions = {
  CreateAccessKey: queryAction({
    input: z.strictObject({ UserName: existingUserName.optional() }),
    resource: userResource,
    async run(input, context) {
      const created = newAccessKey(context.account.now());
      const userName = await context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        if (user.accessKeys.length >= accessKeysMax) {
          throw new QueryError('LimitExceeded', `Cannot exceed quota for AccessKeysPerUser: ${accessKeysMax}`);
        }
        user.accessKeys.push(created);
        return user.userName;
      });
      return { AccessKey: { ...keyFields(userName, created), SecretAccessKey: created.secretAccessKey } };
    },
  }),

  UpdateAccessKey: queryAction({
    input: z.strictObject({
      UserName: existingUserName.optional(),
      AccessKeyId: accessKeyId,
      Status: accessKeyStatus,
    }),
    resource: userResource,
    run: (input, context) =>
      context.account.update((draft) => {
        keyOf(draftUser(draft, input, context), input.AccessKeyId).status = input.Status;
      }),
  }),

  DeleteAccessKey: queryAction({
    input: z.strictObject({ UserName: existingUserName.optional(), AccessKeyId: accessKeyId }),
    resource: userResource,
    run: (input, context) =>
      context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        user.accessKeys.splice(user.accessKeys.indexOf(keyOf(user, input.AccessKeyId)), 1);
      }),
  }),

  ListAccessKeys: queryAction({
    input: z.strictObject({ UserName: existingUserName.optional(), ...paging }),
    resource: userResource,
    run(input, context) {
      const { userName, accessKeys } = namedUser(input, context);
      const { page, ...rest } = pageOf(accessKeys, (key) => key.accessKeyId, input);
      return { AccessKeyMetadata: page.map((key) => keyFields(userName, key)), ...rest };
    },
  }),

  GetAccessKeyLastUsed: queryAction({
    input: z.strictObject({ AccessKeyId: accessKeyId }),
    resource(input, context) {
      const UserName = context.account.holder(input.AccessKeyId)?.user.userName;
      return UserName === undefined ? '*' : userResource({ UserName }, context);
    },
    run(input, { account }) {
      const holder = account.holder(input.AccessKeyId);
      if (holder === undefined) throw noSuchKey(input.AccessKeyId);
      const use = account.lastUse(input.AccessKeyId);
      return {
        UserName: holder.user.userName,
        AccessKeyLastUsed: {
          LastUsedDate: use && new Date(use.date),
          ServiceName: use?.serviceName ?? 'N/A',
          Region: use?.region ?? 'N/A',
        },
      };
    },
  }),
};

function keyOf(user: User, id: string): AccessKey {
  const key = user.accessKeys.find((candidate) => candidate.accessKeyId === id);
  if (key === undefined) throw noSuchKey(id);
  return key;
}

/** Never the secret: only CreateAccessKey's answer holds it. */
function keyFields(userName: string, key: AccessKey): QueryFields {
  return {
    UserName: userName,
    AccessKeyId: key.accessKeyId,
    Status: key.status,
    CreateDate: new Date(key.createDate),
  };
}

function noSuchKey(id: string): QueryError {
  return new QueryError('NoSuchEntity', `The Access Key with id ${id} cannot be found.`);
}
