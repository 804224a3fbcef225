import type { ReadingOptions } from '../open-stores.ts';
import type { Place } from '../place.ts';
import type { Side } from '../sides.ts';
import type { Entry } from '../store.ts';
import type { TransferContext } from '../transfer-context.ts';
import { transfersHere, type Transfers } from '../transfers.ts';
import { tuningOfThread, type ThreadPlan } from './thread-plan.ts';
import { startThread, type TransferThread } from './transfer-thread.ts';

export interface DividedTransfersOptions extends Pick<ThreadPlan, 'threads' | 'afterObjects'> {
  /** Gives a place to one more thread: see `sharedPlace`. */
  readonly placeFor: Readonly<Record<Side, () => Place>>;
  readonly reading: ReadingOptions;
}

/**
 * Copies objects that go in one piece in threads, which are started when it is their turn, and all others here, where the journal
 * keeps record of their parts. With no threads everything is copied here.
 */
export function dividedTransfers(context: TransferContext, options: DividedTransfersOptions): Transfers {
  const { threads: count, afterObjects, placeFor, reading } = options;
  const here = transfersHere(context);
  const threads: TransferThread[] = [];
  let objects = 0;

  function start(): void {
    const tuning = tuningOfThread(context.tuning, count);
    while (threads.length < count) {
      const places = { source: placeFor.source(), destination: placeFor.destination() };
      threads.push(startThread({ places, tuning, reading, context }));
    }
  }

  return {
    transfer(entry) {
      if (count === 0 || !goesInOnePiece(context, entry)) return here.transfer(entry);
      objects += 1;
      if (objects <= afterObjects) return here.transfer(entry);
      if (threads.length === 0) start();
      return leastBusy(threads).transfer(entry);
    },
    // What threads have in work, their own limits hold back.
    atOnce: count === 0 ? here.atOnce : { max: () => context.tuning.concurrency },
    async end() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

function goesInOnePiece({ destination, tuning }: TransferContext, { sizeBytes }: Entry): boolean {
  return destination.startParts === undefined || sizeBytes < tuning.multipartBytesMin;
}

function leastBusy(threads: readonly TransferThread[]): TransferThread {
  return threads.reduce((least, thread) => (thread.inWork < least.inWork ? thread : least));
}
