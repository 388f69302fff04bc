/** Runs undici on a socket that is already open. The only file that loads undici. */
import type { OpenSocket } from '../connection/socket.js';

export type ClientClass = (typeof import('undici'))['Client'];

/** Loads the part of undici that speaks HTTP on a socket. Its index loads fetch, WebSocket and caches too: 45 ms and 8 MB more. */
export async function loadClient(): Promise<ClientClass> {
  try {
    return (await import('undici/lib/dispatcher/client.js')).default;
  } catch {
    return (await import('undici')).Client; // another version may keep it elsewhere
  }
}

/** Creates a client on this one socket. If undici asks for another socket, it gets an error, and the pool opens a new connection. */
export function createClient(Client: ClientClass, origin: string, { socket, http2 }: OpenSocket): import('undici').Client {
  let handedOver = false;
  return new Client(origin, {
    allowH2: http2,
    pipelining: http2 ? 100 : 1,
    // One connection carries a hundred bodies: half a megabyte for all of them would be used up within a round trip.
    initialWindowSize: 1 << 20,
    connectionWindowSize: 8 << 20,
    // The clocks are ours: undici's tick only about every second.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_, callback) => {
      const first = !handedOver;
      handedOver = true;
      // Later: undici would miss an answer that is given while it asks.
      queueMicrotask(() => {
        if (first && !socket.destroyed) callback(null, socket);
        else callback(Object.assign(new Error('the connection is gone'), { code: 'ECONNRESET' }), null);
      });
    },
  });
}
