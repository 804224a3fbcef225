import { z } from 'zod';
import { IamPolicyError } from './policy-error.ts';
import { parsePolicyJson } from './policy-json.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const scalars = z.union([scalar.transform((value) => [value]), z.array(scalar).min(1)]);
const texts = z.union([z.string().transform((value) => [value]), z.array(z.string()).min(1)]);

const principalSchema = z.union([
  z.literal('*'),
  z.strictObject({
    AWS: texts.optional(),
    Federated: texts.optional(),
    Service: texts.optional(),
    CanonicalUser: texts.optional(),
  }),
]);

const statementSchema = z.strictObject({
  Sid: z
    .string()
    .regex(/^[A-Za-z0-9]*$/, 'a Sid has letters and digits only')
    .optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principalSchema.optional(),
  NotPrincipal: principalSchema.optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), scalars)).optional(),
});
/** A statement as written, every value that may be one or a list as a list. */
export type PolicyStatement = z.infer<typeof statementSchema>;

const policySchema = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: z.union([statementSchema.transform((statement) => [statement]), z.array(statementSchema).min(1)]),
});

export interface PolicyDocument {
  /** Without a Version, IAM assumes 2008-10-17. */
  readonly version: '2012-10-17' | '2008-10-17';
  readonly statements: readonly PolicyStatement[];
}

/**
 * Reads a policy's JSON text by its grammar (AWS IAM User Guide, "Grammar of the IAM JSON policy language") and leaves its
 * meaning alone. Throws `IamPolicyError` with the place of what is not JSON, stands twice or is no element of a policy.
 */
export function readPolicyDocument(text: string): PolicyDocument {
  const parsed = policySchema.safeParse(parsePolicyJson(text));
  if (!parsed.success) throw errorOfIssue(parsed.error.issues[0]);
  const { Version: version = '2008-10-17', Statement: statements } = parsed.data;
  refuseRepeatedSids(statements);
  return { version, statements };
}

function refuseRepeatedSids(statements: readonly PolicyStatement[]): void {
  const seen = new Set<string>();
  for (const [index, { Sid: sid }] of statements.entries()) {
    if (!sid) continue;
    if (seen.has(sid)) throw new IamPolicyError(`Statement[${index}].Sid`, `"${sid}" is used twice`);
    seen.add(sid);
  }
}

/** The most telling issue: inside a union, that of the branch which got furthest. */
function errorOfIssue(issue: z.core.$ZodIssue | undefined, above: readonly PropertyKey[] = []): IamPolicyError {
  if (!issue) return new IamPolicyError('document', 'is not an IAM policy');
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length)[0];
    if (deepest) return errorOfIssue(deepest, path);
  }
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return new IamPolicyError(place.replace(/^\./, '') || 'document', textOfIssue(issue));
}

function textOfIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  return `unknown element ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
}
