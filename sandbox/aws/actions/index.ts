import type { QueryAction } from '../query-action.ts';
import { absentFeatureActions } from './absent-features.ts';
import { accessKeyActions } from './access-keys.ts';
import { callerIdentityActions } from './caller-identity.ts';
import { tagActions } from './tags.ts';
import { userPolicyActions } from './user-policies.ts';
import { userActions } from './users.ts';

/** Everything the Query endpoint answers, by service and action; what is not here is an InvalidAction. */
export const queryActions: Readonly<Record<'iam' | 'sts', ReadonlyMap<string, QueryAction>>> = {
  iam: new Map(
    Object.entries({
      ...userActions,
      ...tagActions,
      ...userPolicyActions,
      ...accessKeyActions,
      ...absentFeatureActions,
    }),
  ),
  sts: new Map(Object.entries(callerIdentityActions)),
};
