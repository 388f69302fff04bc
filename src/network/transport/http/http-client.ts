/** Runs undici on a socket that is already open, for requests with a body. The only file that loads it. */
import type { OpenSocket } from '../connection/socket.js';
import type { HttpConnection } from '../contract/http-connection.js';

type ClientClass = (typeof import('undici'))['Client'];

/** Loads the part of undici that speaks HTTP on a socket. Its index loads fetch, WebSocket and caches too: 45 ms and 8 MB more. */
async function loadClass(): Promise<ClientClass> {
  try {
    return (await import('undici/lib/dispatcher/client.js')).default;
  } catch {
    return (await import('undici')).Client; // another version may keep it elsewhere
  }
}

let loading: Promise<ClientClass> | null = null;
let loaded: ClientClass | null = null;

/** Loads undici. */
export async function loadClient(): Promise<void> {
  loaded = await (loading ??= loadClass());
}

/**
 * Creates a client of undici on this one socket. If it asks for another socket, it gets an error, and the pool opens a new connection.
 * {@link loadClient} must have ended.
 */
export function createClient(origin: string, { socket }: OpenSocket): HttpConnection {
  if (loaded === null) throw new TypeError('the client is not loaded');
  let handedOver = false;
  return new loaded(origin, {
    allowH2: false,
    pipelining: 1,
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
