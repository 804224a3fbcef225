import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Clients that find bytes and their RST in one look take it for an ordinary end: they get the time to read first. */
const readDelayMs = 20;

/**
 * Ends a connection by RST alone. What node writes of its own accord before that, FIN, would look like a proper end.
 * Over TLS, where node sends no RST, it breaks off without the `close_notify` of a proper end.
 */
export function resetConnection(socket: Socket | null): void {
  if (socket === null) return;
  socket.destroySoon = () => void socket.destroy();
  setTimeout(() => (socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy()), readDelayMs);
}
