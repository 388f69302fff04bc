/** Ends a connection in the order that undici can bear. */
import type { Socket } from 'node:net';

import type { Slot } from './lease.js';

/** Settles after the socket has closed and its listeners, undici's among them, have been called. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => setImmediate(resolve)));
}

/**
 * Closes the socket and fails the requests on it. Over HTTP/2 the client is destroyed after the socket has closed: at the close,
 * undici queues the requests under way once more and asserts that a client that was destroyed before has none. That assertion
 * fails outside any promise, and ends the process.
 */
export async function endConnection({ client, socket, http2, closed }: Slot): Promise<void> {
  if (http2) {
    socket.destroy();
    await closed;
  }
  if (!client.destroyed) await client.destroy().catch(() => undefined);
  socket.destroy(); // undici does not know a socket that it has not yet used
}
