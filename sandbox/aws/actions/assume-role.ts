import { z } from 'zod';
import type { AwsAccount } from '../account.ts';
import type { Caller } from '../caller.ts';
import { queryAction } from '../query-action.ts';
import type { RequestDetails } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { listOf, tagKey, tags } from './iam-input.ts';
import { issueSession } from './issued-session.ts';
import { issueRoleSession, roleSessionInput, wantedRole } from './role-session.ts';
import { durationSeconds, sessionName } from './session-input.ts';
import { mergeTags, requestTagConditions } from './tags.ts';

/** A role that another role's session assumes is held for an hour at most (STS API reference, AssumeRole). */
const chainedSecondsMax = 3600;
const sessionTokenSecondsDefault = 43_200;

const assumeRoleInput = z.strictObject({
  ...roleSessionInput,
  ExternalId: z
    .string()
    .min(2)
    .max(1224)
    .regex(/^[\w+=,.@:/-]*$/, 'It holds characters that external ids may not have')
    .optional(),
  SourceIdentity: sessionName.optional(),
  Tags: tags.default([]),
  TransitiveTagKeys: listOf(tagKey).default([]),
});
type AssumeRoleInput = z.infer<typeof assumeRoleInput>;

export const assumeRoleActions = {
  AssumeRole: queryAction({
    input: assumeRoleInput,
    resource: ({ RoleArn }) => RoleArn,
    details: (input, { account, caller }) => assumptionDetails(input, account, caller),
    run(input, { account, caller }) {
      const { role } = wantedRole(account, input.RoleArn);
      if (role === undefined) throw new Error('a role that does not exist lets nobody assume it');
      const chained = caller.entity.kind === 'role';
      if (chained && input.DurationSeconds > chainedSecondsMax) {
        const message =
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining';
        throw new QueryError('ValidationError', message);
      }
      const sourceIdentity = sourceIdentityOf(input, caller);
      const issued = issueRoleSession(account, role, input, {
        chained,
        ...(sourceIdentity !== undefined && { sourceIdentity }),
        tags: mergeTags(transitiveTags(caller), input.Tags),
        transitiveTagKeys: [
          ...(caller.session?.transitiveTagKeys ?? []),
          ...input.TransitiveTagKeys.map((key) => key.toLowerCase()),
        ],
      });
      return { ...issued, SourceIdentity: sourceIdentity };
    },
  }),

  /** For users only, and needs no permission (STS API reference, GetSessionToken). */
  GetSessionToken: queryAction({
    input: z.strictObject({
      DurationSeconds: durationSeconds({ min: 900, max: 129_600 }).default(sessionTokenSecondsDefault),
    }),
    resource: () => undefined,
    run(input, { account, caller }) {
      if (caller.session !== undefined || caller.entity.kind !== 'user') {
        throw new QueryError('AccessDenied', 'Cannot call GetSessionToken with session credentials');
      }
      const principal = { kind: 'user', userId: caller.entity.user.userId } as const;
      return issueSession(account, input, { principal, tags: [], transitiveTagKeys: [] });
    },
  }),
};

/** What trust and identity policies are told of the session that is to be (IAM user guide, "AWS STS condition keys"). */
function assumptionDetails(input: AssumeRoleInput, account: AwsAccount, caller: Caller): RequestDetails {
  const { resourcePolicy, conditions } = wantedRole(account, input.RoleArn);
  const { ExternalId, SourceIdentity, Tags, TransitiveTagKeys } = input;
  const tagged = Tags.length > 0 || transitiveTags(caller).length > 0;
  return {
    ...(resourcePolicy && { resourcePolicy }),
    conditions: {
      ...conditions,
      ...requestTagConditions(Tags),
      'sts:rolesessionname': input.RoleSessionName,
      ...(ExternalId !== undefined && { 'sts:externalid': ExternalId }),
      ...(SourceIdentity !== undefined && { 'sts:sourceidentity': SourceIdentity }),
      ...(TransitiveTagKeys.length > 0 && { 'sts:transitivetagkeys': TransitiveTagKeys }),
    },
    alsoNeeded: [
      ...(tagged ? ['TagSession'] : []),
      ...(sourceIdentityOf(input, caller) === undefined ? [] : ['SetSourceIdentity']),
    ],
  };
}

function transitiveTags({ session }: Caller) {
  return session?.tags.filter(({ key }) => session.transitiveTagKeys.includes(key.toLowerCase())) ?? [];
}

/** Once set it stays through all chained roles, and cannot be changed. Throws `AccessDenied`. */
function sourceIdentityOf({ SourceIdentity }: AssumeRoleInput, { session }: Caller): string | undefined {
  const inherited = session?.principal.kind === 'role' ? session.principal.sourceIdentity : undefined;
  if (inherited !== undefined && SourceIdentity !== undefined && SourceIdentity !== inherited) {
    throw new QueryError('AccessDenied', 'Source identity cannot be changed once it is set');
  }
  return inherited ?? SourceIdentity;
}
