import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorDocument } from '../s3/xml.ts';
import type { FaultOf } from './fault.ts';
import type { Asked } from './misbehaviour.ts';

/** What real endpoints call these statuses (S3 API reference, "Error responses"; R2 docs, "Error codes"). */
const codes: Readonly<Record<number, string>> = {
  429: 'TooManyRequests',
  500: 'InternalError',
  502: 'BadGateway',
  503: 'SlowDown',
  504: 'GatewayTimeout',
};

/** Answers as the endpoint would, in XML, JSON or HTML, without having done anything. */
export function answerError(
  { endpoint, operation }: Asked,
  { status, code = codes[status] ?? 'InternalError', retryAfterSeconds }: Omit<FaultOf<'error'>, 'kind'>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const message = 'The sandbox was told to fail here.';
  // What is left of the body is taken and dropped: a client that still writes would never read the answer.
  if (!request.complete) request.resume();
  const { type, body } = render();
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  if (request.method !== 'HEAD') response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(status, { 'content-type': type });
  response.end(request.method === 'HEAD' ? undefined : body);

  function render(): { type: string; body: string } {
    if (endpoint === 'cloudflare') {
      const failure = { success: false, errors: [{ code: 10001, message }], messages: [], result: null };
      return { type: 'application/json', body: JSON.stringify(failure) };
    }
    if (endpoint === 'edge') return { type: 'text/html; charset=utf-8', body: `<h1>${status}</h1>\n` };
    if (operation === 'iam' || operation === 'sts') {
      const type = status < 500 ? 'Sender' : 'Receiver';
      const error = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
      return { type: 'text/xml', body: `<ErrorResponse>${error}</ErrorResponse>` };
    }
    return { type: 'application/xml', body: errorDocument({ Code: code, Message: message }) };
  }
}
