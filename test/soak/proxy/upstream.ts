/** A repository with as many files as one asks for: each path has content of its own, and its checksum. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { listen } from '../../support/listening.js';

const mebibyte = 2 ** 20;
const versionPath = /^org\/(hot|cold|big|slow)(\d+)\/lib\/(\d+)\/lib-\3\.(jar|pom)$/;
const metadataPath = /^org\/hot\d+\/lib\/maven-metadata\.xml$/;

/** Returns the content of a path; null if the repository does not have it. Big and slow files are streamed by the proxy. */
export function contentOfPath(path: string): Buffer | null {
  if (metadataPath.test(path)) {
    const group = path.split('/').slice(0, 2).join('.');
    const versioning = '<versioning><versions><version>1</version></versions><lastUpdated>20240101000000</lastUpdated></versioning>';
    return Buffer.from(`<metadata><groupId>${group}</groupId><artifactId>lib</artifactId>${versioning}</metadata>\n`);
  }
  const [, kind, number, version, extension] = versionPath.exec(path) ?? [];
  if (kind === undefined) return null;
  if (extension === 'pom') {
    return Buffer.from(
      `<project><modelVersion>4.0.0</modelVersion><groupId>org.${kind}${number ?? ''}</groupId><artifactId>lib</artifactId><version>${version ?? ''}</version></project>`,
    );
  }
  const size = { hot: Number(number) % 2 === 0 ? 10_000 : 500_000, cold: 20_000, big: 9 * mebibyte, slow: 9 * mebibyte }[kind] ?? 0;
  return Buffer.alloc(size, `${path} `);
}

export interface Upstream {
  readonly url: string;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const server = createServer(answer);
  const listening = await listen(server);
  return { url: `http://127.0.0.1:${listening.port}/`, close: () => listening.close() };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url?.slice(1) ?? '';
  const content = contentOfPath(path.replace(/\.sha1$/, ''));
  if (content === null) return void response.writeHead(404, { 'content-length': 0 }).end();
  const body = path.endsWith('.sha1') ? Buffer.from(createHash('sha1').update(content).digest('hex')) : content;
  response.writeHead(200, { 'content-length': body.length });
  if (!path.startsWith('org/slow') || body.length < mebibyte) return void response.end(body);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, (sent += mebibyte)));
    if (sent < body.length) return;
    clearInterval(timer);
    response.end();
  }, 150);
  response.on('close', () => clearInterval(timer));
}
