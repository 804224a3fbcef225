import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { jurisdictions } from '../../base/location.ts';
import type { CloudflareAccount } from '../cloudflare/account.ts';
import { livingBucket, managedDomain, settingsOf } from '../cloudflare/bucket-settings.ts';
import { isActive } from '../cloudflare/domains.ts';
import { passAccess } from './access-gate.ts';
import { applicationCovering } from './access-paths.ts';
import { accessTokens } from './access-tokens.ts';
import type { AccessTokens } from './access-tokens.ts';
import { htmlPage, jsonAnswer } from './answer.ts';
import type { EdgeAnswer } from './answer.ts';
import { publicObject } from './public-object.ts';

/**
 * Cloudflare's edge in front of R2, by Host header: custom domains (public, unless an Access application covers the
 * place), r2.dev hostnames (never behind Access) and the team domain. For an HTTP server to call.
 */
export function edgeListener(account: CloudflareAccount): (request: IncomingMessage, response: ServerResponse) => void {
  const tokens = accessTokens(() => account.state.organization.authDomain, account.now);
  return (request, response) => {
    respond(account, tokens, request)
      .catch((error: unknown) => htmlPage(500, `Internal error of the sandbox: ${String(error)}`))
      .then((answer) => send(request, response, answer))
      // The client is gone, or the object's bytes cannot be read: the connection tells either.
      .catch(() => response.destroy());
  };
}

async function respond(
  account: CloudflareAccount,
  tokens: AccessTokens,
  request: IncomingMessage,
): Promise<EdgeAnswer> {
  const hostname = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  const path = decodedPath(request.url ?? '/');
  if (path === undefined) return htmlPage(400, 'Bad request');
  if (hostname === account.state.organization.authDomain) return teamDomain(tokens, path);
  if (hostname.endsWith('.r2.dev')) return managed(account, hostname, path, request);
  return custom(account, tokens, { hostname, path, request });
}

interface PlaceAsked {
  readonly hostname: string;
  readonly path: string;
  readonly request: IncomingMessage;
}

async function custom(account: CloudflareAccount, tokens: AccessTokens, place: PlaceAsked): Promise<EdgeAnswer> {
  const { hostname, path, request } = place;
  const domain = account.state.customDomains.find((candidate) => candidate.hostname === hostname);
  const bucket = domain && livingBucket(account, domain);
  if (!domain?.enabled || bucket === undefined || !isActive(account, domain, account.now())) {
    return htmlPage(404, 'There is nothing on this hostname');
  }
  const served = { world: account.worlds[domain.jurisdiction], bucket: bucket.name };
  const application = applicationCovering(account.state.applications, { hostname, path });
  if (application === undefined) return publicObject(served, path.slice(1), request);
  const gate = await passAccess({ account, tokens, application, hostname, request });
  if (!('passed' in gate)) return gate;
  const answer = publicObject(served, path.slice(1), request);
  return { ...answer, headers: { ...answer.headers, ...gate.headers } };
}

function managed(account: CloudflareAccount, hostname: string, path: string, request: IncomingMessage): EdgeAnswer {
  for (const jurisdiction of jurisdictions) {
    const world = account.worlds[jurisdiction];
    const bucket = world.buckets().find((candidate) => managedDomain(jurisdiction, candidate).domain === hostname);
    if (bucket === undefined) continue;
    return settingsOf(account.state, jurisdiction, bucket)?.managedDomainEnabled === true
      ? publicObject({ world, bucket: bucket.name }, path.slice(1), request)
      : htmlPage(401, 'This bucket cannot be viewed: it is not public at this URL');
  }
  return htmlPage(404, 'There is nothing on this hostname');
}

/** Login ends here: the sandbox has no identity providers. */
async function teamDomain(tokens: AccessTokens, path: string): Promise<EdgeAnswer> {
  if (path === '/cdn-cgi/access/certs') return jsonAnswer(200, await tokens.certificates());
  if (path.startsWith('/cdn-cgi/access/login/'))
    return htmlPage(200, 'Sign in: the sandbox has no identity providers yet');
  return htmlPage(404, 'Not found');
}

/** The path as sent, without its query, percent-decoded once and not made shorter: keys may hold `..` and `//`. */
function decodedPath(url: string): string | undefined {
  const path = url.replace(/^https?:\/\/[^/?]*/, '').split('?', 1)[0];
  try {
    return decodeURIComponent(path === '' || path === undefined ? '/' : path);
  } catch {
    return undefined;
  }
}

async function send(request: IncomingMessage, response: ServerResponse, answer: EdgeAnswer): Promise<void> {
  response.writeHead(answer.status, answer.headers);
  const { body } = answer;
  if (typeof body === 'object' && request.method !== 'HEAD') await pipeline(body, response);
  else response.end(request.method === 'HEAD' ? undefined : body);
}
