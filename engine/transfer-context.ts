import type { UploadLedger } from './journal/run-journal.ts';
import type { OpenStores } from './open-stores.ts';
import { budgetWithin, byteBudget, slots, type ByteBudget, type ChangingLimit, type Slots } from './slots.ts';
import type { CopySource, Description, HeldHeaders, ObjectHeaders, Store } from './store.ts';
import { heldPartBytesMax, type Tuning } from './tuning.ts';

/** What the transfers of one run share. */
export interface TransferContext {
  readonly source: Store;
  readonly destination: Store;
  readonly tuning: Tuning;
  /** As many objects as the side that takes more requests at once takes for now. */
  readonly objectsAtOnce: ChangingLimit;
  /** How many parts are in work at once, over all objects. */
  readonly partSlots: Slots;
  /** Small bodies held in memory, over all objects. */
  readonly buffers: ByteBudget;
  /** Parts held in memory before their turn (`PartwiseChecksum`), over all objects. */
  readonly partBuffers: ByteBudget;
  /** Hears of bytes that have arrived: of each small object and of each part. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Keeps track of uploads in parts, so that another run can go on with them. */
  readonly uploads?: UploadLedger | undefined;
  /** The provider copies by itself, from here. */
  readonly copySource?: CopySource | undefined;
  /** Hears of what an object lost because the destination cannot hold it. */
  readonly onLost?: (what: string) => void;
  /** Hears of each object that was copied without a checksum of the source's own: only its way to the destination is proven. */
  readonly onUnproven?: () => void;
}

/** What a thread's transfers share of its own: its stores, and how much may be in work and in memory at once. */
export function ownResources(
  { source, destination, objectsAtOnce }: OpenStores,
  tuning: Tuning,
): Pick<
  TransferContext,
  'source' | 'destination' | 'objectsAtOnce' | 'tuning' | 'partSlots' | 'buffers' | 'partBuffers'
> {
  const buffers = byteBudget(tuning.bufferedBytesInFlightMax);
  return {
    source,
    destination,
    objectsAtOnce,
    tuning,
    partSlots: slots(tuning.concurrency),
    buffers,
    partBuffers: budgetWithin(buffers, heldPartBytesMax(tuning)),
  };
}

const nothing: HeldHeaders['lost'] = [];

/** An object's headers as a store can hold them, and what is lost. */
export function heldBy(store: Store, headers: ObjectHeaders): HeldHeaders {
  return store.hold?.(headers) ?? { headers, lost: nothing };
}

/** Whether the source, a bucket, keeps nothing that would prove what was read of an object. Files never have anything of the kind. */
export function isUnproven(
  { source }: TransferContext,
  { md5, crc64, checksum }: Omit<Description, 'headers'>,
): boolean {
  return md5 === undefined && crc64 === undefined && checksum === undefined && !source.hasDirectories;
}
