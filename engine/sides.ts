import { asFailure, Failure, type FailureKind } from './failure.ts';

export type Side = 'source' | 'destination';

/** What happens on one side, whose failure says which side it was. */
export function onSide<Result>(side: Side, action: Promise<Result>): Promise<Result> {
  return action.catch((error: unknown) => {
    throw sideFailure(side, asFailure(error));
  });
}

/** As `onSide`, for what is read to compare both sides: the destination's objects may come and go as well. */
export function comparedOnSide<Result>(side: Side, action: Promise<Result>): Promise<Result> {
  return action.catch((error: unknown) => {
    const failure = asFailure(error);
    throw failureOn(side, failure, failure.kind);
  });
}

/** What is missing or changed at the destination is a plain failure: only the source's objects may come and go. */
export function sideFailure(side: Side, failure: Failure): Failure {
  const { kind } = failure;
  return failureOn(
    side,
    failure,
    side === 'destination' && (kind === 'missing' || kind === 'changed') ? 'invalid' : kind,
  );
}

function failureOn(side: Side, failure: Failure, kind: FailureKind): Failure {
  const { message, code, status, retryAfterMs } = failure;
  // Either side may have kept the other waiting.
  if (code === 'IdleTimeout') return failure;
  return new Failure({ kind, message: `${side}: ${message}`, code, status, retryAfterMs });
}
