import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { expect, it } from 'vitest';

import { listen } from './listening.js';

it('counts connections made and open, and ends them when it closes', async () => {
  const listening = await listen(createServer());
  const clients = [connect(listening.port, '127.0.0.1'), connect(listening.port, '127.0.0.1')];
  await expect.poll(() => listening.open()).toBe(2);
  clients[0]?.destroy();
  await expect.poll(() => listening.open()).toBe(1);
  expect(listening.connections()).toBe(2);
  const ended = clients[1] && once(clients[1], 'close');
  await Promise.all([listening.close(), listening.close(), ended]);
  await expect.poll(() => listening.open()).toBe(0);
});
