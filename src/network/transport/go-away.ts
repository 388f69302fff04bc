/**
 * GOAWAY of HTTP/2 (RFC 9113 section 6.8): 'no new requests on this connection'. Servers say it after so many
 * requests (nginx: 1,000), and answer those that are under way. undici 7 destroys the socket instead and fails them
 * all, which would look like an outage: its listener is replaced by one that lets them end. Node itself closes the
 * session after the last one, and destroys it where GOAWAY tells of an error.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/**
 * Calls back when the server says GOAWAY. To be called once undici has its session on the socket ('connect').
 * The session is found on the socket, as undici does not hand it out; if it is not, undici's way stays.
 */
export function onGoAway(socket: Socket, listener: () => void): void {
  for (const key of Object.getOwnPropertySymbols(socket)) {
    const value: unknown = Reflect.get(socket, key);
    if (!(value instanceof EventEmitter) || value === socket || value.listenerCount('goaway') === 0) continue;
    value.removeAllListeners('goaway');
    value.on('goaway', listener);
    return;
  }
}
