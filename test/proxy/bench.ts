/** A proxy for each test, in front of the servers of a workbench. */
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';

import { createProxyWith, type ProxyTuning } from '../../src/app/proxy/create-proxy.js';
import type { Proxy, ProxyOptions, RequestEvent } from '../../src/app/proxy/proxy-options.js';
import { testWith, Workbench } from '../support/workbench.js';

/** An answer of the proxy, as it came over the wire. */
export interface ProxyAnswer {
  readonly status: number;
  readonly phrase: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether the connection ended before the announced length. */
  readonly isCut: boolean;
}

export class ProxyBench extends Workbench {
  /** The reports of every proxy of the test. */
  readonly answered: RequestEvent[] = [];

  async start(options: ProxyOptions, tuning: ProxyTuning = {}): Promise<Proxy> {
    const given = { ...this.ownFolders(), onRequest: (event: RequestEvent) => this.answered.push(event), ...options };
    const proxy = await createProxyWith(given, tuning);
    this.atEnd(() => proxy.close({ graceMs: 0 }));
    return proxy;
  }

  /** A proxy whose only repository `r` has this canonical URL and these mirrors; it does not look ahead. */
  inFrontOf(url: string, options: ProxyOptions = {}, mirrors: readonly string[] = []): Promise<Proxy> {
    return this.start({ repositories: [{ id: 'r', url, mirrors: [...mirrors] }], lookAhead: false, ...options });
  }

  get(proxy: Proxy, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<ProxyAnswer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(proxy.url);
      // As it is written: a URL object would resolve dots.
      let hasBegun = false;
      const request = httpRequest({ hostname, port, path: `/${path}`, method, headers, agent: false }, (response) => {
        hasBegun = true;
        const pieces: Buffer[] = [];
        const finish = (isCut: boolean): void =>
          resolve({
            status: response.statusCode ?? 0,
            phrase: response.statusMessage ?? '',
            headers: response.headers,
            body: Buffer.concat(pieces),
            isCut,
          });
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => finish(false)).on('error', () => finish(true));
      });
      // A reset is reported twice, here and by the response.
      request.on('error', (error) => hasBegun || reject(error)).end();
    });
  }
}

export const it = testWith(() => new ProxyBench());
