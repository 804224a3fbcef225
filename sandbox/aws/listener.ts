import type { IncomingMessage } from 'node:http';
import type { HttpListener } from '../process-server.ts';
import { parseAuthorization } from '../s3/signature.ts';
import type { AwsAccount } from './account.ts';
import { awsQueryListener } from './query-listener.ts';
import type { QueryListenerOptions } from './query-listener.ts';

/** One endpoint for IAM, STS and S3, as local clouds have it: clients name the service in what they sign. */
export function awsListener(account: AwsAccount, s3: HttpListener, options?: QueryListenerOptions): HttpListener {
  const query = awsQueryListener(account, options);
  return (request, response, awaitsContinue) =>
    (isQueryRequest(request) ? query : s3)(request, response, awaitsContinue);
}

/** Signed for IAM or STS, or a form whose signature names no service: S3 takes browsers' forms in another content type. */
function isQueryRequest(request: IncomingMessage): boolean {
  const { headers } = request;
  const service = parseAuthorization(headers)?.service;
  if (service !== undefined) return service === 'iam' || service === 'sts';
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return request.method === 'POST' && request.url === '/' && isForm;
}
