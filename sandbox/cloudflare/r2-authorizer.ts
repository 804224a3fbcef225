import type { Jurisdiction } from '../../base/location.ts';
import type { Decision } from '../../policies/decision.ts';
import type { StorageRequest } from '../../policies/storage-request.ts';
import { decideR2Token } from '../../policies/dialects/r2-token.ts';
import type { Authorizer, Identity, Refusal } from '../s3/authorizer.ts';
import type { CloudflareAccount } from './account.ts';
import type { Token } from './state.ts';
import { r2Host, readSessionToken } from './temporary-credentials.ts';
import type { TemporaryClaims } from './temporary-credentials.ts';
import { decideTemporary } from './temporary-decision.ts';
import { admitsAddress, isLive } from './token-permissions.ts';

export interface R2Caller extends Identity {
  /** The parent of a temporary credential. */
  readonly token: Token;
  /** What a temporary credential narrows the token down to. */
  readonly claims?: TemporaryClaims;
}

export interface R2AuthorizerOptions {
  /** Hosts of the endpoint beside its real one (`127.0.0.1:4782`): what a temporary credential's audience may name. */
  readonly ownHosts?: () => readonly string[];
}

/**
 * Who may do what at the R2 endpoint of one jurisdiction: access key id = token id, secret = SHA-256 of the token's value
 * (Cloudflare docs: "R2 > API tokens"), or a temporary credential derived from it. A token that is unknown, disabled,
 * expired or not yet begun is 401 Unauthorized, and so is everything derived from it.
 */
export function r2Authorizer(
  account: CloudflareAccount,
  jurisdiction: Jurisdiction,
  { ownHosts = () => [] }: R2AuthorizerOptions = {},
): Authorizer<R2Caller> {
  const { accountId } = account;
  const place = { accountId, jurisdiction };

  function decideToken({ policies }: Token, request: StorageRequest): Decision {
    const named = policies.map(({ effect, permissionGroupIds, resources }) => ({
      effect,
      permissionGroups: permissionGroupIds.map((id) => ({ id })),
      resources,
    }));
    return decideR2Token(named, request, place);
  }

  return {
    identify({ accessKeyId, sessionToken }, now) {
      const token = account.tokenById(accessKeyId);
      if (token === undefined || !isLive(token, now)) return unauthorized('Unauthorized');
      const principal = `token ${token.id}`;
      if (sessionToken === undefined) return { principal, secretAccessKey: token.valueSha256, token };
      const hosts = [r2Host(accountId, jurisdiction), ...ownHosts()];
      const read = readSessionToken(sessionToken, { parent: token, accountId, hosts, now });
      if ('wrong' in read) return unauthorized(read.wrong);
      const { claims, secretAccessKey } = read;
      return { principal: `temporary credential of ${principal}`, secretAccessKey, token, claims };
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
      const { claims, token } = caller;
      const temporary = claims && decideTemporary(claims, request, place);
      if (temporary !== undefined && temporary.verdict !== 'allowed') return temporary;
      return decideToken(token, request);
    },

    used: ({ token }) => account.recordUse(token.id),
  };
}

function unauthorized(message: string): Refusal {
  return { refused: { status: 401, code: 'Unauthorized', message } };
}
