import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Decision } from '../../policies/decision.ts';
import { continuing } from '../process-server.ts';
import type { HttpListener } from '../process-server.ts';
import { parseAuthorization } from '../s3/signature.ts';
import { queryActions, unsignedActions } from './actions/index.ts';
import type { AwsAccount } from './account.ts';
import type { Caller } from './caller.ts';
import type { PreparedCall } from './query-action.ts';
import { queryServices, renderAnswer, renderError } from './query-answer.ts';
import type { QueryFields, QueryService } from './query-answer.ts';
import { authenticate } from './query-authentication.ts';
import { requireAllowed } from './query-authorization.ts';
import { QueryError } from './query-error.ts';
import { parseQueryParameters } from './query-parameters.ts';
import { globalContext } from './request-context.ts';
import { resourceTagContext } from './resource-tags.ts';

/** Above IAM's longest parameter (a policy document of 131,072 characters), percent-encoded. */
const bodyBytesMax = 512 * 1024;

export interface QueryListenerOptions {
  /** Hears every decision, allowed or not, and who could not be identified (`decision` is the refusal's code and message). */
  readonly onDecision?: (record: QueryDecisionRecord) => void;
}

/** Who asked for which action of IAM or STS, and what was decided. */
export interface QueryDecisionRecord {
  readonly at: Date;
  readonly requestId: string;
  /** Absent where key or signature was refused. */
  readonly principal?: string;
  /** `iam:CreateUser`; the service alone where nothing was decided. */
  readonly action: string;
  readonly resource?: string;
  readonly decision: Decision | { readonly verdict: 'unidentified'; readonly because: string };
}

/**
 * Answers IAM and STS requests of the AWS Query protocol: who signed it, whether the caller's policies allow it,
 * then what the action does. It never answers before a change is on disk.
 */
export function awsQueryListener(account: AwsAccount, options: QueryListenerOptions = {}): HttpListener {
  return continuing((request, response) => {
    void answer(account, request, options).then(
      ({ status, xml, requestId }) => {
        response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }).end(xml);
      },
      // The connection broke while the body was read: there is nobody left to answer.
      () => response.destroy(),
    );
  });
}

interface Answer {
  readonly status: number;
  readonly xml: string;
  readonly requestId: string;
}

async function answer(account: AwsAccount, request: IncomingMessage, options: QueryListenerOptions): Promise<Answer> {
  const requestId = randomUUID();
  const body = await readBody(request);
  const service = serviceOf(request, body);
  try {
    if (body === undefined) throw new QueryError('ValidationError', `The body is longer than ${bodyBytesMax} bytes.`);
    const hear: Hear = (heard) => options.onDecision?.({ at: account.now(), requestId, ...heard });
    const { action, result } = await perform(account, service, request, body, hear);
    return { status: 200, xml: renderAnswer(service, action, result, requestId), requestId };
  } catch (error) {
    const refusal = error instanceof QueryError ? error : serviceFailure(error);
    return { status: refusal.status, xml: renderError(service, refusal, requestId), requestId };
  }
}

type Hear = (heard: Omit<QueryDecisionRecord, 'at' | 'requestId'>) => void;

/** Throws `QueryError` at the first of: the signature, the action and its parameters, the caller's policies, the action itself. */
async function perform(
  account: AwsAccount,
  service: QueryService,
  request: IncomingMessage,
  body: Buffer,
  hear: Hear,
): Promise<{ action: string; result: QueryFields | undefined }> {
  const now = account.now();
  const unsigned = unsignedCall(service, request, body);
  if (unsigned !== undefined) {
    const { action, parameters, run } = unsigned;
    return { action, result: await heardRefusal(service, hear, () => run(account, parameters, hear)) };
  }
  const { claim, caller } = await heardRefusal(service, hear, () => authenticate(account, request, body));
  const { accessKeyId, region } = claim;
  account.recordUse(accessKeyId, { date: now.toISOString(), serviceName: service.name, region });
  const { action, call } = readCall(service, formOf(request, body));
  requireUsableSession(caller, service, action);
  const context = { account, caller };
  const resource = call.resource(context);
  if (resource !== undefined) {
    const { accountId } = account;
    const [secure, sourceIp] = ['encrypted' in request.socket, request.socket.remoteAddress];
    const { conditions, resourcePolicy, alsoNeeded = [] } = call.details(context);
    const common = globalContext({ caller, accountId, region, secure, sourceIp, now });
    const tags = resourceTagContext(account, resource);
    const ask = (name: string) => ({
      action: `${service.name}:${name}`,
      resource,
      context: { ...common, ...tags, ...conditions },
    });
    const asked = {
      requests: [ask(action), ...alsoNeeded.map(ask)] as const,
      ...(resourcePolicy && { resourcePolicy }),
    };
    requireAllowed(caller, asked, (decision) =>
      hear({ principal: caller.arn, action: `${service.name}:${action}`, resource, decision }),
    );
  }
  return { action, result: await call.run(context) };
}

/** By what was signed, or by the version that an unsigned form names. */
function serviceOf(request: IncomingMessage, body: Buffer | undefined): QueryService {
  const signedFor = parseAuthorization(request.headers)?.service;
  const { iam, sts } = queryServices;
  if (signedFor !== undefined) return signedFor === 'sts' ? sts : iam;
  return new URLSearchParams(body?.toString('utf8')).get('Version') === sts.version ? sts : iam;
}

/** A call that carries its own proof of who calls: the web identity token. It comes without a signature. */
function unsignedCall(service: QueryService, request: IncomingMessage, body: Buffer) {
  if (service.name !== 'sts' || request.headers.authorization !== undefined) return undefined;
  const { Action: action, Version: version, ...parameters } = parseQueryParameters(formOf(request, body));
  const run = typeof action === 'string' ? unsignedActions.get(action) : undefined;
  if (typeof action !== 'string' || run === undefined || version !== service.version) return undefined;
  return { action, run, parameters };
}

/** What the credentials of GetSessionToken, without a second factor, and GetFederationToken may not do (STS API reference). */
function requireUsableSession({ session, entity, arn }: Caller, service: QueryService, action: string): void {
  if (session === undefined || entity.kind === 'role') return;
  if (service.name === 'iam') {
    throw new QueryError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  const allowed = session.principal.kind === 'user' ? ['AssumeRole', 'GetCallerIdentity'] : ['GetCallerIdentity'];
  if (!allowed.includes(action)) {
    throw new QueryError('AccessDenied', `User: ${arn} cannot call ${action} with session credentials`);
  }
}

/** As `identify`; that nobody was identified is heard on its way out. An `AccessDenied` was decided, and heard as that. */
async function heardRefusal<Result>(
  { name }: QueryService,
  hear: Hear,
  identify: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await identify();
  } catch (error) {
    if (error instanceof QueryError && error.code !== 'AccessDenied') {
      hear({ action: name, decision: { verdict: 'unidentified', because: `${error.code}: ${error.message}` } });
    }
    throw error;
  }
}

function readCall(service: QueryService, form: URLSearchParams): { action: string; call: PreparedCall } {
  const { Action: action, Version: version, ...parameters } = parseQueryParameters(form);
  const known = typeof action === 'string' ? queryActions[service.name].get(action) : undefined;
  if (typeof action !== 'string' || known === undefined || version !== service.version) {
    const message = `Could not find operation ${form.get('Action') ?? ''} for version ${form.get('Version') ?? ''}`;
    throw new QueryError('InvalidAction', message);
  }
  return { action, call: known.prepare(parameters) };
}

function formOf(request: IncomingMessage, body: Buffer): URLSearchParams {
  const contentType = request.headers['content-type'] ?? '';
  if (request.method !== 'POST' || !contentType.startsWith('application/x-www-form-urlencoded')) {
    throw new QueryError('MalformedQueryString', 'Send a POST request with a form-encoded body.');
  }
  return new URLSearchParams(body.toString('utf8'));
}

/** Undefined for a body above the limit, which is read to its end so that the client hears the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes <= bodyBytesMax ? Buffer.concat(chunks) : undefined;
}

/** A full disk, or a bug: the log of the sandbox holds the reason, the caller learns no internals. */
function serviceFailure(error: unknown): QueryError {
  console.error(error);
  return new QueryError('ServiceFailure', 'The request processing has failed because of an unknown error.');
}
