import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { CloudflareAccount } from './account.ts';
import type { Right } from './permission-groups.ts';
import type { Token } from './state.ts';

/** One operation of the v4 API: where it stands, what its caller's token needs, what it does. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/client/v4`. `:account` must be this account. */
  readonly path: string;
  /** `live token`: any token may ask; what it sees is the handler's business. */
  readonly needs: Right | 'live token';
  readonly run: (call: Call) => Answer | Promise<Answer>;
}

export interface Call {
  readonly account: CloudflareAccount;
  readonly caller: Token;
  readonly now: Date;
  readonly headers: IncomingHttpHeaders;
  readonly query: unknown;
  readonly body: unknown;
  /** A parameter of the path, decoded. Asking for one that the path lacks is a bug. */
  readonly parameter: (name: string) => string;
}

export interface Answer {
  readonly result: unknown;
  readonly resultInfo?: Readonly<Record<string, unknown>>;
  readonly messages?: readonly unknown[];
}

export interface ApiProblem {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly chain?: readonly { readonly code: number; readonly message: string }[];
}

/** A refusal in Cloudflare's own status, code and message. */
export class ApiError extends Error {
  readonly problem: ApiProblem;

  constructor(problem: ApiProblem) {
    super(problem.message);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

/** Codes of what each family of the API says to a body it does not understand. */
const invalidBody = {
  tokens: { code: 1001, prefix: '' },
  r2: { code: 10001, prefix: '' },
  access: { code: 12130, prefix: 'access.api.error.invalid_request: ' },
} as const;

/** Parses a body strictly: an unknown field is refused, as are values of the wrong type. Throws `ApiError` 400. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, family: keyof typeof invalidBody): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const { code, prefix } = invalidBody[family];
  const message = parsed.error.issues
    .map(({ path, message: text }) => (path.length > 0 ? `${path.join('.')}: ${text}` : text))
    .join('; ');
  throw new ApiError({ status: 400, code, message: `${prefix}${message}` });
}

const count = z.coerce.number().int().positive();
const pageSchema = z.object({ page: count.default(1), per_page: count.max(1000).default(20) });

/** One page of `items` by the query's `page` and `per_page`; past the end it is empty, where clients stop asking. */
export function page(items: readonly unknown[], query: unknown): Answer {
  const { page: number, per_page: size } = parseQuery(pageSchema, query);
  const result = items.slice((number - 1) * size, number * size);
  return {
    result,
    resultInfo: {
      page: number,
      per_page: size,
      count: result.length,
      total_count: items.length,
      total_pages: Math.ceil(items.length / size),
    },
  };
}

/** Parses a query; parameters that `schema` does not name are ignored, as Cloudflare does. Throws `ApiError` 400. */
export function parseQuery<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ApiError({
    status: 400,
    code: 1001,
    message: `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? ''}`,
  });
}

/** An optional field: absent and `null` mean the same, since the Terraform provider sends `null` for a cleared one. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A time in a body, made uniform. */
export const instant = z.iso
  .datetime({ error: 'not an RFC 3339 time in UTC, as 2018-07-01T05:20:00Z' })
  .transform((text) => new Date(text).toISOString());

/** As Cloudflare writes times: RFC 3339 in UTC, whole seconds. */
export function wireTime(instant: string): string {
  return `${instant.slice(0, 19)}Z`;
}
