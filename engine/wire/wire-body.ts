import type { Body } from '../body.ts';
import { Failure } from '../failure.ts';
import type { PieceSupply } from './piece-pool.ts';

/** What a body does to the connection that it comes from. */
export interface BodyConnection {
  pause(): void;
  resume(): void;
  /** Nobody wants the rest of it. */
  close(reason: Failure): void;
}

/** Of TLS (RFC 8446, 5.1); Node hands over what is in one at once. */
const recordBytes = 16 * 1024;
/** A piece that is not full goes on all the same where the bytes come so slowly. */
const pieceMsMax = 500;

/**
 * A body as it arrives from a connection, to be gone through once, in pieces of the pool's size. While one piece is looked at and one waits,
 * the connection is told to pause. Going through it throws what ended it early.
 */
export class WireBody implements Body {
  readonly #connection: BodyConnection;
  readonly #supply: PieceSupply;
  readonly #onEnd: (error?: unknown) => void;
  readonly #pieces: Uint8Array[] = [];
  #filling: Buffer | undefined;
  #filledBytes = 0;
  /** The rest of what is being filled, while the connection reads into it. */
  #room: Buffer | undefined;
  #begunAt = 0;
  #isPaused = false;
  #ended: { readonly error?: unknown } | undefined;
  /** Whoever asked for a piece before there was one. */
  #wake: (() => void) | undefined;

  /** `onEnd` hears once that nothing more will come, and what ended it where that was too early. */
  constructor(connection: BodyConnection, supply: PieceSupply, onEnd: (error?: unknown) => void) {
    this.#connection = connection;
    this.#supply = supply;
    this.#onEnd = onEnd;
  }

  /**
   * Memory that the next bytes may be read into, of `missingBytes` that are still to come. Undefined where they are better copied: close
   * to the end of a piece, where a record would be handed over in two, and to the end of the body, for what follows it must be seen.
   */
  room(missingBytes: number): Buffer | undefined {
    if (this.#ended !== undefined) return undefined;
    const filling = this.#begun();
    const roomBytes = filling.length - this.#filledBytes;
    const isRoom = roomBytes >= recordBytes && missingBytes > roomBytes;
    this.#room = isRoom ? filling.subarray(this.#filledBytes) : undefined;
    return this.#room;
  }

  /** Takes what arrived, `bytes[from..to)`: it stands in the memory that it was read into, or is copied. */
  take(bytes: Buffer, from: number, to: number): void {
    if (this.#ended !== undefined) return;
    if (bytes === this.#room) this.#fill(to - from);
    else {
      for (let at = from; at < to;) {
        const copied = bytes.copy(this.#begun(), this.#filledBytes, at, to);
        at += copied;
        this.#fill(copied);
      }
    }
    if (this.#wake !== undefined && performance.now() - this.#begunAt > pieceMsMax) this.#passOn();
  }

  /** All of it has arrived, or an error ended it. */
  end(error?: unknown): void {
    if (this.#ended !== undefined) return;
    if (error === undefined) this.#passOn();
    this.#ended = error === undefined ? {} : { error };
    this.#supply.end();
    // The next answer on this connection must not wait for whoever reads this one.
    this.#goOn();
    this.#onEnd(error);
    this.#wake?.();
  }

  destroy(): void {
    if (this.#ended !== undefined) return;
    const reason = new Failure({ kind: 'transient', code: 'GivenUp', message: 'nobody wanted the rest of the body' });
    this.#ended = { error: reason };
    this.#supply.end();
    this.#connection.close(reason);
    this.#onEnd();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          if (this.#pieces.length === 0) this.#goOn();
          yield piece;
        } else if (this.#ended === undefined) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          this.#wake = undefined;
        } else if ('error' in this.#ended) {
          throw this.#ended.error;
        } else {
          return;
        }
      }
    } finally {
      this.destroy();
    }
  }

  /** The memory of the piece that is being filled. */
  #begun(): Buffer {
    if (this.#filling === undefined) {
      this.#filling = this.#supply.take();
      this.#begunAt = performance.now();
    }
    return this.#filling;
  }

  #fill(bytes: number): void {
    this.#filledBytes += bytes;
    if (this.#filledBytes === this.#filling?.length) this.#passOn();
  }

  #passOn(): void {
    if (this.#filling === undefined) return;
    this.#pieces.push(this.#supply.seal(this.#filling, this.#filledBytes));
    this.#filling = undefined;
    this.#room = undefined;
    this.#filledBytes = 0;
    this.#wake?.();
    if (this.#isPaused || this.#wake !== undefined) return;
    this.#isPaused = true;
    this.#connection.pause();
  }

  #goOn(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#connection.resume();
  }
}
