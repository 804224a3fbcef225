import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { continuing } from '../process-server.ts';
import type { HttpListener } from '../process-server.ts';
import { parseAuthorization } from '../s3/signature.ts';
import { queryActions } from './actions/index.ts';
import type { AwsAccount } from './account.ts';
import type { PreparedCall } from './query-action.ts';
import { queryServices, renderAnswer, renderError } from './query-answer.ts';
import type { QueryFields, QueryService } from './query-answer.ts';
import { authenticate } from './query-authentication.ts';
import { requireAllowed } from './query-authorization.ts';
import { QueryError } from './query-error.ts';
import { parseQueryParameters } from './query-parameters.ts';
import { globalContext } from './request-context.ts';

/** Above IAM's longest parameter (a policy document of 131,072 characters), percent-encoded. */
const bodyBytesMax = 512 * 1024;

/**
 * Answers IAM and STS requests of the AWS Query protocol: who signed it, whether the caller's policies allow it,
 * then what the action does. It never answers before a change is on disk.
 */
export function awsQueryListener(account: AwsAccount): HttpListener {
  return continuing((request, response) => {
    void answer(account, request).then(
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

async function answer(account: AwsAccount, request: IncomingMessage): Promise<Answer> {
  const requestId = randomUUID();
  const service = queryServices[parseAuthorization(request.headers)?.service === 'sts' ? 'sts' : 'iam'];
  const body = await readBody(request);
  try {
    if (body === undefined) throw new QueryError('ValidationError', `The body is longer than ${bodyBytesMax} bytes.`);
    const { action, result } = await perform(account, service, request, body);
    return { status: 200, xml: renderAnswer(service, action, result, requestId), requestId };
  } catch (error) {
    const refusal = error instanceof QueryError ? error : serviceFailure(error);
    return { status: refusal.status, xml: renderError(service, refusal, requestId), requestId };
  }
}

/** Throws `QueryError` at the first of: the signature, the action and its parameters, the caller's policies, the action itself. */
async function perform(
  account: AwsAccount,
  service: QueryService,
  request: IncomingMessage,
  body: Buffer,
): Promise<{ action: string; result: QueryFields | undefined }> {
  const now = account.now();
  const { claim, holder } = authenticate(account, request, body);
  const { accessKeyId, region } = claim;
  account.recordUse(accessKeyId, { date: now.toISOString(), serviceName: service.name, region });
  const { action, call } = readCall(service, formOf(request, body));
  const context = { account, caller: holder };
  const resource = call.resource(context);
  if (resource !== undefined) {
    const { accountId } = account;
    const [secure, sourceIp] = ['encrypted' in request.socket, request.socket.remoteAddress];
    const conditions = globalContext({ holder, accountId, region, secure, sourceIp, now });
    requireAllowed(holder, { action: `${service.name}:${action}`, resource, context: conditions });
  }
  return { action, result: await call.run(context) };
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
