/** A forward proxy on this machine: tunnels by CONNECT, plain http by whole URL, and a record of its requests. */
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

import { listen } from './listening.js';

export interface ProxyRequest {
  /** Method and target, as in `CONNECT mirror.example:443` and `GET http://mirror.example/a`. */
  readonly line: string;
  readonly host: string | undefined;
  /** The `Proxy-Authorization` header. */
  readonly login: string | undefined;
}

export interface ForwardProxy {
  /** Ends in the port, without a slash. */
  readonly url: string;
  /** In the order of arrival. */
  readonly requests: readonly ProxyRequest[];
  close(): Promise<void>;
}

export interface ForwardProxyOptions {
  /** The body for a whole URL of plain http; undefined is a 404, and so is every URL by default. */
  readonly answer?: (url: URL) => Buffer | string | undefined;
  /** The local port to which the tunnel to a host leads; undefined is a 502. Default: the requested port. */
  readonly portFor?: (host: string, port: number) => number | undefined;
  /** Refuses every tunnel with this status and reason phrase. */
  readonly refusal?: string;
}

export async function startForwardProxy({
  answer,
  portFor = (_host, port) => port,
  refusal,
}: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const requests: ProxyRequest[] = [];
  const record = ({ method = '', url = '', headers }: IncomingMessage): void => {
    requests.push({ line: `${method} ${url}`, host: headers.host, login: headers['proxy-authorization'] });
  };
  const server = createServer((incoming, response) => {
    record(incoming);
    const body = answer?.(new URL(incoming.url ?? ''));
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  server.on('connect', (incoming, client) => {
    record(incoming);
    const [host = '', port = ''] = (incoming.url ?? '').split(':');
    const target = portFor(host, Number(port));
    if (refusal !== undefined) client.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    else if (target === undefined) client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    else tunnel(client, target);
  });
  const listening = await listen(server);
  return { url: `http://127.0.0.1:${listening.port}`, requests, close: () => listening.close() };
}

function tunnel(client: Duplex, port: number): void {
  const onward = connect(port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.pipe(client).pipe(onward);
  });
  for (const side of [onward, client]) side.on('error', () => undefined).on('close', () => (onward.destroy(), client.destroy()));
}
