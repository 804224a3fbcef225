import { z } from 'zod';
import { federatedUserArn } from '../arns.ts';
import { queryAction } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { tags } from './iam-input.ts';
import { issueSession } from './issued-session.ts';
import { durationSeconds, sessionPolicyInput } from './session-input.ts';
import { mergeTags, requestTagConditions } from './tags.ts';

const secondsDefault = 43_200;

export const federationActions = {
  /**
   * Credentials for somebody whom the caller, a user with a key of its own, vouches for: they may do what both the caller and the
   * passed policies allow, and nothing without such policies (STS API reference, GetFederationToken).
   */
  GetFederationToken: queryAction({
    input: z.strictObject({
      Name: z
        .string()
        .min(2)
        .max(32)
        .regex(/^[\w+=,.@-]*$/, 'It must contain only alphanumeric characters and/or the following: +=,.@_-'),
      DurationSeconds: durationSeconds({ min: 900, max: 129_600 }).default(secondsDefault),
      Tags: tags.default([]),
      ...sessionPolicyInput,
    }),
    resource: ({ Name }, { account }) => federatedUserArn(account.accountId, Name),
    details: ({ Tags }) => ({
      conditions: requestTagConditions(Tags),
      alsoNeeded: Tags.length > 0 ? ['TagSession'] : [],
    }),
    run(input, { account, caller }) {
      if (caller.session !== undefined || caller.entity.kind !== 'user') {
        throw new QueryError('AccessDenied', 'Cannot call GetFederationToken with session credentials');
      }
      const { Name, Tags } = input;
      const { Credentials, PackedPolicySize } = issueSession(account, input, {
        principal: { kind: 'federated-user', userId: caller.entity.user.userId, name: Name },
        tags: mergeTags([], Tags),
        transitiveTagKeys: [],
      });
      const FederatedUser = {
        FederatedUserId: `${account.accountId}:${Name}`,
        Arn: federatedUserArn(account.accountId, Name),
      };
      return { Credentials, FederatedUser, PackedPolicySize };
    },
  }),

  /** Services that encode their refusals are not here, so that no message is one of theirs. */
  DecodeAuthorizationMessage: queryAction({
    input: z.strictObject({ EncodedMessage: z.string().min(1).max(10_240) }),
    resource: () => '*',
    run() {
      throw new QueryError(
        'InvalidAuthorizationMessageException',
        'The error returned if the message passed to DecodeAuthorizationMessage was invalid.',
      );
    },
  }),
};
