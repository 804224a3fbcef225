/** Memory for the pieces of large bodies, used again and again: an allocation of this size is a mapping of its own, each time. */
export interface PiecePool {
  /** For the pieces of one body. */
  supply(): PieceSupply;
  /**
   * Takes back a piece that nobody will look at again. Anything but a piece as it was sealed, a slice of it for example, is left alone:
   * somebody may still hold another slice.
   */
  giveBack(piece: Uint8Array): void;
}

export interface PieceSupply {
  /** Memory for one piece, with whatever it last held. */
  take(): Buffer;
  /** The first `bytes` of memory that was taken, as the piece that is passed on. */
  seal(memory: Buffer, bytes: number): Uint8Array;
  /** The body takes no more; to be called once. */
  end(): void;
}

/** Each piece costs some system calls and turns of queues, however small it is; larger ones than this gain nothing (docs/performance.md). */
export const pieceBytes = 256 * 1024;
/** With more bodies on their way, the others come in smaller pieces: a body holds up to three of them, so these take 24 MiB at most. */
const largeBodiesMax = 32;
const smallPieceBytes = 64 * 1024;

/** A pool for the bodies of one run. */
export function piecePool(): PiecePool {
  const free: Buffer[] = [];
  const sealed = new WeakMap<Uint8Array, Buffer>();
  let largeBodies = 0;

  return {
    supply() {
      const isLarge = largeBodies < largeBodiesMax;
      if (isLarge) largeBodies += 1;
      return {
        take: () =>
          isLarge ? (free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes)) : Buffer.allocUnsafe(smallPieceBytes),
        seal(memory, bytes) {
          const piece = bytes === memory.length ? memory : memory.subarray(0, bytes);
          if (isLarge) sealed.set(piece, memory);
          return piece;
        },
        end() {
          if (isLarge) largeBodies -= 1;
        },
      };
    },
    giveBack(piece) {
      const memory = sealed.get(piece);
      if (memory === undefined) return;
      sealed.delete(piece);
      free.push(memory);
    },
  };
}
