import { z } from 'zod';
import type { Decision } from '../../../policies/decision.ts';
import { decideAccess } from '../../../policies/evaluator/decide-access.ts';
import type { AwsAccount } from '../account.ts';
import { oidcProviderArn } from '../arns.ts';
import { readParameters } from '../query-action.ts';
import type { QueryFields } from '../query-answer.ts';
import { QueryError } from '../query-error.ts';
import { verifyWebIdentity } from '../web-identity-token.ts';
import { issueRoleSession, roleSessionInput, wantedRole } from './role-session.ts';

/** An action that nobody signs. `hear` is told the decision. Throws `QueryError`. */
export type UnsignedAction = (
  account: AwsAccount,
  parameters: unknown,
  hear: (heard: {
    readonly principal: string;
    readonly action: string;
    readonly resource: string;
    readonly decision: Decision;
  }) => void,
) => Promise<QueryFields>;

const input = z.strictObject({
  ...roleSessionInput,
  WebIdentityToken: z.string().min(4).max(20_000),
});

const action = 'sts:AssumeRoleWithWebIdentity';

/** Exchanges an OpenID Connect token, such as GitHub Actions', for a role's session (STS API reference). */
export const assumeRoleWithWebIdentity: UnsignedAction = async (account, parameters, hear) => {
  const read = readParameters(input, parameters);
  const { RoleArn, RoleSessionName } = read;
  const { provider, audience, claims, subject } = await verifyWebIdentity(account, read.WebIdentityToken);
  const { role, resourcePolicy, conditions } = wantedRole(account, RoleArn);
  const federatedProvider = oidcProviderArn(account.accountId, provider.url);
  const claimed = Object.entries(claims).map(([name, value]) => [`${provider.url}:${name}`.toLowerCase(), value]);
  const decision = decideAccess({
    request: {
      action,
      resource: RoleArn,
      context: {
        ...conditions,
        'aws:federatedprovider': federatedProvider,
        'sts:rolesessionname': RoleSessionName,
        ...(Object.fromEntries(claimed) as Record<string, string | string[]>),
      },
    },
    caller: { accountId: account.accountId, arns: [federatedProvider], kind: 'federated' },
    identityPolicies: [],
    ...(resourcePolicy && { resourcePolicy }),
  });
  hear({ principal: `${federatedProvider} ${subject}`, action, resource: RoleArn, decision });
  if (decision.verdict !== 'allowed' || role === undefined) {
    throw new QueryError('AccessDenied', `Not authorized to perform ${action}`);
  }
  const issued = issueRoleSession(account, role, read, {
    chained: false,
    federatedProvider,
    tags: [],
    transitiveTagKeys: [],
  });
  return { ...issued, SubjectFromWebIdentityToken: subject, Provider: federatedProvider, Audience: audience };
};
