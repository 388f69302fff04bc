/** Reads a log in pieces, and unpacks it if it is compressed. */
import { createReadStream } from 'node:fs';
import { createGunzip, type Gunzip } from 'node:zlib';

/** Compressed bytes that are unpacked at once. Log lines shrink to a tenth: a piece becomes one of a few hundred kilobytes. */
const packedPiece = 1 << 16;
const unpackedPiece = 1 << 19;

/** The log is compressed, and ends early or is damaged. What came before it is right. */
export class DamagedGzip extends Error {
  override readonly name = 'DamagedGzip';
}

/** Opens a log on disk. */
export function openLog(file: string): AsyncIterable<Buffer> {
  return createReadStream(file, { highWaterMark: packedPiece });
}

/**
 * Reads the pieces of a log, unpacked if they are those of a gzip, or of several in a row.
 * @throws DamagedGzip after all that could be unpacked
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

/** Unpacks one piece on another thread while the caller looks at the one before. */
async function* unpack(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: unpackedPiece });
  let unpacked: Buffer[] = [];
  const take = (): Buffer[] => {
    const taken = unpacked;
    unpacked = [];
    return taken;
  };
  gunzip.on('data', (piece: Buffer) => unpacked.push(piece));
  // Every call reports its own failure.
  gunzip.on('error', () => undefined);
  try {
    let written = write(gunzip, head);
    for await (const piece of rest) {
      await written;
      const ready = take();
      written = write(gunzip, piece);
      yield* ready;
    }
    await written;
    yield* take();
    // Not with the last piece: the stream would drop what it unpacked if it then finds that the end is missing.
    await end(gunzip);
    yield* take();
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    yield* take();
    throw new DamagedGzip('the gzip is damaged or cut off', { cause });
  } finally {
    gunzip.destroy();
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function write(gunzip: Gunzip, piece: Buffer): Promise<void> {
  const written = new Promise<void>((resolve, reject) => void gunzip.write(piece, (error) => (error ? reject(error) : resolve())));
  // It is awaited later.
  written.catch(() => undefined);
  return written;
}

function end(gunzip: Gunzip): Promise<void> {
  return new Promise((resolve, reject) => void gunzip.once('error', reject).once('end', resolve).end());
}
