import type { z } from 'zod';
import type { KeyHolder } from './account-index.ts';
import type { AwsAccount } from './account.ts';
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
  /** Throws `QueryError`, having changed nothing; resolves once a change is on disk. */
  run(context: CallContext): Promise<QueryFields | undefined>;
}

export interface CallContext {
  readonly account: AwsAccount;
  readonly caller: KeyHolder;
}

interface ActionDefinition<Input> {
  readonly input: z.ZodType<Input>;
  readonly resource: (input: Input, context: CallContext) => string | undefined;
  readonly run: (
    input: Input,
    context: CallContext,
  ) => QueryFields | undefined | Promise<QueryFields | undefined> | Promise<void>;
}

/** Ties an action's schema to its code, so that many actions with different inputs fit in one table. */
export function queryAction<Input>({ input, resource, run }: ActionDefinition<Input>): QueryAction {
  return {
    prepare(parameters) {
      const parsed = input.safeParse(parameters);
      if (!parsed.success) throw validationError(parsed.error.issues);
      return {
        resource: (context) => resource(parsed.data, context),
        run: async (context) => (await run(parsed.data, context)) ?? undefined,
      };
    },
  };
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
