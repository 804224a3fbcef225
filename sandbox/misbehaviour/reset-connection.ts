import type { Socket } from 'node:net';

/** Clients that find bytes and their RST in one look take it for an ordinary end: they get the time to read first. */
const readDelayMs = 20;

/** Ends a connection by RST alone. What node writes of its own accord before that, FIN, would look like a proper end. */
export function resetConnection(socket: Socket | null): void {
  if (socket === null) return;
  socket.destroySoon = () => void socket.destroy();
  setTimeout(() => socket.resetAndDestroy(), readDelayMs);
}
