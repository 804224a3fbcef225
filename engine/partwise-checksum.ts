import assert from 'node:assert';
import type { PassingHash } from './body.ts';
import { startChecksum, type ChecksumAlgorithm, type RunningChecksum } from './checksum.ts';
import type { ByteBudget } from './slots.ts';

/** One reading of one part. */
export interface PartReading extends PassingHash {
  /** This is the reading that counts; of those that failed nothing does. */
  keep(): void;
  /** Nothing more that comes of it counts. */
  end(): void;
}

/**
 * A checksum of a whole whose parts, counted from 1, are read several at once. None can be put together of those of its parts, so parts
 * are taken in one after the other: the one whose turn it is as it comes, those after it from memory, once it is their turn.
 *
 *     part   1, 2     | 3           | 4, 5           | 6 ...
 *            taken in | as it comes | held in memory | not begun
 *
 * What is held comes out of the budget. The part whose turn it is needs none of it: however many wholes share a budget, each goes on.
 */
export class PartwiseChecksum {
  readonly #budget: ByteBudget;
  readonly #signal: AbortSignal;
  readonly #stopped: Promise<void>;
  readonly #memory = new Map<number, Uint8Array<ArrayBuffer>>();
  /** Parts that wait for their turn and are there as a whole. */
  readonly #waiting = new Set<number>();
  #turn = 1;
  #taken: RunningChecksum;

  constructor(algorithm: ChecksumAlgorithm, { budget, signal }: { budget: ByteBudget; signal: AbortSignal }) {
    this.#taken = startChecksum(algorithm);
    this.#budget = budget;
    this.#signal = signal;
    this.#stopped = new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Whether all parts before this one have been taken in. */
  isTurnOf(number: number): boolean {
    return this.#turn === number;
  }

  /**
   * Resolves when there is memory for a part that is to be read before its turn; to be called in the order of parts. Where the signal comes
   * first there is none.
   */
  async makeRoom(number: number, sizeBytes: number): Promise<void> {
    const taking = this.#budget.take(sizeBytes);
    if (taking !== undefined) await Promise.race([taking, this.#stopped]);
    if (!this.#signal.aborted) this.#memory.set(number, new Uint8Array(sizeBytes));
    else if (taking === undefined) this.#budget.giveBack(sizeBytes);
    else void taking.then(() => this.#budget.giveBack(sizeBytes));
  }

  /** Begins to read a part whose turn it is or that there is room for; a part may be read many times, one after the other. */
  read(number: number): PartReading {
    const held = this.#memory.get(number);
    assert(held !== undefined || this.isTurnOf(number), 'what is read before its turn has memory');
    let heldBytes = 0;
    let running: RunningChecksum | undefined;
    let isOver = false;
    return {
      update: (chunk) => {
        // The next reading of the part has the same memory.
        if (isOver) return;
        // Its turn may come while it is read: what it held is free for a part after it.
        if (running === undefined && this.isTurnOf(number)) {
          running = this.#taken.copy();
          if (held !== undefined) running.update(held.subarray(0, heldBytes));
          this.#release(number);
        }
        if (running !== undefined) {
          running.update(chunk);
        } else {
          held?.set(chunk, heldBytes);
          heldBytes += chunk.length;
        }
      },
      keep: () => {
        if (running === undefined) {
          this.#waiting.add(number);
        } else {
          this.#taken = running;
          this.#turn += 1;
        }
        this.#takeWaiting();
      },
      end: () => void (isOver = true),
    };
  }

  /** Of all parts that were kept and are taken in. */
  value(): string {
    return this.#taken.value();
  }

  /** Gives all memory back. To be called once no part is read any more. */
  end(): void {
    for (const number of [...this.#memory.keys()]) this.#release(number);
  }

  #takeWaiting(): void {
    for (; this.#waiting.delete(this.#turn); this.#turn += 1) {
      const part = this.#memory.get(this.#turn);
      assert(part !== undefined, 'what waits for its turn is in memory');
      this.#taken.update(part);
      this.#release(this.#turn);
    }
  }

  #release(number: number): void {
    const memory = this.#memory.get(number);
    if (memory === undefined) return;
    this.#memory.delete(number);
    this.#budget.giveBack(memory.length);
    // Freed now: until a garbage collection finds it, the next part has memory of its own beside it.
    memory.buffer.transfer(0);
  }
}
