import { z } from 'zod';
import { optional, parseBody } from './endpoint.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import type { AccountState } from './state.ts';

/** The Zero Trust organization (Cloudflare API reference, "Zero Trust organization"). */
const base = '/accounts/:account/access/organizations';

export const organizationEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: base, needs: 'read organization', run: ({ account }) => ({ result: onWire(account.state) }) },
  { method: 'PUT', path: base, needs: 'write organization', run: change },
];

const body = z.strictObject({
  name: optional(z.string().min(1)),
  auth_domain: optional(z.string().regex(/^[a-z0-9-]+\.cloudflareaccess\.com$/)),
  strict_service_token_auth: optional(z.boolean()),
});

async function change(call: Call): Promise<Answer> {
  const wanted = parseBody(body, call.body, 'access');
  await call.account.update(({ organization }) => {
    organization.name = wanted.name ?? organization.name;
    organization.authDomain = wanted.auth_domain ?? organization.authDomain;
    organization.strictServiceTokenAuth = wanted.strict_service_token_auth ?? organization.strictServiceTokenAuth;
  });
  return { result: onWire(call.account.state) };
}

function onWire({ organization: { name, authDomain, strictServiceTokenAuth } }: AccountState): Record<string, unknown> {
  return { name, auth_domain: authDomain, strict_service_token_auth: strictServiceTokenAuth };
}
