import { tooLong, type Body } from './body.ts';
import { Failure, failureKind } from './failure.ts';
import type { RequestOutcome } from './request-gate.ts';
import type { Attempt } from './retry.ts';
import { parseError } from './s3-xml.ts';

/** What comes before an answer's body. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case; values as byte strings (Latin-1). */
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer, whatever its status. */
export interface S3Answer extends AnswerHead {
  readonly body: string;
  /** Set where the answer is a failure and its XML says it; the answer to a HEAD has no body that could. */
  readonly code?: string;
  readonly message?: string;
  /** The region that the provider says the request should have been signed for. */
  readonly region?: string;
}

/** An answer whose body has not been read yet. The caller reads all of it or destroys it. */
export interface OpenAnswer extends AnswerHead {
  readonly body: Body;
}

/** The longest answer that is read as a text: an error document, or what a DeleteObjects or an upload answers. */
export const textBytesMax = 16 * 1024 * 1024;

/** The answer with what its body says, where it is a failure. */
export function readAnswer({ status, headers }: AnswerHead, body: string): S3Answer {
  if (status < 300) return { status, headers, body };
  const error = parseError(body);
  const region = error?.region ?? headers['x-amz-bucket-region'];
  return {
    status,
    headers,
    body,
    ...(error === undefined ? {} : { code: error.code, message: error.message }),
    ...(region === undefined ? {} : { region }),
  };
}

/** All of a body that holds a text. Throws `broken` where it is longer than `textBytesMax`. */
export async function readText(body: Body, attempt?: Attempt): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    attempt?.touch();
    bytes += chunk.length;
    if (bytes > textBytesMax) throw tooLong(textBytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The failure that an unsuccessful answer is. */
export function failureOf(answer: Omit<S3Answer, 'body'>): Failure {
  const { status, code, message, region, headers } = answer;
  const elsewhere = region === undefined ? '' : ` (the provider expects region ${region})`;
  return new Failure({
    kind: failureKind(status, code),
    status,
    code,
    retryAfterMs: retryAfterMs(headers['retry-after']),
    message: `${status} ${code ?? ''}${message === undefined || message === '' ? '' : `: ${message}`}${elsewhere}`,
  });
}

/** What the answer to a request that moved so many bytes tells of how much the provider can take: a refusal tells nothing. */
export function outcomeOf({ status, headers }: AnswerHead, bytes: number): RequestOutcome {
  if (status < 300) return { kind: 'done', bytes };
  if (status !== 429 && status !== 503) return { kind: 'other' };
  return { kind: 'throttled', retryAfterMs: retryAfterMs(headers['retry-after']) };
}

/** Seconds or a date (RFC 9110, "Retry-After"). */
function retryAfterMs(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
