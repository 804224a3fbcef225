import type { IncomingMessage } from 'node:http';
import { corsHeaders, corsRuleFor, type CorsRule } from '../s3/cors.ts';
import { crossOrigin } from '../s3/cross-origin.ts';
import type { EdgeAnswer } from './answer.ts';

/**
 * `answer`, with what a bucket's rules tell the browser of a page of another origin: they hold on the bucket's public hostnames too
 * (Cloudflare docs: "R2 > Configure CORS", "Use CORS with a public bucket"). A preflight that no rule allows is answered as any other request is.
 */
export function allowCrossOrigin(
  answer: () => EdgeAnswer,
  rules: readonly CorsRule[],
  request: IncomingMessage,
): EdgeAnswer {
  const asked = crossOrigin(request);
  const rule = asked && corsRuleFor(rules, asked);
  if (asked === undefined || rule === undefined) return answer();
  const headers = corsHeaders(rule, asked);
  if (request.method === 'OPTIONS') return { status: 204, headers };
  const allowed = answer();
  return { ...allowed, headers: { ...allowed.headers, ...headers } };
}
