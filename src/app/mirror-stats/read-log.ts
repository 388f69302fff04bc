/** Reads a log in pieces, and unpacks it if it is compressed. */
import { createReadStream } from 'node:fs';

import { unpack } from './unpack.js';

/** Log lines shrink to a tenth: a compressed piece becomes one of a few hundred kilobytes. */
const packedPiece = 1 << 16;

/** Opens a log on disk. */
export function openLog(file: string): AsyncIterable<Buffer> {
  return createReadStream(file, { highWaterMark: packedPiece });
}

/**
 * Reads the pieces of a log, unpacked if they are those of a gzip, or of several in a row.
 * @throws DamagedGzip, if it is compressed, after all that could be unpacked
 */
export async function* readPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  try {
    let head = Buffer.alloc(0);
    while (head.length < 2) {
      const next = await pieces.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
    const rest = { [Symbol.asyncIterator]: () => ({ next: () => pieces.next() }) };
    if (head[0] === 0x1f && head[1] === 0x8b) yield* unpack(head, rest);
    else {
      yield head;
      yield* rest;
    }
  } finally {
    await pieces.return?.();
  }
}
