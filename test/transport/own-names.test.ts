/** A name in a redirect may lead to this machine. Here 127.0.0.2 stands for another machine, and `localhost` for any name. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { createHttpTransport } from '../../src/network/transport/http/http.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function serve(host: string, location: string | null): Promise<number> {
  const server = createServer((_, response) => {
    if (location === null) response.end('secret');
    else response.writeHead(302, { location }).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

it.skipIf(process.platform !== 'linux')('does not follow a redirect of another machine to a name of this machine', async () => {
  const transport = createHttpTransport({ isOwnAddress: (address) => address === '127.0.0.1' });
  const get = (port: number, host = '127.0.0.2') =>
    transport.get({ url: new URL(`http://${host}:${port}/f`), maxBytes: 100, signal: new AbortController().signal });
  try {
    const secret = await serve('127.0.0.1', null);
    const remote = await serve('127.0.0.2', `http://localhost:${secret}/f`);
    await expect(get(remote)).rejects.toMatchObject({
      outcome: 'redirect',
      message: expect.stringContaining('a name of this machine') as unknown,
    });
    // The user's own URL, and a redirect on this machine, may lead here.
    const local = await serve('127.0.0.1', `http://localhost:${secret}/f`);
    expect((await get(local, '127.0.0.1')).status).toBe(200);
  } finally {
    await transport.close();
  }
});
