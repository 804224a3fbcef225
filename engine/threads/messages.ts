import { asFailure, type FailureDetails } from '../failure.ts';
import type { ReadingOptions } from '../open-stores.ts';
import type { AccessKeys, Place } from '../place.ts';
import type { Side } from '../sides.ts';
import type { Copyable } from '../store.ts';
import type { TransferOutcome } from '../transfer.ts';
import type { Tuning } from '../tuning.ts';

/** What a thread is started with. Plain data, for it is copied into the thread. */
export interface ThreadTask {
  readonly places: Readonly<Record<Side, ThreadPlace>>;
  /** The thread's own share of what the run may use. */
  readonly tuning: Tuning;
  readonly reading: ReadingOptions;
}

export interface ThreadPlace {
  /** Without the function that reads its credentials anew, which only the main thread has. */
  readonly place: Place;
  /** Whether the main thread can be asked for other credentials. */
  readonly isRenewable: boolean;
}

/** One object to be copied; the number is the answer's too. */
export interface Job {
  readonly number: number;
  readonly entry: Copyable;
}

/** From the main thread. */
export type Order =
  | { readonly kind: 'transfer'; readonly jobs: readonly Job[] }
  | { readonly kind: 'renewed'; readonly side: Side; readonly keys: AccessKeys }
  | { readonly kind: 'not renewed'; readonly side: Side; readonly failure: FailureDetails }
  /** What is in work is given up, as when the run's signal aborts. */
  | { readonly kind: 'stop' };

/** From a thread. */
export type Report =
  | { readonly kind: 'ended'; readonly jobs: readonly EndedJob[] }
  /** The provider no longer takes the credentials of a side. Asked once until it is answered. */
  | { readonly kind: 'renew'; readonly side: Side };

export interface EndedJob {
  readonly number: number;
  readonly heard: Heard;
  readonly end: JobEnd;
}

export type JobEnd =
  | { readonly kind: 'done'; readonly outcome: TransferOutcome }
  | { readonly kind: 'failed'; readonly failure: FailureDetails }
  | { readonly kind: 'stopped' }
  /** An error that is no failure: ours, to be thrown where the run is. */
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string | undefined };

/** What the listeners of a `TransferContext` heard of one object. */
export interface Heard {
  bytes: number;
  unproven: number;
  readonly lost: string[];
}

/** A failure by its fields, for its class does not survive the way between threads; undefined where the error is our bug. */
export function failureFields(error: unknown): FailureDetails | undefined {
  try {
    const { kind, message, code, status, retryAfterMs } = asFailure(error);
    return { kind, message, code, status, retryAfterMs };
  } catch {
    return undefined;
  }
}
