import { z } from 'zod';
import { endpointNames } from '../status.ts';
import type { EndpointName } from '../status.ts';

/** Where a decision fell: every endpoint of the sandbox but its own switchboard. */
export type DecidingEndpoint = EndpointName;
export const decidingEndpoints = endpointNames;

/**
 * One decision as the log keeps it: who asked what, the verdict, and what decided. It holds names, keys and addresses,
 * never a header, a body or a secret.
 */
export const loggedDecisionSchema = z.strictObject({
  /** Counts from 1 since the sandbox started; what `after` refers to. */
  number: z.int().positive(),
  at: z.iso.datetime(),
  endpoint: z.enum(decidingEndpoints),
  requestId: z.string().optional(),
  /** An ARN, a token; absent for anonymous callers and those that nobody knows. */
  principal: z.string().optional(),
  /** `GetObject`, `iam:CreateUser`, `POST /accounts/:account/tokens`. */
  action: z.string(),
  bucket: z.string().optional(),
  key: z.string().optional(),
  /** Of a listing. */
  prefix: z.string().optional(),
  /** What a copy reads. */
  copySource: z.strictObject({ bucket: z.string(), key: z.string() }).optional(),
  /** What is no object: an ARN of IAM, a path of Cloudflare's API, a place at the edge. */
  resource: z.string().optional(),
  /** `unidentified`: the signature or key was refused, so that no policy was asked. */
  verdict: z.enum(['allowed', 'implicitly-denied', 'explicitly-denied', 'unidentified']),
  because: z.string(),
});
export type LoggedDecision = z.infer<typeof loggedDecisionSchema>;
export type NewDecision = Omit<LoggedDecision, 'number' | 'at'> & { readonly at: Date };

/** What `GET /decisions` of the control endpoint answers. */
export const decisionPageSchema = z.strictObject({
  /** Oldest first. */
  decisions: z.array(loggedDecisionSchema),
  /** The number to ask after next, whether or not it was shown. */
  last: z.int().nonnegative(),
});
export type DecisionPage = z.infer<typeof decisionPageSchema>;

/** A decision in one line for people: time, verdict, who, what, why. */
export function describeDecision(decision: LoggedDecision): string {
  const { at, endpoint, principal = 'anonymous', action, verdict, because } = decision;
  const who = verdict === 'unidentified' && decision.principal === undefined ? 'somebody unknown' : principal;
  return printable(`${at}  ${verdict.padEnd(17)}  ${endpoint}  ${who}  ${action}${placeOf(decision)}  ${because}`);
}

function placeOf({ bucket, key, prefix, copySource, resource }: LoggedDecision): string {
  const from = copySource === undefined ? '' : ` from ${copySource.bucket}/${copySource.key}`;
  const under = prefix === undefined ? '' : ` under "${prefix}"`;
  if (bucket !== undefined) return ` ${bucket}${key === undefined ? '' : `/${key}`}${under}${from}`;
  return resource === undefined ? '' : ` ${resource}`;
}

/** Keys may hold any character: what would move a terminal's cursor is shown escaped. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`);
}
