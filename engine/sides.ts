import { asFailure, Failure } from './failure.ts';

export type Side = 'source' | 'destination';

/** What happens on one side, whose failure says which side it was. */
export function onSide<Result>(side: Side, action: Promise<Result>): Promise<Result> {
  return action.catch((error: unknown) => {
    throw sideFailure(side, asFailure(error));
  });
}

/** What is missing or changed at the destination is a plain failure: only the source's objects may come and go. */
export function sideFailure(side: Side, failure: Failure): Failure {
  const { kind, message, code, status, retryAfterMs } = failure;
  // Either side may have kept the other waiting.
  if (code === 'IdleTimeout') return failure;
  const told = side === 'destination' && (kind === 'missing' || kind === 'changed') ? 'invalid' : kind;
  return new Failure({ kind: told, message: `${side}: ${message}`, code, status, retryAfterMs });
}
