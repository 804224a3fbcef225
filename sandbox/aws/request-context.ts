import type { ConditionContext } from '../../policies/evaluator/iam-condition.ts';
import { federatedUserArn, roleArn, userArn } from './arns.ts';
import type { Caller } from './caller.ts';
import { queryDate } from './query-answer.ts';

export interface RequestCircumstances {
  readonly caller: Caller;
  readonly accountId: string;
  readonly region: string;
  readonly secure: boolean;
  readonly sourceIp: string | undefined;
  readonly now: Date;
}

/** The condition keys that every request carries (IAM user guide, "AWS global condition context keys"); names in lower case. */
export function globalContext(circumstances: RequestCircumstances): ConditionContext {
  const { caller, accountId, region, secure, sourceIp, now } = circumstances;
  return {
    ...principalContext(caller, accountId),
    'aws:requestedregion': region,
    'aws:securetransport': String(secure),
    'aws:currenttime': queryDate(now),
    'aws:epochtime': String(Math.floor(now.getTime() / 1000)),
    ...(sourceIp === undefined ? {} : { 'aws:sourceip': sourceIp }),
  };
}

/** What is known of the caller alone. A session's aws:PrincipalArn is its role's; only users that sign by themselves have aws:username. */
export function principalContext(
  { entity, userId, tags, session }: Pick<Caller, 'entity' | 'userId' | 'tags' | 'session'>,
  accountId: string,
): Record<string, string> {
  return {
    ...principalNames(accountId, entity, session),
    'aws:principalaccount': accountId,
    'aws:userid': userId,
    ...Object.fromEntries(tags.map(({ key, value }) => [`aws:principaltag/${key.toLowerCase()}`, value])),
    ...(session && sessionContext(session)),
  };
}

function principalNames(
  accountId: string,
  entity: Caller['entity'],
  session: Caller['session'],
): Record<string, string> {
  if (entity.kind === 'role') {
    return { 'aws:principalarn': roleArn(accountId, entity.role), 'aws:principaltype': 'AssumedRole' };
  }
  if (session?.principal.kind === 'federated-user') {
    const { name } = session.principal;
    return { 'aws:principalarn': federatedUserArn(accountId, name), 'aws:principaltype': 'FederatedUser' };
  }
  const { user } = entity;
  return {
    'aws:principalarn': userArn(accountId, user),
    'aws:principaltype': 'User',
    'aws:username': user.userName,
  };
}

/** Keys of temporary credentials only: a user's own key has no aws:MultiFactorAuthPresent, not even `false`. */
function sessionContext({ issuedAt, principal }: NonNullable<Caller['session']>): Record<string, string> {
  return {
    'aws:tokenissuetime': queryDate(new Date(issuedAt)),
    'aws:multifactorauthpresent': 'false',
    ...(principal.kind === 'role' && {
      ...(principal.sourceIdentity !== undefined && { 'aws:sourceidentity': principal.sourceIdentity }),
      ...(principal.federatedProvider !== undefined && { 'aws:federatedprovider': principal.federatedProvider }),
    }),
  };
}
