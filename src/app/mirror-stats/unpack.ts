/** Unpacks a gzip, or several in a row, on another thread, while the caller looks at what came before. */
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';

import { PieceQueue } from './piece-queue.js';

/** Larger pieces leave holes in the memory of the process: with twice as much, it grew by 15 MB in a log of 2 GB. */
const unpackedPiece = 1 << 17;

/** Unpacked bytes that may wait for the caller, and those that it gets at once. */
const mostAhead = 1 << 19;
const turnLength = 1 << 16;

/** The log is compressed, and ends early or is damaged. What came before it is right. */
export class DamagedGzip extends Error {
  override readonly name = 'DamagedGzip';

  constructor(options?: ErrorOptions) {
    super('the gzip is damaged or cut off', options);
  }
}

/** @throws DamagedGzip after all that could be unpacked */
export async function* unpack(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacked = new PieceQueue(mostAhead);
  const unpacker = new Unpacker(unpacked);
  const taking = unpacker.takeAll(head, rest);
  const end = (): void => unpacked.end();
  taking.then(end, end);
  try {
    for (let piece = await unpacked.take(); piece !== null; piece = await unpacked.take()) yield* inTurns(piece);
    await taking;
  } finally {
    unpacked.end();
    unpacker.close();
  }
}

/**
 * The other thread gets its next work between two turns of this one. A turn takes less than what it unpacks at once: otherwise it would
 * wait for this thread, and this one for it.
 */
async function* inTurns(piece: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < piece.length; start += turnLength) {
    yield piece.subarray(start, start + turnLength);
    await setImmediate();
  }
}

class Unpacker {
  readonly #gunzip = createGunzip({ chunkSize: unpackedPiece });
  readonly #unpacked: PieceQueue;
  #written = 0;
  /** Whether the stream met something other than a gzip. */
  #hasEnded = false;
  #onEnd = (): void => undefined;
  #onError = (_: Error): void => undefined;

  constructor(unpacked: PieceQueue) {
    this.#unpacked = unpacked;
    this.#gunzip.on('data', (piece: Buffer) => unpacked.add(piece));
    this.#gunzip.on('error', (error) => this.#onError(error));
    this.#gunzip.on('end', () => {
      this.#hasEnded = true;
      this.#onEnd();
    });
  }

  /** Unpacks as long as not too much waits for the caller. */
  async takeAll(head: Buffer, rest: AsyncIterable<Buffer>): Promise<void> {
    try {
      await this.#take(head);
      for await (const piece of rest) {
        await this.#unpacked.hasRoom();
        if (this.#unpacked.hasEnded) return;
        await this.#take(piece);
      }
      // Not with the last piece: the stream would drop what it unpacked if it then finds that the end is missing.
      if (!this.#hasEnded) await this.#call(() => this.#gunzip.end());
    } catch (cause) {
      throw isDamage(cause) ? new DamagedGzip({ cause }) : cause;
    }
  }

  close(): void {
    this.#gunzip.destroy();
  }

  async #take(piece: Buffer): Promise<void> {
    let unread = piece;
    if (!this.#hasEnded) {
      this.#written += piece.length;
      await this.#call((done) => this.#gunzip.write(piece, done));
      if (!this.#hasEnded) return;
      unread = piece.subarray(piece.length - (this.#written - this.#gunzip.bytesWritten));
    }
    // Zeros fill up the last block on some media, and mean nothing.
    if (unread.some((byte) => byte !== 0)) throw new DamagedGzip();
  }

  /** Returns once the stream has called back, or has ended. A stream that fails or ends does not call back for the piece that it has. */
  #call(start: (done: () => void) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onEnd = resolve;
      this.#onError = reject;
      start(resolve);
    });
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
