import assert from 'node:assert';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify from 'fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { applicationEndpoints } from './applications.ts';
import { accessPolicyEndpoints } from './access-policies.ts';
import type { CloudflareAccount } from './account.ts';
import { absentEndpoints } from './absent.ts';
import { bucketRuleEndpoints } from './bucket-rule-endpoints.ts';
import { bucketEndpoints } from './buckets.ts';
import { callerOf } from './bearer.ts';
import { domainEndpoints } from './domains.ts';
import { ApiError } from './endpoint.ts';
import type { Answer, ApiProblem, Call, Endpoint } from './endpoint.ts';
import { organizationEndpoints } from './organization.ts';
import { serviceTokenEndpoints } from './service-tokens.ts';
import type { Decision } from '../../policies/decision.ts';
import { permissionGroups, rights } from './permission-groups.ts';
import type { Token } from './state.ts';
import { temporaryEndpoints } from './temporary-endpoints.ts';
import { holdsOnAccount } from './token-permissions.ts';
import { tokenEndpoints } from './tokens.ts';
import { zoneEndpoints } from './zones.ts';

const endpoints: readonly Endpoint[] = [
  ...tokenEndpoints,
  ...bucketEndpoints,
  ...bucketRuleEndpoints,
  ...absentEndpoints,
  ...temporaryEndpoints,
  ...domainEndpoints,
  ...zoneEndpoints,
  ...applicationEndpoints,
  ...accessPolicyEndpoints,
  ...serviceTokenEndpoints,
  ...organizationEndpoints,
];

export interface CloudflareApiOptions {
  /** Hears every decision, allowed or not, and who could not be identified. */
  readonly onDecision?: (record: ApiDecisionRecord) => void;
}

/** Who asked for which operation of the API, and what was decided. */
export interface ApiDecisionRecord {
  readonly at: Date;
  /** `token <id>`; absent where no live token was presented. */
  readonly principal?: string;
  /** `POST /accounts/:account/tokens`. */
  readonly action: string;
  /** The path as sent, without its query. */
  readonly resource: string;
  readonly decision: Decision | { readonly verdict: 'unidentified'; readonly because: string };
}

/**
 * Cloudflare's v4 API on `account`, below `/client/v4`, for an HTTP server to call. Every answer is JSON in Cloudflare's
 * envelope; every call needs a bearer token with the right permission group.
 */
export async function cloudflareApi(
  account: CloudflareAccount,
  { onDecision }: CloudflareApiOptions = {},
): Promise<(request: IncomingMessage, response: ServerResponse) => void> {
  const api = Fastify({
    routerOptions: { maxParamLength: 1024 },
    // A path that is not even decodable, or too long, is no route either.
    frameworkErrors: (_error, request, reply) => void refuse(reply, noRoute(request.url)),
  });
  api.removeAllContentTypeParsers();
  // Clients name a content type on calls without a body too.
  const parseJson = api.getDefaultJsonParser('error', 'error');
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parseJson(request, body.toString(), done);
  });
  const callers = new WeakMap<FastifyRequest, Token>();
  for (const endpoint of endpoints) {
    api.route({
      method: endpoint.method,
      url: `/client/v4${endpoint.path}`,
      exposeHeadRoute: false,
      onRequest: (request, _reply, done) => {
        const { caller, ...decided } = admit(account, endpoint, request);
        const [resource = ''] = request.url.split('?', 1);
        onDecision?.({
          at: account.now(),
          ...(caller && { principal: `token ${caller.id}` }),
          action: `${endpoint.method} ${endpoint.path}`,
          resource,
          decision: decided.decision,
        });
        if (decided.refusal !== undefined) throw decided.refusal;
        if (caller !== undefined) callers.set(request, caller);
        done();
      },
      handler: async (request, reply) =>
        send(reply, await endpoint.run(callOf(account, callers.get(request), request))),
    });
  }
  api.setNotFoundHandler((request, reply) => refuse(reply, noRoute(request.url)));
  api.setErrorHandler((error, _request, reply) => refuse(reply, problemOf(error)));
  await api.ready();
  return (request, response) => api.routing(request, response);
}

interface Admission {
  /** Absent where no live token was presented. */
  readonly caller?: Token;
  readonly decision: ApiDecisionRecord['decision'];
  /** Present unless the caller may. */
  readonly refusal?: ApiError;
}

/** Whether the caller may, decided before the body is read: an unknown caller gets no work done. */
function admit(account: CloudflareAccount, { path, needs }: Endpoint, request: FastifyRequest): Admission {
  let caller: Token;
  try {
    caller = callerOf(account, request.headers.authorization, request.ip, path.endsWith('/verify'));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { decision: { verdict: 'unidentified', because: error.message }, refusal: error };
  }
  const denied = (because: string, code: number, message: string): Admission => ({
    caller,
    decision: { verdict: 'implicitly-denied', because },
    refusal: new ApiError({ status: 403, code, message }),
  });
  const { account: accountId } = request.params as { account?: string };
  if (accountId !== undefined && accountId !== account.accountId) {
    return denied(`account ${accountId} is not this one`, 9109, 'Unauthorized to access requested resource');
  }
  if (needs === 'live token') return { caller, decision: { verdict: 'allowed', because: 'any live token may' } };
  const names = permissionGroups.filter(({ id }) => (rights[needs] as readonly string[]).includes(id));
  const groups = names.map(({ name }) => `"${name}"`).join(' or ');
  return holdsOnAccount(caller.policies, needs, account.accountId)
    ? { caller, decision: { verdict: 'allowed', because: `the token may ${needs}: permission group ${groups}` } }
    : denied(`the token may not ${needs}: it needs permission group ${groups}`, 10000, 'Authentication error');
}

function callOf(account: CloudflareAccount, caller: Token | undefined, request: FastifyRequest): Call {
  assert(caller, 'no handler runs before its caller was admitted');
  const parameters = request.params as Readonly<Record<string, string>>;
  return {
    account,
    caller,
    now: account.now(),
    headers: request.headers,
    query: request.query,
    body: request.body,
    parameter(name) {
      const value = parameters[name];
      assert(value !== undefined, `no parameter "${name}" in the path`);
      return value;
    },
  };
}

function send(reply: FastifyReply, { result, resultInfo, messages = [] }: Answer): FastifyReply {
  const info = resultInfo === undefined ? {} : { result_info: resultInfo };
  return json(reply, 200, { success: true, errors: [], messages, result, ...info });
}

function refuse(reply: FastifyReply, { status, code, message, chain }: ApiProblem): FastifyReply {
  // Clients repeat a 409 for minutes (cloudflare-go: ten times) and a 501 as any 5xx; neither ever mends itself here.
  if (status === 409 || status === 501) void reply.header('x-should-retry', 'false');
  const error = chain === undefined ? { code, message } : { code, message, error_chain: chain };
  return json(reply, status, { success: false, errors: [error], messages: [], result: null });
}

function json(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify(body)));
}

function noRoute(url: string): ApiProblem {
  const path = url.split('?', 1)[0]?.replace(/^\/client\/v4/, '') ?? '';
  const [, accounts, id, ...rest] = path.split('/');
  if (accounts === 'accounts' && id === undefined && rest.length === 0) {
    return { status: 400, code: 1001, message: 'List accounts endpoint does not support account owned tokens.' };
  }
  return {
    status: 404,
    code: 7003,
    message: `Could not route to ${path}, perhaps your object identifier is invalid?`,
    chain: [{ code: 7000, message: 'No route for that URI' }],
  };
}

/** Fastify's own failures (a body that is no JSON, too large, of another type) in the envelope; a full disk or a bug is a 500. */
function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiError) return error.problem;
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  if (statusCode < 500)
    return { status: statusCode, code: 6007, message: `Malformed JSON in request body: ${message}` };
  // The log of the sandbox holds the reason; the caller learns no internals.
  console.error(error);
  return { status: 500, code: 10001, message: 'Internal error of the sandbox: its log says why' };
}
