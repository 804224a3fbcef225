import type { ConditionContext } from '../../policies/evaluator/iam-condition.ts';
import type { KeyHolder } from './account-index.ts';

export interface RequestCircumstances {
  readonly holder: KeyHolder;
  readonly accountId: string;
  readonly region: string;
  readonly secure: boolean;
  readonly sourceIp: string | undefined;
  readonly now: Date;
}

/**
 * The condition keys that every request of an IAM user carries (IAM user guide, "AWS global condition context keys");
 * names in lower case.
 */
export function globalContext(circumstances: RequestCircumstances): ConditionContext {
  const { holder, accountId, region, secure, sourceIp, now } = circumstances;
  return {
    'aws:principalarn': holder.arn,
    'aws:principalaccount': accountId,
    'aws:principaltype': 'User',
    'aws:userid': holder.user.userId,
    'aws:username': holder.user.userName,
    'aws:requestedregion': region,
    'aws:securetransport': String(secure),
    'aws:currenttime': `${now.toISOString().slice(0, 19)}Z`,
    'aws:epochtime': String(Math.floor(now.getTime() / 1000)),
    ...(sourceIp === undefined ? {} : { 'aws:sourceip': sourceIp }),
    ...principalTags(holder),
  };
}

function principalTags({ user }: KeyHolder): Record<string, string> {
  return Object.fromEntries(user.tags.map(({ key, value }) => [`aws:principaltag/${key.toLowerCase()}`, value]));
}
