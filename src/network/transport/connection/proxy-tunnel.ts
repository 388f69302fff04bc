/** Asks a proxy for a tunnel to an https server: CONNECT, RFC 9110 section 9.3.6. */
import type { Socket } from 'node:net';

import { printable } from '../contract/failure.js';
import { TransportError } from '../contract/transport.js';
import { proxyAuthorization } from './authorization.js';
import type { Proxy } from './proxy-environment.js';

const headMaxBytes = 16 * 1024;
const headEnd = '\r\n\r\n';

/** Calls back with null once the socket leads to the server. The socket is then paused. */
export function askForTunnel(socket: Socket, origin: URL, proxy: Proxy, done: (error: TransportError | null) => void): void {
  const authority = `${origin.hostname}:${origin.port === '' ? 443 : origin.port}`;
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    if (!head.includes(headEnd) && head.length <= headMaxBytes) return;
    socket.off('data', onData);
    socket.pause();
    done(refusalOf(head, `proxy ${proxy.url.host}: no tunnel to ${authority}`));
  };
  socket.on('data', onData);
  const authorization = proxyAuthorization(proxy);
  const login = authorization === null ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${login}\r\n`);
}

/** Returns null if the proxy agreed. Bytes after its head are refused: the server has not spoken yet. */
function refusalOf(head: Buffer, where: string): TransportError | null {
  const statusLine = head.toString('latin1', 0, Math.min(head.length, 200)).split('\r\n')[0] ?? '';
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1] ?? Number.NaN);
  if (status >= 200 && status < 300 && head.indexOf(headEnd) === head.length - headEnd.length) return null;
  return new TransportError('status', `${where}: ${printable(statusLine)}`, { status: Number.isNaN(status) ? undefined : status });
}
