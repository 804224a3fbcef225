import { compileCondition, type Condition, ConditionError } from './iam-condition.ts';
import { compilePattern, type Matcher, type PatternOptions, UnsupportedVariableError } from './pattern.ts';
import { IamPolicyError } from './policy-error.ts';
import { type PolicyStatement, readPolicyDocument } from './policy-document.ts';
import { compileNotPrincipal, compilePrincipal, type PrincipalElement } from './principal.ts';

/** Where a policy stands: with a principal, with a resource (a bucket policy), or with a role, saying who may assume it. */
export type IamPolicyKind = 'identity' | 'resource' | 'trust';

/** A policy, read and compiled: deciding with it parses nothing again. */
export interface IamPolicy {
  readonly kind: IamPolicyKind;
  readonly statements: readonly IamPolicyStatement[];
}

export interface IamPolicyStatement {
  /** For people: its Sid, or its position. */
  readonly label: string;
  readonly effect: 'Allow' | 'Deny';
  /** Of resource and trust policies: of whom the statement speaks. */
  readonly principal?: PrincipalElement;
  /** Takes the action in lower case: IAM compares actions without regard to case. */
  readonly matchesAction: Matcher;
  readonly matchesResource: Matcher;
  /** All must hold. */
  readonly conditions: readonly { readonly label: string; readonly holds: Condition }[];
}

/**
 * Reads a policy's JSON text (AWS IAM User Guide, "Grammar of the IAM JSON policy language"); an identity policy unless
 * `kind` says otherwise. Resource and trust policies name a principal in every statement, trust policies no resource.
 * Throws `IamPolicyError` with the place of anything it does not understand; it never skips or guesses.
 */
export function parseIamPolicy(text: string, { kind = 'identity' }: { readonly kind?: IamPolicyKind } = {}): IamPolicy {
  const { version, statements } = readPolicyDocument(text);
  // In 2008-10-17 `${..}` is plain text.
  const options = { variables: version === '2012-10-17' };
  return {
    kind,
    statements: statements.map((statement, index) => compileStatement(statement, index, kind, options)),
  };
}

function compileStatement(
  statement: PolicyStatement,
  index: number,
  kind: IamPolicyKind,
  options: PatternOptions,
): IamPolicyStatement {
  const place = `Statement[${index}]`;
  const principal = compileStatementPrincipal(statement, place, kind);
  return {
    label: statement.Sid ? `"${statement.Sid}"` : `${index + 1}`,
    effect: statement.Effect,
    ...(principal && { principal }),
    matchesAction: compileEither(place, statement, ['Action', 'NotAction'], (action) => {
      if (action !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) {
        throw new ConditionError(`"${action}" is not an action (service:Name)`);
      }
      if (kind === 'trust' && !action.toLowerCase().startsWith('sts:')) {
        throw new ConditionError(`"${action}" has no place in a trust policy: it speaks of STS actions only`);
      }
      return compilePattern(action.toLowerCase(), { variables: false });
    }),
    matchesResource: kind === 'trust' ? noResource(statement, place) : compileResource(statement, place, options),
    conditions: Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        label: `${operator} ${key}`,
        holds: located(`${place}.Condition.${operator}`, () => compileCondition(operator, key, values, options)),
      })),
    ),
  };
}

function compileResource(statement: PolicyStatement, place: string, options: PatternOptions): Matcher {
  return compileEither(place, statement, ['Resource', 'NotResource'], (resource) => {
    if (resource !== '*' && resource.split(':').length < 6)
      throw new ConditionError(`"${resource}" is not an ARN or *`);
    return compilePattern(resource, options);
  });
}

/** A trust policy stands with the one role it speaks of. */
function noResource({ Resource, NotResource }: PolicyStatement, place: string): Matcher {
  if (Resource ?? NotResource) {
    throw new IamPolicyError(place, 'a trust policy names no resource: it speaks of the role it stands with');
  }
  return () => true;
}

function compileStatementPrincipal(
  { Principal, NotPrincipal }: PolicyStatement,
  place: string,
  kind: IamPolicyKind,
): PrincipalElement | undefined {
  if (kind === 'identity') {
    if (Principal === undefined && NotPrincipal === undefined) return undefined;
    const name = Principal === undefined ? 'NotPrincipal' : 'Principal';
    throw new IamPolicyError(place, `${name} has no place in an identity policy: it applies to whoever holds it`);
  }
  if (kind === 'trust' && NotPrincipal !== undefined) {
    throw new IamPolicyError(place, 'NotPrincipal has no place in a trust policy');
  }
  if (Principal !== undefined && NotPrincipal === undefined) {
    return located(`${place}.Principal`, () => compilePrincipal(Principal));
  }
  if (NotPrincipal !== undefined && Principal === undefined) {
    return located(`${place}.NotPrincipal`, () => compileNotPrincipal(NotPrincipal));
  }
  throw new IamPolicyError(place, 'needs exactly one of Principal and NotPrincipal');
}

/** `Action` or `NotAction`: exactly one of the two stands in a statement. */
function compileEither(
  place: string,
  statement: PolicyStatement,
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
  const any: Matcher =
    only && matchers.length === 1 ? only : (text, context) => matchers.some((matcher) => matcher(text, context));
  return name === plain ? any : (text, context) => !any(text, context);
}

function located<Result>(place: string, compile: () => Result): Result {
  try {
    return compile();
  } catch (error) {
    if (error instanceof ConditionError) throw new IamPolicyError(place, error.message);
    if (error instanceof UnsupportedVariableError) {
      throw new IamPolicyError(place, `${error.message} is no policy variable: it names no condition key`);
    }
    throw error;
  }
}
