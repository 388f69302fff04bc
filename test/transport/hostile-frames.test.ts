/**
 * Random HTTP/2 frames and cut connections while many requests are in flight. Whatever the server does, each request ends by
 * itself: an exception outside any request (an assertion of the HTTP client, for example) would end the whole process.
 */
import { createServer } from 'node:tls';

import { expect } from 'vitest';

import { TransportError } from '../../src/network/transport/contract/transport.js';
import { testCertificates } from '../support/certificate.js';
import { type Chance, createChance } from '../support/chance.js';
import { bytesOf, it, request, type TransportBench } from './bench.js';

const { ca, valid: identity } = await testCertificates();

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** One frame of those that end or disturb a connection, for one of the first streams. */
function anyFrame(chance: Chance): Buffer {
  const stream = 1 + 2 * chance.below(4);
  return chance.pick([
    () => frame(1, 4, stream, Buffer.from([0x88])),
    () => frame(1, 5, stream, Buffer.from([0x8d])),
    () => frame(0, chance.below(2), stream, Buffer.alloc(chance.below(50), 'x')),
    () => frame(3, 0, stream, Buffer.alloc(4)),
    () => frame(7, 0, 0, Buffer.alloc(8)),
    () => frame(7, 0, 0, Buffer.from([0, 0, 0, stream, 0, 0, 0, 1])),
    () => frame(9, 0, stream, Buffer.alloc(20_000, 0x82)),
    () => Buffer.from(Array.from({ length: chance.below(60) }, () => chance.below(256))),
  ])();
}

async function hostileServer(bench: TransportBench, chance: Chance): Promise<string> {
  const server = createServer({ ...identity, ALPNProtocols: ['h2'] }, (socket) => {
    socket.on('error', () => undefined);
    socket.write(frame(4, 0, 0, Buffer.alloc(0)));
    socket.on('data', () => {
      for (let times = chance.below(4); times > 0 && socket.writable; times--) socket.write(anyFrame(chance));
      const end = chance.below(6);
      if (end === 0) socket.destroy();
      else if (end === 1) socket.end();
    });
  });
  return (await bench.listen(server, 'https://localhost')).url;
}

it('every request ends with an answer or an error', { timeout: 120_000 }, async ({ bench }) => {
  for (let round = 0; round < 6; round++) {
    const chance = createChance(77 + round);
    const url = await hostileServer(bench, chance);
    const transport = bench.transport({ ca });
    const ends = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const signal = AbortSignal.timeout(20 + chance.below(400));
        try {
          return (await bytesOf(await transport.get(request(new URL(`/${index}`, url), { signal })))).length;
        } catch (error) {
          return error instanceof TransportError ? error.outcome : error;
        }
      }),
    );
    expect(ends.filter((end) => typeof end === 'object')).toEqual([]);
    await transport.close();
  }
});
