import { z } from 'zod';
import type { ConditionContext } from '../../../policies/evaluator/iam-condition.ts';
import type { Tag } from '../account-state.ts';
import { queryAction } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { existingUserName, listOf, tagKey, tags } from './iam-input.ts';
import { pageOf, paging } from './pages.ts';
import { draftUser, namedUser, userResource } from './user-lookup.ts';

const tagsMax = 50;

export const tagActions = {
  TagUser: queryAction({
    input: z.strictObject({ UserName: existingUserName, Tags: tags }),
    resource: userResource,
    details: ({ Tags }) => ({ conditions: requestTagConditions(Tags) }),
    run: (input, context) =>
      context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        user.tags = mergeTags(user.tags, input.Tags);
      }),
  }),

  UntagUser: queryAction({
    input: z.strictObject({ UserName: existingUserName, TagKeys: listOf(tagKey) }),
    resource: userResource,
    run: (input, context) =>
      context.account.update((draft) => {
        const user = draftUser(draft, input, context);
        user.tags = withoutTags(user.tags, input.TagKeys);
      }),
  }),

  ListUserTags: queryAction({
    input: z.strictObject({ UserName: existingUserName, ...paging }),
    resource: userResource,
    run(input, context) {
      const { page, ...rest } = pageOf(namedUser(input, context).tags, ({ key }) => key, input);
      return { Tags: page.map(renderTag), ...rest };
    },
  }),
};

export interface SentTag {
  readonly Key: string;
  readonly Value: string;
}

/**
 * `existing` overlaid by `sent`. Keys are unique whatever their case, and a changed tag takes the case that was sent.
 * Throws `InvalidInput` for a key sent twice or reserved, `LimitExceeded` above 50 tags (IAM quotas).
 */
export function mergeTags(existing: readonly Tag[], sent: readonly SentTag[]): Tag[] {
  const byKey = new Map(existing.map((tag) => [tag.key.toLowerCase(), tag]));
  const sentKeys = new Set<string>();
  for (const { Key, Value } of sent) {
    const key = Key.toLowerCase();
    if (sentKeys.has(key)) {
      throw new QueryError('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    }
    if (key.startsWith('aws:')) {
      throw new QueryError('InvalidInput', 'Tag keys beginning with aws: are reserved for system use.');
    }
    sentKeys.add(key);
    byKey.set(key, { key: Key, value: Value });
  }
  if (byKey.size > tagsMax) {
    throw new QueryError('LimitExceeded', `The number of tags has reached the maximum limit of ${tagsMax}.`);
  }
  return [...byKey.values()];
}

/** `existing` without those keys, whatever their case. */
export function withoutTags(existing: readonly Tag[], keys: readonly string[]): Tag[] {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return existing.filter(({ key }) => !removed.has(key.toLowerCase()));
}

/** aws:RequestTag and aws:TagKeys of a request that sends tags. */
export function requestTagConditions(sent: readonly SentTag[]): ConditionContext {
  if (sent.length === 0) return {};
  return {
    'aws:tagkeys': sent.map(({ Key }) => Key),
    ...Object.fromEntries(sent.map(({ Key, Value }) => [`aws:requesttag/${Key.toLowerCase()}`, Value])),
  };
}

/** GetUser and CreateUser leave `Tags` out where there are none. */
export function tagFields(existing: readonly Tag[]): QueryFields {
  return existing.length === 0 ? {} : { Tags: existing.map(renderTag) };
}

/** A tag as answers show it. */
export function renderTag({ key, value }: Tag): QueryFields {
  return { Key: key, Value: value };
}
