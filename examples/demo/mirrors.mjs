/** The three mirrors of the demo: loopback HTTP servers over the same files. */
import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * Starts one mirror on a free port of 127.0.0.1.
 *
 * @param {string} name for the transcript
 * @param {ReadonlyMap<string, Buffer>} files repository path to content
 * @param {(path: string, body: Buffer | undefined, response: import('node:http').ServerResponse) => void} respond
 */
export async function startMirror(name, files, respond) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0]).slice(1);
    requests.push(`${request.method} ${path}`);
    respond(path, files.get(path), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    name,
    requests,
    url: `http://127.0.0.1:${server.address().port}/`,
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

/** Accepts the request and never answers. */
export function neverAnswer() {}

/** Serves its files. */
export function serveSoundly(_path, body, response) {
  if (body === undefined) {
    response.writeHead(404, { 'content-length': 0 }).end();
    return;
  }
  response.writeHead(200, { 'content-length': body.length }).end(body);
}

/** Serves jars with changed bytes. All other files, including checksum files, are right. */
export function serveCorruptedJars(path, body, response) {
  if (body === undefined || !path.endsWith('.jar')) return serveSoundly(path, body, response);
  const corrupted = Buffer.from(body);
  for (let i = corrupted.length >> 1; i < (corrupted.length >> 1) + 16; i += 1) corrupted[i] ^= 0x5a;
  return serveSoundly(path, corrupted, response);
}
