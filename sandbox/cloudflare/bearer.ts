import type { CloudflareAccount } from './account.ts';
import { ApiError } from './endpoint.ts';
import type { Token } from './state.ts';
import { admitsAddress, isLive } from './token-permissions.ts';

const bearer = /^Bearer ([0-9A-Za-z\-_]{40,80})$/;

/**
 * The live token that a request carries, its use recorded. Throws `ApiError`:
 *
 * | what came                                   | status, code                                            |
 * | ------------------------------------------- | ------------------------------------------------------- |
 * | no Authorization header                     | 400, 1001                                               |
 * | a header of another form                    | 400, 6003 with 6111 in its chain                        |
 * | an unknown or expired value, wrong address  | 401, 1000 from `verify`; 403, 9109 elsewhere (no public page says; seen in clients' reports) |
 */
export function callerOf(
  account: CloudflareAccount,
  authorization: string | undefined,
  address: string,
  verifying: boolean,
): Token {
  if (authorization === undefined) {
    throw new ApiError({ status: 400, code: 1001, message: 'Missing "Authorization" header' });
  }
  const [, value] = bearer.exec(authorization) ?? [];
  if (value === undefined) {
    throw new ApiError({
      status: 400,
      code: 6003,
      message: 'Invalid request headers',
      chain: [{ code: 6111, message: 'Invalid format for Authorization header' }],
    });
  }
  const token = account.tokenByValue(value);
  if (token && isLive(token, account.now()) && admitsAddress(token.condition, address)) {
    account.recordUse(token.id);
    return token;
  }
  throw new ApiError(
    verifying
      ? { status: 401, code: 1000, message: 'Invalid API Token' }
      : { status: 403, code: 9109, message: 'Invalid access token' },
  );
}
