import type { Entry } from './store.ts';
import { transferObject, type TransferOutcome } from './transfer.ts';
import type { TransferContext } from './transfer-context.ts';

/** Who copies the objects of a run that were decided to be copied. */
export interface Transfers {
  /** As `transferObject`: the same outcomes, the same `Failure`, and what the run's context hears on the way. */
  transfer(entry: Entry): Promise<TransferOutcome>;
  /** So many objects may be in work for now; more would only wait. */
  atOnceMax(): number;
  /** To be called when nothing is in work any more. */
  end(): Promise<void>;
}

/** Every object is copied in this thread. */
export function transfersHere(context: TransferContext): Transfers {
  return {
    transfer: (entry) => transferObject(context, entry),
    atOnceMax: () => Math.min(context.tuning.concurrency, context.requestsAtOnce()),
    end: () => Promise.resolve(),
  };
}
