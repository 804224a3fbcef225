import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { resetConnection } from './reset-connection.ts';

/** What becomes of an answer's body on its way. */
export interface Shape {
  readonly bytesPerSecond?: number;
  /** The byte at this place is changed. */
  readonly corruptAt?: number;
  /** No byte beyond `afterBytes` comes, and then the connection ends so. */
  readonly cut?: { readonly afterBytes: number; readonly then: 'close' | 'finish' | 'reset' | 'stall' };
}

/** How often a slow body gives a bit. */
const slicesPerSecond = 20;

type Write = ServerResponse['write'];
type End = ServerResponse['end'];

/**
 * Puts itself between whoever answers and the connection: all that is written from now on goes through `shape`. A body
 * that is not longer than the cut is whole, unless the cut is at 0.
 */
export function shapeResponse(response: ServerResponse, { bytesPerSecond, corruptAt, cut }: Shape): void {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  if (cut?.then === 'finish') shortenLength(response, cut.afterBytes);
  let sentBytes = 0;
  let over = false;
  let turn: Promise<void> = Promise.resolve();

  const send = async (chunk: Buffer): Promise<void> => {
    if (over || response.destroyed) return;
    const tooLong = cut !== undefined && sentBytes + chunk.length > cut.afterBytes;
    const kept = Buffer.from(tooLong ? chunk.subarray(0, cut.afterBytes - sentBytes) : chunk);
    const wrongAt = corruptAt === undefined ? -1 : corruptAt - sentBytes;
    const wrong = kept[wrongAt];
    if (wrong !== undefined) kept[wrongAt] = wrong ^ 0xff;
    sentBytes += kept.length;
    await (bytesPerSecond === undefined ? passed(kept) : slowly(kept, bytesPerSecond));
    if (tooLong) await cutOff();
  };
  const passed = (bytes: Buffer): Promise<void> =>
    new Promise((resolve) => (bytes.length === 0 ? resolve() : write(bytes, () => resolve())));
  const slowly = async (bytes: Buffer, rate: number): Promise<void> => {
    const sliceBytes = Math.max(1, Math.floor(rate / slicesPerSecond));
    for (let at = 0; at < bytes.length && !response.destroyed; at += sliceBytes) {
      const slice = bytes.subarray(at, at + sliceBytes);
      await passed(slice);
      await delay((slice.length / rate) * 1000);
    }
  };
  const cutOff = async (): Promise<void> => {
    over = true;
    if (cut?.then === 'finish') return void end();
    response.flushHeaders();
    // Headers reach the client before the connection ends, or it would be a reset without an answer.
    await new Promise<void>((resolve) => void write('', () => resolve()));
    if (cut?.then === 'reset') resetConnection(response.socket);
    if (cut?.then === 'close') response.socket?.destroySoon();
  };
  const inTurn = (step: () => Promise<void>): void => {
    // A client that leaves in the middle is what this is for.
    turn = turn.then(step).catch(() => void response.destroy());
  };

  response.write = ((chunk: string | Uint8Array) => {
    inTurn(() => send(Buffer.from(chunk as Uint8Array)));
    void turn.then(() => response.emit('drain'));
    return false;
  }) as Write;
  response.end = ((chunk?: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) inTurn(() => send(Buffer.from(chunk as Uint8Array)));
    inTurn(async () => {
      if (!over && cut?.afterBytes === 0) await cutOff();
      if (!over) end();
    });
    return response;
  }) as End;
}

/** Lets whoever answers do all of it, and resets the connection in place of the answer. */
export function loseAnswer(response: ServerResponse): void {
  response.writeHead = () => response;
  response.write = (() => true) as Write;
  response.end = (() => {
    resetConnection(response.socket);
    return response;
  }) as End;
}

/** Has the headers tell of `bytesMax` at most. */
function shortenLength(response: ServerResponse, bytesMax: number): void {
  const writeHead = response.writeHead.bind(response) as (status: number, headers?: object) => ServerResponse;
  response.writeHead = ((status: number, headers: Record<string, unknown> = {}) => {
    const length = headers['content-length'] ?? response.getHeader('content-length');
    const shorter = length === undefined ? {} : { 'content-length': Math.min(Number(length), bytesMax) };
    return writeHead(status, { ...headers, ...shorter });
  }) as ServerResponse['writeHead'];
}
