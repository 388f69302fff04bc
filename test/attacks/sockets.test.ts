/** Endless sockets: a server that redirects each request to another place of its own. */
import { createServer } from 'node:http';

import { expect } from 'vitest';

import { it } from './stage.js';

/** On Linux all of 127.0.0.0/8 is this machine: one server has as many origins as addresses. */
it.skipIf(process.platform !== 'linux')(
  'endless connections: those to the targets of redirects are not kept without limit',
  async ({ stage }) => {
    let redirected = 0;
    let most = 0;
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/here/') === true) return void response.writeHead(404).end();
      redirected += 1;
      response
        .writeHead(302, {
          location: `http://127.1.${redirected >> 8}.${redirected & 255}:${port}/here/${request.url ?? ''}`,
        })
        .end();
    });
    server.keepAliveTimeout = 60_000;
    const running = await stage.listen(server, 'http://127.0.0.1', '0.0.0.0');
    const { port, url } = running;
    server.on('connection', () => (most = Math.max(most, running.open())));
    const client = stage.against(url);
    for (let index = 0; index < 250; index += 25) {
      await Promise.all(Array.from({ length: 25 }, (_, more) => client.resolveArtifact(`g:a${index + more}:1`).catch(() => undefined)));
    }
    expect(redirected).toBeGreaterThan(400);
    expect(most).toBeLessThan(250);
    await client.close();
    await expect.poll(() => running.open()).toBe(0);
  },
);

it('a server that accepts and closes, over and over, is given up instead of dialled forever', async ({ stage }) => {
  let dialled = 0;
  const { url } = await stage.tcp((socket) => {
    dialled += 1;
    socket.resume().end();
  });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      stage
        .against(url)
        .resolveArtifact(`g:a${index}:1`)
        .catch(() => undefined),
    ),
  );
  expect(dialled).toBeLessThan(1_000);
});
