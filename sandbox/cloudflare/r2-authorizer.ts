import type { Jurisdiction } from '../../base/location.ts';
import { decideR2Token } from '../../policies/dialects/r2-token.ts';
import type { Authorizer, Identity, Refusal } from '../s3/authorizer.ts';
import type { CloudflareAccount } from './account.ts';
import type { Token } from './state.ts';
import { admitsAddress, isLive } from './token-permissions.ts';

export interface R2Caller extends Identity {
  readonly token: Token;
}

/**
 * Who may do what at the R2 endpoint of one jurisdiction: access key id = token id, secret = SHA-256 of the token's value
 * (Cloudflare docs: "R2 > API tokens"). A token that is unknown, disabled, expired or not yet begun is 401 Unauthorized.
 */
export function r2Authorizer(account: CloudflareAccount, jurisdiction: Jurisdiction): Authorizer<R2Caller> {
  const { accountId } = account;
  return {
    identify({ accessKeyId, sessionToken }, now) {
      if (sessionToken !== undefined) return unauthorized('The sandbox does not do R2 temporary credentials yet.');
      const token = account.tokenById(accessKeyId);
      if (token === undefined || !isLive(token, now)) return unauthorized('Unauthorized');
      return { principal: `token ${token.id}`, secretAccessKey: token.valueSha256, token };
    },

    authorize(caller, request) {
      if (caller === undefined) {
        return { verdict: 'implicitly-denied', because: 'R2 answers no anonymous request on its S3 endpoint' };
      }
      if (!admitsAddress(caller.token.condition, request.sourceIp)) {
        return {
          verdict: 'explicitly-denied',
          because: `the token is not for use from ${request.sourceIp ?? 'there'}`,
        };
      }
      const policies = caller.token.policies.map(({ effect, permissionGroupIds, resources }) => ({
        effect,
        permissionGroups: permissionGroupIds.map((id) => ({ id })),
        resources,
      }));
      return decideR2Token(policies, request, { accountId, jurisdiction });
    },

    used: ({ token }) => account.recordUse(token.id),
  };
}

function unauthorized(message: string): Refusal {
  return { refused: { status: 401, code: 'Unauthorized', message } };
}
