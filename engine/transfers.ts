import type { ChangingLimit } from './slots.ts';
import type { Copyable } from './store.ts';
import { transferObject, type TransferOutcome } from './transfer.ts';
import type { TransferContext } from './transfer-context.ts';

/** Who copies the objects of a run that were decided to be copied. */
export interface Transfers {
  /** As `transferObject`: the same outcomes, the same `Failure`, and what the run's context hears on the way. */
  transfer(entry: Copyable): Promise<TransferOutcome>;
  /** How many objects may be in work; more would only wait. */
  readonly atOnce: ChangingLimit;
  /** To be called when nothing is in work any more. */
  end(): Promise<void>;
}

/** Every object is copied in this thread. */
export function transfersHere(context: TransferContext): Transfers {
  return {
    transfer: (entry) => transferObject(context, entry),
    atOnce: context.objectsAtOnce,
    end: () => Promise.resolve(),
  };
}
