import { z } from 'zod';
import { S3Error } from './s3-error.ts';

/** A bucket's cross-origin rules, element for element as S3 keeps them (S3 User Guide, "Elements of a CORS configuration"). */
const ruleSchema = z.strictObject({
  ID: z.string().max(255).optional(),
  AllowedMethod: z.array(z.string()).min(1),
  AllowedOrigin: z.array(z.string()).min(1),
  AllowedHeader: z.array(z.string()).optional(),
  ExposeHeader: z.array(z.string()).optional(),
  MaxAgeSeconds: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
});
export type CorsRule = z.infer<typeof ruleSchema>;

export const corsSchema = z.strictObject({ CORSRule: z.array(ruleSchema).min(1) });
export type CorsConfiguration = z.infer<typeof corsSchema>;

const rulesMax = 100;
const methods: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);

/** Throws `InvalidRequest` for what the schema lets through and S3 does not. */
export function checkCors({ CORSRule: rules }: CorsConfiguration): void {
  if (rules.length > rulesMax) {
    throw refused(`The number of CORS rules should not exceed allowed limit of ${rulesMax} rules.`);
  }
  for (const { AllowedMethod, AllowedOrigin, AllowedHeader = [], ExposeHeader = [] } of rules) {
    const method = AllowedMethod.find((each) => !methods.has(each));
    if (method !== undefined) {
      throw refused(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
    }
    for (const [name, values] of Object.entries({ AllowedOrigin, AllowedHeader })) {
      const value = values.find((each) => each.split('*').length > 2);
      if (value !== undefined) throw refused(`${name} "${value}" can not have more than one wildcard.`);
    }
    const exposed = ExposeHeader.find((each) => each.includes('*'));
    if (exposed !== undefined) {
      const message = 'contains wildcard. We currently do not support wildcard for ExposeHeader.';
      throw refused(`ExposeHeader "${exposed}" ${message}`);
    }
  }
}

function refused(message: string): S3Error {
  return new S3Error('InvalidRequest', message);
}

/** What a browser tells of a page that wants to reach the bucket. */
export interface CrossOrigin {
  readonly origin: string;
  readonly method: string;
  /** Of a preflight's `Access-Control-Request-Headers`, in lower case. */
  readonly headers: readonly string[];
}

/** The first rule that allows origin, method and every header; undefined where none does. */
export function corsRuleFor(rules: readonly CorsRule[], asked: CrossOrigin): CorsRule | undefined {
  return rules.find(
    ({ AllowedOrigin, AllowedMethod, AllowedHeader = [] }) =>
      AllowedOrigin.some((pattern) => matches(pattern, asked.origin)) &&
      AllowedMethod.includes(asked.method) &&
      asked.headers.every((name) => AllowedHeader.some((pattern) => matches(pattern.toLowerCase(), name))),
  );
}

/** A pattern has at most one `*`, which stands for any text. */
function matches(pattern: string, text: string): boolean {
  const [head = '', tail] = pattern.split('*');
  if (tail === undefined) return text === pattern;
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}

/** The headers by which S3 tells a browser what `rule` allows. */
export function corsHeaders(rule: CorsRule, { origin, headers }: CrossOrigin): Record<string, string> {
  const everyone = rule.AllowedOrigin.includes('*');
  return {
    'access-control-allow-origin': everyone ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethod.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    ...(rule.ExposeHeader && { 'access-control-expose-headers': rule.ExposeHeader.join(', ') }),
    ...(rule.MaxAgeSeconds !== undefined && { 'access-control-max-age': rule.MaxAgeSeconds }),
    // Browsers refuse credentials together with `*` (Fetch standard, "CORS protocol and credentials").
    ...(!everyone && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
