/** A mirror that lies to one victim only, with matching checksums and signature; all other clients get the truth. */
import { createServer, get as httpsGet } from 'node:https';

import type { ServerCertificate } from '../../support/certificate.js';
import { portOf } from '../../support/listening.js';

export interface Liar {
  readonly url: string;
  /** Paths for which the victim was given a lie. */
  readonly lies: readonly string[];
  /** Starts lying. */
  begin(): void;
  close(): Promise<void>;
}

/** Recognises the victim by its User-Agent, as a real attacker would by its address. */
const isVictim = (agent: string | undefined): boolean => agent?.startsWith('clojars-fetch/') === true;

export async function startLiar(
  truth: ReadonlyMap<string, Buffer>,
  lie: ReadonlyMap<string, Buffer>,
  tls: ServerCertificate,
  from: 'the start' | 'later' = 'the start',
): Promise<Liar> {
  const lies: string[] = [];
  let lying = from === 'the start';
  const server = createServer(tls, (request, response) => {
    const path = decodeURIComponent((request.url ?? '/').slice(1));
    const victim = lying && isVictim(request.headers['user-agent']);
    const body = (victim ? lie : truth).get(path);
    if (victim && body !== undefined) lies.push(path);
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${portOf(server.address())}/`,
    lies,
    begin: () => (lying = true),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The content that a crawler comparing mirrors gets. */
export function crawl(url: string, path: string, ca: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    httpsGet(new URL(path, url), { ca, agent: false, headers: { 'user-agent': 'a crawler that compares mirrors' } }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => resolve(Buffer.concat(chunks)))
        .on('error', reject);
    }).on('error', reject);
  });
}
