/** Ends a connection. */
import type { Socket } from 'node:net';

import type { Slot } from './lease.js';

/** Settles after the socket has closed and its listeners have been called. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => setImmediate(resolve)));
}

/** Fails the requests on the socket, and closes it. */
export async function endConnection({ client, socket }: Slot): Promise<void> {
  if (!client.destroyed) await client.destroy().catch(() => undefined);
  socket.destroy(); // undici does not know a socket that it has not yet used
}
