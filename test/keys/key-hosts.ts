/**
 * Hosts of the internet on this machine: TLS servers with certificates for their names, reached through a real proxy
 * (CONNECT) that knows where each name is. Names it does not know are refused, as an absent host is.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';

import { type CertificateAuthority, createCertificateAuthority } from '../support/certificate.js';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface KeyHosts {
  readonly ca: string;
  /** URL of the proxy. */
  readonly proxy: string;
  /** `host path`, in the order of arrival. */
  readonly requests: string[];
  /** Serves a name; without a certificate for it where `certificateFor` is another. Gives the port. */
  serve(host: string, answer: Answer, certificateFor?: string): Promise<number>;
  close(): Promise<void>;
}

export async function startKeyHosts(): Promise<KeyHosts> {
  const authority: CertificateAuthority = await createCertificateAuthority();
  const ports = new Map<string, number>();
  const requests: string[] = [];
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const keep = (server: Server): Server => {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    servers.push(server);
    return server;
  };
  const listen = (server: Server): Promise<number> =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  const proxy = createServer();
  keep(proxy);
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    const port = ports.get((request.url ?? '').replace(/:443$/, ''));
    if (port === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  const proxyPort = await listen(proxy);
  return {
    ca: authority.ca,
    proxy: `http://127.0.0.1:${proxyPort}`,
    requests,
    async serve(host, answer, certificateFor = host) {
      const certificate = await authority.issue({ names: [certificateFor], addresses: ['127.0.0.1'] });
      const server = createTlsServer(certificate, (request, response) => {
        requests.push(`${host} ${request.url ?? ''}`);
        answer(request, response);
      });
      const port = await listen(keep(server));
      ports.set(host, port);
      return port;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** Serves bytes under exact paths (queries count), 404 for all else. */
export function files(byPath: Readonly<Record<string, Uint8Array | string>>): Answer {
  return (request, response) => {
    const body = byPath[request.url ?? ''];
    if (body === undefined) response.writeHead(404).end('not here');
    else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(body);
  };
}
