import { z } from 'zod';
import { queryAction } from '../query-action.ts';

/** STS's own actions. */
export const callerIdentityActions = {
  /** Needs no permission, whatever the policies say (STS API reference, GetCallerIdentity). */
  GetCallerIdentity: queryAction({
    input: z.strictObject({}),
    resource: () => undefined,
    run: (_input, { account, caller }) => ({
      Arn: caller.arn,
      UserId: caller.userId,
      Account: account.accountId,
    }),
  }),
};
