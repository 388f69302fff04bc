/** Endless sockets: a server that redirects each request to another place of its own. */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

import { expect } from 'vitest';

import { it } from './stage.js';

/** On Linux all of 127.0.0.0/8 is this machine: one server has as many origins as addresses. */
it.skipIf(process.platform !== 'linux')(
  'endless connections: those to the targets of redirects are not kept without limit',
  async ({ stage }) => {
    let redirected = 0;
    let most = 0;
    const open = new Set<object>();
    const server = createHttpServer((request, response) => {
      if (request.url?.startsWith('/here/') === true) return void response.writeHead(404).end();
      redirected += 1;
      response
        .writeHead(302, {
          location: `http://127.1.${redirected >> 8}.${redirected & 255}:${portOf(server.address())}/here/${request.url ?? ''}`,
        })
        .end();
    });
    server.keepAliveTimeout = 60_000;
    server.on('connection', (socket) => {
      open.add(socket);
      most = Math.max(most, open.size);
      socket.once('close', () => open.delete(socket));
    });
    await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
    const client = stage.against(`http://127.0.0.1:${portOf(server.address())}/`);
    try {
      for (let index = 0; index < 250; index += 25) {
        await Promise.all(Array.from({ length: 25 }, (_, more) => client.resolveArtifact(`g:a${index + more}:1`).catch(() => undefined)));
      }
      expect(redirected).toBeGreaterThan(400);
      expect(most).toBeLessThan(250);
      await client.close();
      await expect.poll(() => open.size).toBe(0);
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  },
);

it('a server that accepts and closes, over and over, is given up instead of dialled forever', async ({ stage }) => {
  let dialled = 0;
  const server = createServer((socket) => {
    dialled += 1;
    socket
      .on('error', () => undefined)
      .resume()
      .end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${portOf(server.address())}/`;
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      stage
        .against(url)
        .resolveArtifact(`g:a${index}:1`)
        .catch(() => undefined),
    ),
  );
  expect(dialled).toBeLessThan(1_000);
  await new Promise((done) => server.close(done));
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return address.port;
}
