/**
 * GOAWAY of HTTP/2 (RFC 9113 section 6.8): "no new requests on this connection". Servers send it after a number of
 * requests (nginx: 1,000), answer the requests under way, and close. undici 7 destroys the socket instead, at GOAWAY and
 * again when the server closes, and so loses answers that have arrived but were not read yet. This file replaces its
 * listeners: Node then closes the session after the last stream, or at once if GOAWAY reports an error.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

type Listener = (...values: unknown[]) => void;

/**
 * Prepares a socket for undici. Call the returned function once undici has made its session ('connect'); it makes
 * `listener` be called at GOAWAY. undici does not hand out the session, so it is looked for on the socket. If it is not
 * there, undici's own handling stays.
 */
export function watchForGoAway(socket: Socket, listener: () => void): () => void {
  const ours = new Set<unknown>(socket.listeners('end'));
  return () => {
    for (const key of Object.getOwnPropertySymbols(socket)) {
      const session: unknown = Reflect.get(socket, key);
      if (!(session instanceof EventEmitter) || session === socket || session.listenerCount('goaway') === 0) continue;
      session.removeAllListeners('goaway');
      session.removeAllListeners('end');
      session.on('goaway', listener);
      // undici assumes that a socket has reported an error before it closes.
      socket.prependOnceListener('close', () => socket.emit('error', connectionClosed()));
      for (const added of socket.listeners('end')) if (!ours.has(added)) socket.removeListener('end', added as Listener);
      return;
    }
  };
}

function connectionClosed(): Error {
  return Object.assign(new Error('other side closed'), { code: 'ECONNRESET' });
}
