/** Servers on a free port of this machine: one place that has them listen, counts their connections and ends both. */
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Listening {
  readonly port: number;
  /** Connections made so far. */
  connections(): number;
  /** Connections open now. */
  open(): number;
  /** Ends all connections and stops. May be called twice. */
  close(): Promise<void>;
}

/** Has any server of Node's listen: TCP, TLS, HTTP or HTTP/2. Clients that hang up or speak nonsense do not end the process. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  let closing: Promise<void> | null = null;
  return {
    port: portOf(server.address()),
    connections: () => connections,
    open: () => sockets.size,
    close: () =>
      (closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      })),
  };
}

/** The port of a listening TCP server. */
export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return address.port;
}
