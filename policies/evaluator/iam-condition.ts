import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { compilePattern, compileText, type Matcher, type PatternOptions } from './pattern.ts';

/**
 * Condition operators, each compiled once.
 * AWS IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
 *
 *                         | key absent | key present
 *     operator            | false      | any of the policy's values matches
 *     negated operator    | true       | none of the policy's values matches
 *     ..IfExists          | true       | as above
 *     ForAnyValue:        | false      | holds for at least one of the request's values
 *     ForAllValues:       | true       | holds for each of the request's values
 */
export type ConditionContext = Readonly<Record<string, string | readonly string[]>>;
export type Condition = (context: ConditionContext) => boolean;

/** What the evaluator cannot read in a condition; the caller adds the place. */
export class ConditionError extends Error {}

interface Operator {
  readonly negated: boolean;
  readonly compile: (value: string, options: PatternOptions) => Matcher;
}

/** Compiles `{ operator: { key: values } }` for one key. Throws `ConditionError` or `UnsupportedVariableError`. */
export function compileCondition(
  operatorName: string,
  key: string,
  values: readonly string[],
  options: PatternOptions,
): Condition {
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operatorName) ?? [];
  // A provider's claims are named by its address: `token.actions.githubusercontent.com:aud`.
  if (!/^[A-Za-z0-9./_-]+:.+$/.test(key)) throw new ConditionError(`"${key}" is no condition key`);
  const contextKey = key.toLowerCase();
  if (name === 'Null' && !ifExists && !quantifier) return compileNull(contextKey, values);
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!operator) throw new ConditionError(`operator "${operatorName}" is not supported`);

  const matchers = values.map((value) => operator.compile(value, options));
  const holds = (actual: string, context: ConditionContext) =>
    matchers.some((matcher) => matcher(actual, context)) !== operator.negated;
  if (quantifier === 'ForAllValues') {
    return (context) => valuesOf(context, contextKey).every((actual) => holds(actual, context));
  }
  if (quantifier === 'ForAnyValue') {
    const whenAbsent = Boolean(ifExists);
    return (context) =>
      context[contextKey] === undefined
        ? whenAbsent
        : valuesOf(context, contextKey).some((actual) => holds(actual, context));
  }
  const whenAbsent = Boolean(ifExists) || operator.negated;
  return (context) => {
    const actual = context[contextKey];
    if (actual === undefined) return whenAbsent;
    // A key with several values needs ForAllValues or ForAnyValue; without one, AWS calls the result undefined.
    if (typeof actual === 'string') return holds(actual, context);
    return actual.length === 1 && actual.every((value) => holds(value, context));
  };
}

function compileNull(contextKey: string, values: readonly string[]): Condition {
  const wanted = values.map(readBoolean);
  return (context) => wanted.includes(context[contextKey] === undefined);
}

function valuesOf(context: ConditionContext, key: string): readonly string[] {
  const actual = context[key];
  if (actual === undefined) return [];
  return typeof actual === 'string' ? [actual] : actual;
}

const stringEquals = (value: string, options: PatternOptions): Matcher => {
  const wanted = compileText(value, options);
  return (actual, context) => actual === wanted(context);
};
const stringEqualsIgnoreCase = (value: string, options: PatternOptions): Matcher => {
  const wanted = compileText(value, options);
  return (actual, context) => actual.toLowerCase() === wanted(context)?.toLowerCase();
};

/** Bytes in base64, on both sides. */
const binary: Operator['compile'] = (value) => {
  if (!isBase64(value)) throw new ConditionError(`"${value}" is not base64`);
  const wanted = Buffer.from(value, 'base64');
  return (actual) => isBase64(actual) && Buffer.from(actual, 'base64').equals(wanted);
};

type Comparison = (actual: number, wanted: number) => boolean;
const equal: Comparison = (actual, wanted) => actual === wanted;
const less: Comparison = (actual, wanted) => actual < wanted;
const lessOrEqual: Comparison = (actual, wanted) => actual <= wanted;
const greater: Comparison = (actual, wanted) => actual > wanted;
const greaterOrEqual: Comparison = (actual, wanted) => actual >= wanted;

function compared(read: (text: string) => number, what: string, compare: Comparison): Operator['compile'] {
  return (value) => {
    const wanted = read(value);
    if (Number.isNaN(wanted)) throw new ConditionError(`"${value}" is not ${what}`);
    // A value of the request that cannot be read is NaN, for which every comparison is false.
    return (actual) => compare(read(actual), wanted);
  };
}
const numeric = (compare: Comparison) => compared(readNumber, 'a number', compare);
const dated = (compare: Comparison) =>
  compared(readDate, 'a date (2026-01-31T00:00:00Z, or seconds since 1970)', compare);

const bool: Operator['compile'] = (value) => {
  const wanted = readBoolean(value);
  return (actual) => actual.toLowerCase() === String(wanted);
};

/** ArnEquals and ArnLike are the same: each of the six parts is matched on its own. */
const arn: Operator['compile'] = (value, options) => {
  const wanted = arnParts(value, { variables: options.variables });
  if (!wanted) throw new ConditionError(`"${value}" is not an ARN`);
  const matchers = wanted.map((part) => compilePattern(part, options));
  return (actual, context) => {
    const parts = arnParts(actual);
    return parts !== undefined && matchers.every((matcher, index) => matcher(parts[index] ?? '', context));
  };
};

const ipAddress: Operator['compile'] = (value) => {
  const [address = '', bits] = value.split('/');
  const family = ipFamily(address);
  const bitsMax = family === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? bitsMax : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!family || !(length <= bitsMax)) throw new ConditionError(`"${value}" is not an IP address or range`);
  const range = new BlockList();
  range.addSubnet(address, length, family);
  return (actual) => {
    const actualFamily = ipFamily(actual);
    return actualFamily === family && range.check(actual, family);
  };
};

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: { negated: false, compile: stringEquals },
  StringNotEquals: { negated: true, compile: stringEquals },
  StringEqualsIgnoreCase: { negated: false, compile: stringEqualsIgnoreCase },
  StringNotEqualsIgnoreCase: { negated: true, compile: stringEqualsIgnoreCase },
  StringLike: { negated: false, compile: compilePattern },
  StringNotLike: { negated: true, compile: compilePattern },
  NumericEquals: { negated: false, compile: numeric(equal) },
  NumericNotEquals: { negated: true, compile: numeric(equal) },
  NumericLessThan: { negated: false, compile: numeric(less) },
  NumericLessThanEquals: { negated: false, compile: numeric(lessOrEqual) },
  NumericGreaterThan: { negated: false, compile: numeric(greater) },
  NumericGreaterThanEquals: { negated: false, compile: numeric(greaterOrEqual) },
  DateEquals: { negated: false, compile: dated(equal) },
  DateNotEquals: { negated: true, compile: dated(equal) },
  DateLessThan: { negated: false, compile: dated(less) },
  DateLessThanEquals: { negated: false, compile: dated(lessOrEqual) },
  DateGreaterThan: { negated: false, compile: dated(greater) },
  DateGreaterThanEquals: { negated: false, compile: dated(greaterOrEqual) },
  Bool: { negated: false, compile: bool },
  BinaryEquals: { negated: false, compile: binary },
  IpAddress: { negated: false, compile: ipAddress },
  NotIpAddress: { negated: true, compile: ipAddress },
  ArnEquals: { negated: false, compile: arn },
  ArnLike: { negated: false, compile: arn },
  ArnNotEquals: { negated: true, compile: arn },
  ArnNotLike: { negated: true, compile: arn },
};

function readNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

const dateForm = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/;

/** The W3C's ISO 8601 formats, from a year to a fraction of a second, or seconds since 1970; as milliseconds. */
function readDate(text: string): number {
  if (/^\d{5,}$/.test(text)) return Number(text) * 1000;
  return dateForm.test(text) ? Date.parse(text) : Number.NaN;
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

function readBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw new ConditionError(`"${text}" is neither true nor false`);
  return lower === 'true';
}

/** An ARN's six parts; the colon of a variable, `${aws:username}`, divides nothing. */
function arnParts(text: string, { variables }: PatternOptions = { variables: false }): readonly string[] | undefined {
  const parts = variables ? (text.match(/(?<=^|:)(?:\$\{[^}]*\}|[^:])*/g) ?? []) : text.split(':');
  if (parts.length < 6) return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function ipFamily(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : undefined;
}
