import type { z } from 'zod';
import type { NamedPolicy } from '../../policies/evaluator/decide-iam.ts';
import type { ConditionContext } from '../../policies/evaluator/iam-condition.ts';
import type { AwsAccount } from './account.ts';
import type { Caller } from './caller.ts';
import type { QueryFields } from './query-answer.ts';
import { QueryError } from './query-error.ts';

/** One action of a Query service: what it reads, on what the caller needs the right, what it does. */
export interface QueryAction {
  /** Throws `ValidationError` for parameters that are missing, unknown or out of bounds. */
  prepare(parameters: unknown): PreparedCall;
}

export interface PreparedCall {
  /** The ARN that the caller's policies must allow the action on; undefined where everybody may (GetCallerIdentity). */
  resource(context: CallContext): string | undefined;
  /** What else the decision rests on. */
  details(context: CallContext): RequestDetails;
  /** Throws `QueryError`, having changed nothing; resolves once a change is on disk. */
  run(context: CallContext): Promise<QueryFields | undefined>;
}

export interface RequestDetails {
  /** Condition keys of this action, names in lower case. */
  readonly conditions?: ConditionContext;
  /** The trust policy of the role that is to be assumed. */
  readonly resourcePolicy?: NamedPolicy;
  /** Actions of the same service that the call needs beside its own: TagSession. */
  readonly alsoNeeded?: readonly string[];
}

export interface CallContext {
  readonly account: AwsAccount;
  readonly caller: Caller;
}

interface ActionDefinition<Input> {
  readonly input: z.ZodType<Input>;
  readonly resource: (input: Input, context: CallContext) => string | undefined;
  readonly details?: (input: Input, context: CallContext) => RequestDetails;
  readonly run: (
    input: Input,
    context: CallContext,
  ) => QueryFields | undefined | Promise<QueryFields | undefined> | Promise<void>;
}

/** Ties an action's schema to its code, so that many actions with different inputs fit in one table. */
export function queryAction<Input>({ input, resource, details, run }: ActionDefinition<Input>): QueryAction {
  return {
    prepare(parameters) {
      const read = readParameters(input, parameters);
      return {
        resource: (context) => resource(read, context),
        details: (context) => details?.(read, context) ?? {},
        run: async (context) => (await run(read, context)) ?? undefined,
      };
    },
  };
}

/** Throws `ValidationError` naming every parameter that is wrong. */
export function readParameters<Input>(input: z.ZodType<Input>, parameters: unknown): Input {
  const parsed = input.safeParse(parameters);
  if (!parsed.success) throw validationError(parsed.error.issues);
  return parsed.data;
}

/** In the words of AWS's own validation: how many errors, then each with the parameter that caused it. */
function validationError(issues: readonly z.core.$ZodIssue[]): QueryError {
  const details = issues.map((issue) => {
    const name = issue.path.join('.');
    return name === '' ? issue.message : `Value at '${name}' failed to satisfy constraint: ${issue.message}`;
  });
  const errors = details.length === 1 ? '1 validation error' : `${details.length} validation errors`;
  return new QueryError('ValidationError', `${errors} detected: ${details.join('; ')}`);
}
