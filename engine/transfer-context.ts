import type { Slots } from './slots.ts';
import type { Store } from './store.ts';
import type { Tuning } from './tuning.ts';

/** What the transfers of one run share. */
export interface TransferContext {
  readonly source: Store;
  readonly destination: Store;
  readonly tuning: Tuning;
  /** How many parts are in work at once, over all objects. */
  readonly partSlots: Slots;
  /** Hears of bytes that have arrived: of each small object and of each part. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}
