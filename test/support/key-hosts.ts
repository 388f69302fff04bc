/**
 * Internet hosts on this machine: TLS servers with certificates for their names, reached through a real proxy (CONNECT) that knows the port
 * of each name. It refuses unknown names, as it would an absent host.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { createCertificateAuthority } from './certificate.js';
import { startForwardProxy } from './forward-proxy.js';
import { listen, type Listening } from './listening.js';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface KeyHosts {
  readonly ca: string;
  /** URL of the proxy. */
  readonly proxy: string;
  /** `host path`, in the order of arrival. */
  readonly requests: string[];
  /** Serves a name and returns its port. Its certificate is for `certificateFor`, by default that name. */
  serve(host: string, answer: Answer, certificateFor?: string): Promise<number>;
  close(): Promise<void>;
}

export async function startKeyHosts(): Promise<KeyHosts> {
  const authority = await createCertificateAuthority();
  const ports = new Map<string, number>();
  const requests: string[] = [];
  const servers: Listening[] = [];
  const proxy = await startForwardProxy({ portFor: (host, port) => (port === 443 ? ports.get(host) : undefined) });
  return {
    ca: authority.ca,
    proxy: proxy.url,
    requests,
    async serve(host, answer, certificateFor = host) {
      const certificate = await authority.issue({ names: [certificateFor], addresses: ['127.0.0.1'] });
      const server = createTlsServer(certificate, (request, response) => {
        requests.push(`${host} ${request.url ?? ''}`);
        answer(request, response);
      });
      const listening = await listen(server);
      servers.push(listening);
      ports.set(host, listening.port);
      return listening.port;
    },
    async close() {
      await Promise.all([...servers, proxy].map((server) => server.close()));
    },
  };
}

/** Serves bytes under exact paths (including queries), and 404 for all else. */
export function files(byPath: Readonly<Record<string, Uint8Array | string>>): Answer {
  return (request, response) => {
    const body = byPath[request.url ?? ''];
    if (body === undefined) response.writeHead(404).end('not here');
    else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(body);
  };
}
