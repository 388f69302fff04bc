/** Connections for which the process has no file descriptor left. */
import { connect } from 'node:net';

import { expect } from 'vitest';

import { ConnectionPool, type PoolOptions } from '../../src/network/transport/connection/connection-pool.js';
import { OutOfDescriptorsError, toTransportError } from '../../src/network/transport/contract/failure.js';
import { Http1Connection } from '../../src/network/transport/protocol/http1-connection.js';
import type { Running } from '../support/workbench.js';
import { failureOf, it, type TransportBench } from './bench.js';

const shortage = (): OutOfDescriptorsError =>
  new OutOfDescriptorsError('https://one.example', Object.assign(new Error('too many'), { code: 'EMFILE' }));

function poolOf(
  bench: TransportBench,
  server: Running,
  isShort: (open: number) => boolean,
): { pool: ConnectionPool; shortages: () => number } {
  let shortages = 0;
  const options: PoolOptions = {
    concurrency: 8,
    http2: false,
    open: () =>
      isShort(server.open())
        ? Promise.reject(shortage())
        : new Promise((resolve) => {
            const socket = connect(server.port, '127.0.0.1', () => resolve({ socket, http2: false }));
            socket.on('error', () => undefined);
          }),
    onShortage: () => (shortages += 1),
    createClient: ({ socket }) => new Http1Connection(socket, new URL(server.url).host),
  };
  const pool = new ConnectionPool(options);
  bench.atEnd(() => pool.close());
  return { pool, shortages: () => shortages };
}

it('a connection without a descriptor waits until another closes, and idle ones are asked to close', async ({ bench }) => {
  const server = await bench.tcp(() => undefined);
  let tries = 0;
  const { pool, shortages } = poolOf(bench, server, () => (tries += 1) <= 3);
  const lease = await pool.acquire(new AbortController().signal);
  expect([tries, shortages()]).toEqual([4, 3]);
  lease.release();
});

it('an abort ends the wait for a descriptor at once', async ({ bench }) => {
  const server = await bench.tcp(() => undefined);
  const { pool } = poolOf(bench, server, () => true);
  const controller = new AbortController();
  const failure = failureOf(pool.acquire(controller.signal));
  setTimeout(() => controller.abort(), 50);
  expect((await failure).outcome).toBe('aborted');
});

it('EMFILE is reported as such at every stage, and not blamed on the server', () => {
  for (const code of ['EMFILE', 'ENFILE'])
    for (const stage of ['resolve', 'connect', 'handshake'] as const)
      expect(toTransportError(Object.assign(new Error('x'), { code }), stage, 'https://one.example')).toMatchObject({
        outcome: 'io',
        message: `https://one.example: too many open files (${code}); raise the limit with \`ulimit -n 4096\``,
      });
});
