/** Fuzzed responses over HTTP/1.1 and HTTP/2: the right bytes or an error of this package, and the process survives. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:tls';

import { describe, expect } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { testCertificates } from '../support/certificate.js';
import { type Chance, createChance } from '../support/chance.js';
import { contentOf, coordinate, digest, greeter, jar } from '../support/workbench.js';
import { it, type Stage } from './stage.js';

const files = greeter();
const sha256 = digest('sha256', contentOf(files, jar));
/** For the attacker alone, where every outcome is acceptable. */
const quick = { stall: { minBytesPerSecond: 1024, windowMs: 300 }, firstByteTimeoutMs: 300, connectTimeoutMs: 1_000, hedgeDelayMs: 200 };

/** Together with a sound mirror, which must not be taken for a stalled one on a busy machine. */
const patient = {
  stall: { minBytesPerSecond: 1024, windowMs: 5_000 },
  firstByteTimeoutMs: 5_000,
  connectTimeoutMs: 10_000,
  hedgeDelayMs: 200,
};

const pieces = [
  '\r\n',
  '\r',
  '\n',
  '\0',
  ' ',
  ':',
  ';',
  '0\r\n\r\n',
  'ffffffff',
  '-1',
  '206',
  '304',
  '204',
  'content-length: 3\r\n',
  'transfer-encoding: chunked\r\n',
  'transfer-encoding: gzip, chunked\r\n',
  'content-encoding: gzip\r\n',
  'content-encoding: br\r\n',
  'content-range: bytes 0-1/2\r\n',
  'location: /x\r\n',
  'connection: close\r\n',
  'connection: upgrade\r\nupgrade: h2c\r\n',
  'retry-after: 0\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.0 200\r\n',
  'HTTP/2.0 200 OK\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 x\r\n\r\n',
];

function mutate(answer: Buffer, chance: Chance): Buffer {
  let bytes = Buffer.from(answer);
  for (let change = chance.below(4) + 1; change > 0; change--) {
    // Mostly in the head, where the grammar is.
    const at = chance.below(chance.below(3) === 0 ? bytes.length : Math.min(bytes.length, 160));
    const kind = chance.below(5);
    if (kind === 0) bytes[at] = chance.below(256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(chance.pick(pieces)), bytes.subarray(at)]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + chance.below(20))]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(chance.below(bytes.length))]);
    else bytes = bytes.subarray(0, at);
  }
  return bytes;
}

/** A fresh place for each, one after the other; every outcome is one of the two. */
async function attack(stage: Stage, url: string, times: number): Promise<Record<string, number>> {
  const canonical = await stage.secure(files);
  const ends: Record<string, number> = {};
  const client = (index: number, alone: boolean) =>
    stage.against(
      alone ? url : canonical.url,
      alone ? [] : [{ url, priority: -1 }],
      { localRepository: `${stage.m2}-${index}`, cacheFolder: `${stage.folder}/cache-${index}`, timeoutMs: alone ? 1_500 : 60_000 },
      alone ? quick : patient,
    );
  for (let index = 0; index < times; index++) {
    const alone = index % 2 === 0;
    const one = client(index, alone);
    try {
      const found = await one.resolveArtifact(coordinate);
      expect(found.sha256).toBe(sha256);
      ends['ok'] = (ends['ok'] ?? 0) + 1;
    } catch (error) {
      if (!isClojarsFetchError(error)) throw error;
      expect(alone).toBe(true);
      ends[error.code] = (ends[error.code] ?? 0) + 1;
    } finally {
      await one.close();
    }
  }
  return ends;
}

describe('mutated responses', () => {
  it('HTTP/1.1', { timeout: 120_000 }, async ({ stage }) => {
    const chance = createChance(20_261_124);
    const url = await stage.raw((socket) => {
      const respond = (request: string): void => {
        const path = decodeURIComponent(/^GET \/(\S*)/.exec(request)?.[1] ?? '');
        const content = files.get(path) ?? Buffer.from('');
        const answer = Buffer.concat([
          Buffer.from(
            `HTTP/1.1 ${files.has(path) ? 200 : 404} OK\r\ncontent-length: ${content.length}\r\netag: "${createHash('md5').update(content).digest('hex')}"\r\n\r\n`,
          ),
          content,
        ]);
        socket.write(chance.below(3) === 0 ? answer : mutate(answer, chance));
        if (chance.below(4) === 0) socket.end();
      };
      // The first request was read before this call; further ones arrive here.
      socket.on('data', (chunk: Buffer) => respond(chunk.toString('latin1')));
      respond(`GET /${jar} HTTP/1.1`);
    });
    const ends = await attack(stage, url, 6);
    expect(ends['ok'] ?? 0).toBeGreaterThanOrEqual(3);
  });

  it('HTTP/2 frames', { timeout: 120_000 }, async ({ stage }) => {
    const chance = createChance(7_540);
    const { valid } = await testCertificates();
    const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, payload]);
    };
    const server = createServer({ ...valid, ALPNProtocols: ['h2'] }, (socket) => {
      socket.on('error', () => undefined);
      socket.write(frame(4, 0, 0, Buffer.alloc(0)));
      socket.on('data', () => {
        const kinds = [
          () => frame(7, 0, 0, Buffer.alloc(8)),
          () => frame(1, 4, 1, Buffer.from([0x88])),
          () => frame(1, 5, 1, Buffer.from([0x8d])),
          () => frame(0, 1, 1, Buffer.alloc(chance.below(50), 'x')),
          () => frame(3, 0, 1, Buffer.alloc(4)),
          () => frame(5, 4, 1, Buffer.from([0, 0, 0, 2, 0x82])),
          () => frame(6, 0, 0, Buffer.alloc(8)),
          () => frame(8, 0, chance.below(3), Buffer.from([0x7f, 0xff, 0xff, 0xff])),
          () => frame(9, 0, 1, Buffer.alloc(20_000, 0x82)),
          () => frame(4, 0, 0, Buffer.from([0, chance.below(9), chance.below(256), 0, 0, chance.below(256)])),
          () => Buffer.from(Array.from({ length: chance.below(60) }, () => chance.below(256))),
        ];
        for (let times = chance.below(5) + 1; times > 0 && socket.writable; times--) socket.write(chance.pick(kinds)());
        if (chance.below(3) === 0) socket.destroy();
      });
    });
    const { url } = await stage.listen(server, 'https://localhost');
    const ends = await attack(stage, url, 6);
    expect(ends['ok'] ?? 0).toBeGreaterThanOrEqual(3);
  });
});
