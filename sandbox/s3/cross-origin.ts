import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DiskWorld } from '../store/disk-world.ts';
import type { Address } from './address.ts';
import { sendEmpty } from './answer.ts';
import { corsHeaders, corsRuleFor, type CrossOrigin } from './cors.ts';
import { corsRulesOf } from './operations/bucket-cors.ts';
import { S3Error } from './s3-error.ts';

/** Answers that browsers ask for (S3 User Guide, "Using cross-origin resource sharing"). */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Answers OPTIONS, which browsers send without credentials, by the bucket's rules alone. Throws `BadRequest` for what is no
 * preflight, `AccessForbidden` for what no rule allows, `NoSuchBucket`.
 */
export function answerPreflight({ request, response }: Exchange, world: DiskWorld, { bucket, key }: Address): void {
  const asked = crossOrigin(request);
  if (asked === undefined) throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  const method = request.headers['access-control-request-method'];
  if (method === undefined) throw new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  if (bucket === undefined) throw new S3Error('MethodNotAllowed');
  if (world.bucket(bucket) === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
  const rules = corsRulesOf(world, bucket);
  const rule = corsRuleFor(rules, asked);
  if (rule === undefined) {
    const message =
      rules.length === 0
        ? 'CORSResponse: CORS is not enabled for this bucket.'
        : "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
    throw new S3Error('AccessForbidden', message, {
      Method: method,
      ResourceType: key === undefined ? 'BUCKET' : 'OBJECT',
    });
  }
  sendEmpty(response, 200, corsHeaders(rule, asked));
}

/** Puts the headers on an answer, good or bad, to a page that the bucket's rules allow. */
export function allowCrossOrigin({ request, response }: Exchange, world: DiskWorld, { bucket }: Address): void {
  const asked = crossOrigin(request);
  if (asked === undefined || bucket === undefined || world.bucket(bucket) === undefined) return;
  const rule = corsRuleFor(corsRulesOf(world, bucket), asked);
  if (rule === undefined) return;
  for (const [name, value] of Object.entries(corsHeaders(rule, asked))) response.setHeader(name, value);
}

/** Undefined for a request that no page of another origin makes. S3 goes by the method that is announced, in any request. */
export function crossOrigin({ headers, method = '' }: IncomingMessage): CrossOrigin | undefined {
  if (headers.origin === undefined) return undefined;
  const names = (headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  return {
    origin: headers.origin,
    method: headers['access-control-request-method'] ?? method,
    headers: names.filter((name) => name !== ''),
  };
}
