import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Decision } from '../../policies/decision.ts';
import type { CloudflareAccount } from '../cloudflare/account.ts';
import { serviceTokenWith } from '../cloudflare/service-tokens.ts';
import type { Application, ServiceToken } from '../cloudflare/state.ts';
import { decideAccess } from './access-decision.ts';
import type { AccessPolicyOnPaper, AccessVerdict, PresentedCredentials } from './access-decision.ts';
import type { AccessTokens } from './access-tokens.ts';
import { htmlPage, jsonAnswer } from './answer.ts';
import type { EdgeAnswer } from './answer.ts';

/** Past the gate, with what the answer carries besides; or the gate's own answer. Either with what decided. */
export type GateOutcome = Decided & ({ readonly headers: Record<string, string> } | { readonly answer: EdgeAnswer });

interface Decided {
  /** Whose service token it was; absent for everybody else. */
  readonly principal?: string;
  readonly decision: Decision;
}

export interface GatedRequest {
  readonly account: CloudflareAccount;
  readonly tokens: AccessTokens;
  readonly application: Application;
  readonly hostname: string;
  readonly request: IncomingMessage;
}

/** Asks one Access application about one request, and says its refusals as Access does on the wire. */
export async function passAccess(gated: GatedRequest): Promise<GateOutcome> {
  const { account, tokens, application, request } = gated;
  const { strictServiceTokenAuth: strict } = account.state.organization;
  const holder = await presentedToken(gated, strict);
  const presented: PresentedCredentials = {
    serviceToken: typeof holder === 'string' ? holder : { id: holder.id },
    address: request.socket.remoteAddress,
  };
  const modes = { strict, serviceAuth401: application.settings['service_auth_401_redirect'] === true };
  const verdict = decideAccess(policiesOf(account, application), presented, modes);
  const decided: Decided = {
    ...(typeof holder !== 'string' && { principal: `service token ${holder.name} (${holder.id})` }),
    decision: decisionOf(verdict, application),
  };
  if (verdict.outcome === 'login') return { ...decided, answer: await login(gated) };
  if (verdict.outcome === 'refused') return { ...decided, answer: refusal(gated, verdict.status) };
  if (strict || typeof holder === 'string') return { ...decided, headers: {} };
  const session = await tokens.signSession({ aud: application.aud, clientId: holder.clientId });
  return { ...decided, headers: { 'set-cookie': `CF_Authorization=${session}; Path=/; Secure; HttpOnly` } };
}

/** The verdict as the decision log has it: whoever has to log in was not let in. */
function decisionOf(verdict: AccessVerdict, { domain }: Application): Decision {
  const because = `${verdict.because}, application ${domain}`;
  if (verdict.outcome === 'served') return { verdict: 'allowed', because };
  return { verdict: verdict.outcome === 'login' ? 'implicitly-denied' : verdict.verdict, because };
}

function policiesOf({ state }: CloudflareAccount, { policies }: Application): AccessPolicyOnPaper[] {
  return policies.flatMap((policy) =>
    'reusablePolicyId' in policy ? state.reusablePolicies.filter(({ id }) => id === policy.reusablePolicyId) : [policy],
  );
}

/** By headers; without them, outside strict mode, by the session that an earlier answer began. */
async function presentedToken(
  { account, tokens, application, request }: GatedRequest,
  strict: boolean,
): Promise<ServiceToken | 'none' | 'invalid'> {
  const presented = clientCredentials(request.headers, application.settings['read_service_tokens_from_header']);
  if (presented === 'incomplete') return 'invalid';
  if (presented !== undefined) return serviceTokenWith(account.state, presented, account.now()) ?? 'invalid';
  const [, session] = /(?:^|;\s*)CF_Authorization=([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
  if (session === undefined || strict) return 'none';
  const clientId = await tokens.sessionClientId(session, application.aud);
  return account.state.serviceTokens.find((token) => token.clientId === clientId && token.enabled) ?? 'none';
}

const credentialsInHeader = z.object({ 'cf-access-client-id': z.string(), 'cf-access-client-secret': z.string() });

function clientCredentials(
  headers: IncomingHttpHeaders,
  jsonHeader: unknown,
): { clientId: string; clientSecret: string } | 'incomplete' | undefined {
  const given = typeof jsonHeader === 'string' ? headers[jsonHeader.toLowerCase()] : undefined;
  const pair = typeof given === 'string' ? parseJsonHeader(given) : headers;
  const { 'cf-access-client-id': clientId, 'cf-access-client-secret': clientSecret } = pair;
  if (clientId === undefined && clientSecret === undefined) return typeof given === 'string' ? 'incomplete' : undefined;
  // Node joins a repeated header into one text, which is no token's id or secret.
  return typeof clientId === 'string' && typeof clientSecret === 'string' ? { clientId, clientSecret } : 'incomplete';
}

function parseJsonHeader(text: string): Partial<z.infer<typeof credentialsInHeader>> {
  try {
    return credentialsInHeader.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

/** To the team's login; a script's request gets 401, since it cannot follow people there. */
async function login({ account, tokens, application, hostname, request }: GatedRequest): Promise<EdgeAnswer> {
  const path = request.url ?? '/';
  const challenge = {
    'www-authenticate': `Cloudflare-Access resource_metadata="https://${hostname}/.well-known/cloudflare-access-protected-resource${path.split('?', 1)[0] ?? ''}"`,
    'cache-control': 'no-store',
  };
  if (request.headers['x-requested-with'] === 'XMLHttpRequest') return htmlPage(401, 'Unauthorized', challenge);
  const query = new URLSearchParams({
    kid: application.aud,
    meta: await tokens.signMeta({ hostname, aud: application.aud, path }),
    redirect_url: path,
  });
  return htmlPage(302, 'Sign in', {
    ...challenge,
    location: `https://${account.state.organization.authDomain}/cdn-cgi/access/login/${hostname}?${query.toString()}`,
    'set-cookie': `CF_AppSession=${randomBytes(8).toString('hex')}; Path=/; Secure; HttpOnly`,
  });
}

function refusal({ application, request }: GatedRequest, status: 401 | 403): EdgeAnswer {
  const headers = {
    'cf-access-aud': application.aud,
    'cf-access-domain': application.domain,
    'cache-control': 'no-store',
  };
  const title =
    status === 403
      ? "Forbidden. You don't have permission to view this. Please contact your system administrator."
      : 'Unauthorized';
  return request.headers.accept?.includes('application/json')
    ? jsonAnswer(status, { message: title, status_code: status, aud: application.aud }, headers)
    : htmlPage(status, title, headers);
}
