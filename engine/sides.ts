import { asFailure, Failure } from './failure.ts';

export type Side = 'source' | 'destination';

/** Waits for what happens on one side and says in its failure which side it was. */
export async function onSide<Result>(side: Side, action: Promise<Result>): Promise<Result> {
  try {
    return await action;
  } catch (error) {
    throw sideFailure(side, asFailure(error));
  }
}

/** What is missing or changed at the destination is a plain failure: only the source's objects may come and go. */
export function sideFailure(side: Side, failure: Failure): Failure {
  const { kind, message, code, status, retryAfterMs } = failure;
  // Either side may have kept the other waiting.
  if (code === 'IdleTimeout') return failure;
  const told = side === 'destination' && (kind === 'missing' || kind === 'changed') ? 'invalid' : kind;
  return new Failure({ kind: told, message: `${side}: ${message}`, code, status, retryAfterMs });
}
