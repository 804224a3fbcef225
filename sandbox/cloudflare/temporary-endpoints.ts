import { z } from 'zod';
import { ApiError, parseBody } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import { jurisdictionOf } from './buckets.ts';
import { issueTemporaryCredentials, permissions, r2Host, ttlSecondsMax } from './temporary-credentials.ts';
import { holdsOnAccount, isLive } from './token-permissions.ts';

/** Temporary credentials made by the API (Cloudflare API reference, "R2 > Temporary credentials"). */
export const temporaryEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/accounts/:account/r2/temp-access-credentials', needs: 'live token', run: create },
];

const createBody = z.strictObject({
  bucket: z.string().min(1),
  parentAccessKeyId: z.string(),
  permission: z.enum(permissions),
  ttlSeconds: z.int().min(1).max(ttlSecondsMax),
  prefixes: z.array(z.string()).optional(),
  objects: z.array(z.string()).optional(),
});

/**
 * For the parent token itself, and for tokens that may write all of R2. What they open is decided at their use, by the
 * parent as it is then. They are for the jurisdiction that `cf-r2-jurisdiction` names.
 */
function create(call: Call): Answer {
  const { account, caller, now, body } = call;
  const { bucket, parentAccessKeyId, permission, ttlSeconds, prefixes, objects } = parseBody(createBody, body, 'r2');
  const parent = account.tokenById(parentAccessKeyId);
  const mayMint =
    caller.id === parentAccessKeyId || holdsOnAccount(caller.policies, 'write storage', account.accountId);
  if (!mayMint) throw new ApiError({ status: 403, code: 10000, message: 'Authentication error' });
  if (parent === undefined || !isLive(parent, now)) {
    throw new ApiError({ status: 400, code: 10001, message: 'parentAccessKeyId: no live token has this id' });
  }
  const issuedAt = Math.floor(now.getTime() / 1000);
  const limited = prefixes !== undefined || objects !== undefined;
  const credentials = issueTemporaryCredentials(parent, {
    bucket,
    scope: permission,
    ...(limited && { paths: { prefixPaths: prefixes ?? [], objectPaths: objects ?? [] } }),
    sub: account.accountId,
    aud: r2Host(account.accountId, jurisdictionOf(call)),
    iat: issuedAt,
    exp: issuedAt + ttlSeconds,
  });
  return { result: credentials };
}
