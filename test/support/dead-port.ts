/** Ports on which no connection can be made: refused at once, or never answered. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

import { portOf } from './listening.js';

export interface DeadPort {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A port that refuses connections. It is the local end of an open connection: taken, so that no other socket gets it, but without a
 * listener. A port that was merely closed could be handed to the next test. It lies below the range from which systems choose ports
 * themselves: otherwise a client may get this very port for its own end and connect to itself.
 */
export async function createRefusingPort(): Promise<DeadPort> {
  const holder = createServer();
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  let peer: Socket | undefined;
  holder.once('connection', (accepted) => (peer = accepted));
  const { socket, port } = await connectFromLowPort(portOf(holder.address()));
  return {
    port,
    async close() {
      socket.destroy();
      peer?.destroy();
      await new Promise((resolve) => holder.close(resolve));
    },
  };
}

async function connectFromLowPort(port: number): Promise<{ readonly socket: Socket; readonly port: number }> {
  for (;;) {
    const localPort = 15_000 + Math.floor(Math.random() * 15_000);
    const socket = connect({ port, host: '127.0.0.1', localPort });
    try {
      await once(socket, 'connect');
      return { socket, port: localPort };
    } catch (error) {
      socket.destroy();
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
}

/**
 * A listener with a queue of one that never accepts, in a thread whose event loop stands still; the queue is then filled. Linux drops
 * further SYNs: to a client it looks like a firewall that swallows them.
 */
export async function createBlackHolePort(): Promise<DeadPort> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const port = await new Promise<unknown>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (typeof port !== 'number') throw new Error('the black hole did not report its port');
  const sockets: Socket[] = [];
  try {
    // Each attempt that is answered takes a place in the queue; the first that is not answered shows that it is full.
    for (;;) {
      if (sockets.length > 16) throw new Error('this system answers although the accept queue is full: no black hole here');
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.push(socket);
      if (!(await connectsWithin(socket, 300))) break;
    }
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await worker.terminate();
    },
  };
}

function connectsWithin(socket: Socket, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
