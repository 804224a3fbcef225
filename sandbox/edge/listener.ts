import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { jurisdictions, type Jurisdiction } from '../../base/location.ts';
import type { Decision } from '../../policies/decision.ts';
import type { CloudflareAccount } from '../cloudflare/account.ts';
import { livingBucket, managedDomain, settingsOf } from '../cloudflare/bucket-settings.ts';
import { isActive } from '../cloudflare/domains.ts';
import { corsOnS3 } from '../cloudflare/s3-rules.ts';
import type { StoredBucket } from '../store/object-store.ts';
import { passAccess } from './access-gate.ts';
import { applicationCovering } from './access-paths.ts';
import { accessTokens } from './access-tokens.ts';
import type { AccessTokens } from './access-tokens.ts';
import { htmlPage, jsonAnswer } from './answer.ts';
import type { EdgeAnswer } from './answer.ts';
import { allowCrossOrigin } from './cross-origin.ts';
import { publicObject } from './public-object.ts';

export interface EdgeOptions {
  /** Hears every decision about a place that a bucket serves, allowed or not. */
  readonly onDecision?: (record: EdgeDecisionRecord) => void;
}

/** Who asked for which place at the edge, and what was decided. */
export interface EdgeDecisionRecord {
  readonly at: Date;
  /** The service token that was presented; absent for everybody else. */
  readonly principal?: string;
  /** The method: `GET`. */
  readonly action: string;
  /** Hostname and path: `files.example.test/photos/a.jpg`. */
  readonly resource: string;
  readonly decision: Decision;
}

/**
 * Cloudflare's edge in front of R2, by Host header: custom domains (public, unless an Access application covers the
 * place), r2.dev hostnames (never behind Access) and the team domain. For an HTTP server to call.
 */
export function edgeListener(
  account: CloudflareAccount,
  { onDecision = () => undefined }: EdgeOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const tokens = accessTokens(() => account.state.organization.authDomain, account.now);
  const edge: Edge = { account, tokens, onDecision };
  return (request, response) => {
    respond(edge, request)
      .catch((error: unknown) => {
        console.error(error);
        return htmlPage(500, 'Internal server error');
      })
      .then((answer) => send(request, response, answer))
      // The client is gone, or the object's bytes cannot be read: the connection tells either.
      .catch(() => response.destroy());
  };
}

interface Edge {
  readonly account: CloudflareAccount;
  readonly tokens: AccessTokens;
  readonly onDecision: (record: EdgeDecisionRecord) => void;
}

async function respond(edge: Edge, request: IncomingMessage): Promise<EdgeAnswer> {
  const { account, tokens } = edge;
  const hostname = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  const path = decodedPath(request.url ?? '/');
  if (path === undefined) return htmlPage(400, 'Bad request');
  if (hostname === account.state.organization.authDomain) return teamDomain(tokens, path);
  const place = { hostname, path, request };
  return hostname.endsWith('.r2.dev') ? managed(edge, place) : custom(edge, place);
}

interface PlaceAsked {
  readonly hostname: string;
  readonly path: string;
  readonly request: IncomingMessage;
}

/** Tells the log. Hostnames that nothing stands behind are no decision. */
function hear(
  { account, onDecision }: Edge,
  { hostname, path, request: { method = '' } }: PlaceAsked,
  decided: Pick<EdgeDecisionRecord, 'principal' | 'decision'>,
): void {
  const { principal, decision } = decided;
  onDecision({
    at: account.now(),
    ...(principal !== undefined && { principal }),
    action: method,
    resource: `${hostname}${path}`,
    decision,
  });
}

async function custom(edge: Edge, place: PlaceAsked): Promise<EdgeAnswer> {
  const { account, tokens } = edge;
  const { hostname, path, request } = place;
  const domain = account.state.customDomains.find((candidate) => candidate.hostname === hostname);
  const bucket = domain && livingBucket(account, domain);
  if (!domain?.enabled || bucket === undefined || !isActive(account, domain, account.now())) {
    return htmlPage(404, 'There is nothing on this hostname');
  }
  const application = applicationCovering(account.state.applications, { hostname, path });
  if (application === undefined) {
    const because = 'no Access application covers the place: the custom domain is public';
    hear(edge, place, { decision: { verdict: 'allowed', because } });
    return serve(account, domain.jurisdiction, bucket, place);
  }
  const gate = await passAccess({ account, tokens, application, hostname, request });
  hear(edge, place, gate);
  if ('answer' in gate) return gate.answer;
  const answer = serve(account, domain.jurisdiction, bucket, place);
  return { ...answer, headers: { ...answer.headers, ...gate.headers } };
}

function managed(edge: Edge, place: PlaceAsked): EdgeAnswer {
  const { account } = edge;
  const { hostname } = place;
  for (const jurisdiction of jurisdictions) {
    const world = account.worlds[jurisdiction];
    const bucket = world.buckets().find((candidate) => managedDomain(jurisdiction, candidate).domain === hostname);
    if (bucket === undefined) continue;
    const enabled = settingsOf(account.state, jurisdiction, bucket)?.managedDomainEnabled === true;
    const because = `r2.dev is ${enabled ? 'on' : 'off'} for the bucket ${bucket.name}`;
    hear(edge, place, { decision: { verdict: enabled ? 'allowed' : 'implicitly-denied', because } });
    return enabled
      ? serve(account, jurisdiction, bucket, place)
      : htmlPage(401, 'This bucket cannot be viewed: it is not public at this URL');
  }
  return htmlPage(404, 'There is nothing on this hostname');
}

/** What a bucket shows to everybody who gets this far. */
function serve(
  { state, worlds }: CloudflareAccount,
  jurisdiction: Jurisdiction,
  bucket: StoredBucket,
  { path, request }: PlaceAsked,
): EdgeAnswer {
  const { CORSRule: rules } = corsOnS3(settingsOf(state, jurisdiction, bucket)?.corsRules ?? []);
  const object = () => publicObject({ world: worlds[jurisdiction], bucket: bucket.name }, path.slice(1), request);
  return allowCrossOrigin(object, rules, request);
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
