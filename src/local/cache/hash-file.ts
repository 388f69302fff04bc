/** Hashes files for the check, as fast as one thread can, without keeping the event loop for long. */
import { createHash } from 'node:crypto';
import { constants, fstatSync, readSync, type Stats } from 'node:fs';

import { openRegularFile } from '../../base/disk/regular-file.js';

const chunkBytes = 1024 * 1024;
const sliceMs = 8;

export type HashAlgorithm = 'sha1' | 'md5' | 'sha256' | 'sha512';

/** Digests in lower-case hex, and the file as it was when it was read. */
export interface HashedFile {
  readonly digests: ReadonlyMap<HashAlgorithm, string>;
  readonly stats: Stats;
  readonly bytes: number;
  /** False if it changed while it was read. */
  readonly isSteady: boolean;
}

/** Reads synchronously, with one buffer for all files: a turn through the thread pool costs more than hashing a small file. */
export class FileHasher {
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes);
  #sliceStartMs = performance.now();

  /**
   * Hashes a regular file; does not follow a link.
   * @throws NodeJS.ErrnoException, RefusedFile, and the signal's reason
   */
  async hash(file: string, algorithms: readonly HashAlgorithm[], signal: AbortSignal): Promise<HashedFile> {
    const open = openRegularFile(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const hashes = algorithms.map((algorithm) => createHash(algorithm));
      let bytes = 0;
      for (;;) {
        const count = readSync(open.descriptor, this.#buffer, 0, chunkBytes, bytes);
        bytes += count;
        for (const hash of hashes) hash.update(this.#buffer.subarray(0, count));
        if (performance.now() - this.#sliceStartMs > sliceMs) await this.#breathe(signal);
        if (count === 0 || (count < chunkBytes && bytes >= open.stats.size)) break;
      }
      const after = fstatSync(open.descriptor);
      const isSteady = after.size === bytes && after.mtimeMs === open.stats.mtimeMs && after.ctimeMs === open.stats.ctimeMs;
      const digests = new Map(algorithms.map((algorithm, index) => [algorithm, hashes[index]?.digest('hex') ?? '']));
      return { digests, stats: after, bytes, isSteady };
    } finally {
      open.close();
    }
  }

  /** The buffer is read into again afterwards, so only one file may be hashed at a time. */
  async #breathe(signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    this.#sliceStartMs = performance.now();
  }
}
