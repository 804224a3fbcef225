import { z } from 'zod';
import { compileCondition, type Condition, ConditionError } from './iam-condition.ts';
import { compilePattern, type Matcher, type PatternOptions, UnsupportedVariableError } from './pattern.ts';
import { IamPolicyError } from './policy-error.ts';

/** An identity policy, read and compiled: deciding with it parses nothing again. */
export interface IamPolicy {
  readonly statements: readonly IamPolicyStatement[];
}

export interface IamPolicyStatement {
  /** For people: its Sid, or its position. */
  readonly label: string;
  readonly effect: 'Allow' | 'Deny';
  /** Takes the action in lower case: IAM compares actions without regard to case. */
  readonly matchesAction: Matcher;
  readonly matchesResource: Matcher;
  /** All must hold. */
  readonly conditions: readonly { readonly label: string; readonly holds: Condition }[];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const scalars = z.union([scalar.transform((value) => [value]), z.array(scalar).min(1)]);
const texts = z.union([z.string().transform((value) => [value]), z.array(z.string()).min(1)]);

const statementSchema = z.strictObject({
  Sid: z
    .string()
    .regex(/^[A-Za-z0-9]*$/, 'a Sid has letters and digits only')
    .optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), scalars)).optional(),
});
type Statement = z.infer<typeof statementSchema>;

const policySchema = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: z.union([statementSchema.transform((statement) => [statement]), z.array(statementSchema).min(1)]),
});

/**
 * Reads an identity policy's JSON text (AWS IAM User Guide, "Grammar of the IAM JSON policy language").
 * Throws `IamPolicyError` with the place of anything it does not understand; it never skips or guesses.
 */
export function parseIamPolicy(text: string): IamPolicy {
  const parsed = policySchema.safeParse(parseJson(text));
  if (!parsed.success) throw errorOfIssue(parsed.error.issues[0]);
  const { Version: version, Statement: statements } = parsed.data;
  refuseRepeatedSids(statements);
  // Without a Version, IAM assumes 2008-10-17, in which `${..}` is plain text.
  const options = { variables: version === '2012-10-17' };
  return { statements: statements.map((statement, index) => compileStatement(statement, index, options)) };
}

function compileStatement(statement: Statement, index: number, options: PatternOptions): IamPolicyStatement {
  const place = `Statement[${index}]`;
  return {
    label: statement.Sid ? `"${statement.Sid}"` : `${index + 1}`,
    effect: statement.Effect,
    matchesAction: compileEither(place, statement, ['Action', 'NotAction'], (action) => {
      if (action !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) {
        throw new ConditionError(`"${action}" is not an action (service:Name)`);
      }
      return compilePattern(action.toLowerCase(), { variables: false });
    }),
    matchesResource: compileEither(place, statement, ['Resource', 'NotResource'], (resource) => {
      if (resource !== '*' && resource.split(':').length < 6)
        throw new ConditionError(`"${resource}" is not an ARN or *`);
      return compilePattern(resource, options);
    }),
    conditions: Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        label: `${operator} ${key}`,
        holds: located(`${place}.Condition.${operator}`, () => compileCondition(operator, key, values, options)),
      })),
    ),
  };
}

/** `Action` or `NotAction`: exactly one of the two stands in a statement. */
function compileEither(
  place: string,
  statement: Statement,
  [plain, negated]: ['Action', 'NotAction'] | ['Resource', 'NotResource'],
  compile: (value: string) => Matcher,
): Matcher {
  const name = statement[plain] ? plain : negated;
  const values = statement[name];
  if (!values || (statement[plain] && statement[negated])) {
    throw new IamPolicyError(place, `needs exactly one of ${plain} and ${negated}`);
  }
  const matchers = values.map((value, index) => located(`${place}.${name}[${index}]`, () => compile(value)));
  const [only] = matchers;
  const any: Matcher = only && matchers.length === 1 ? only : (text) => matchers.some((matcher) => matcher(text));
  return name === plain ? any : (text) => !any(text);
}

function located<Result>(place: string, compile: () => Result): Result {
  try {
    return compile();
  } catch (error) {
    if (error instanceof ConditionError) throw new IamPolicyError(place, error.message);
    if (error instanceof UnsupportedVariableError) {
      throw new IamPolicyError(place, `the policy variable ${error.message} is not supported`);
    }
    throw error;
  }
}

function refuseRepeatedSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const [index, { Sid: sid }] of statements.entries()) {
    if (!sid) continue;
    if (seen.has(sid)) throw new IamPolicyError(`Statement[${index}].Sid`, `"${sid}" is used twice`);
    seen.add(sid);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new IamPolicyError('document', `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
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
  const principal = issue.keys.find((key) => key === 'Principal' || key === 'NotPrincipal');
  if (principal) return `${principal} has no place in an identity policy: it applies to whoever holds it`;
  return `unknown element ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
}
