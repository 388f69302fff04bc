/** Computes the digests of a body while it streams: one pass, all algorithms, resumable. */
import { createHash, type Hash, hash as hashOnce } from 'node:crypto';

import type { ChecksumAlgorithm, Digests } from './claim.js';

/** Takes a body in pieces and returns its digests. */
export interface Digester {
  readonly algorithms: readonly ChecksumAlgorithm[];
  /** Bytes taken so far. */
  readonly size: number;
  update(chunk: Uint8Array): void;
  /** Returns the digests of the bytes so far, lower-case hex. May be called more than once, and more bytes may follow. */
  digests(): Digests;
  /** Returns the digest of the bytes so far, followed by `suffix`; null for an algorithm that is not computed. May be called more than once. */
  digestWith(algorithm: string, suffix: Uint8Array): Uint8Array | null;
  /** Returns an independent digester in the same state: keep one at a known offset to continue from there after a failed resume. */
  copy(): Digester;
}

/** Creates a digester. Each algorithm costs time (md5 the most): pass only those that claims or pins need. */
export function createDigester(algorithms: Iterable<ChecksumAlgorithm>): Digester {
  const hashes = new Map<ChecksumAlgorithm, Hash>();
  for (const algorithm of algorithms) hashes.set(algorithm, createHash(algorithm));
  return wrap(hashes, 0);
}

/** Computes the digests of a whole body at once. */
export function digestOf(bytes: Uint8Array | string, algorithms: Iterable<ChecksumAlgorithm>): Digests {
  const result: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const algorithm of algorithms) result[algorithm] = hashOnce(algorithm, bytes, 'hex');
  return result;
}

function wrap(hashes: Map<ChecksumAlgorithm, Hash>, start: number): Digester {
  let size = start;
  return {
    algorithms: [...hashes.keys()],
    get size() {
      return size;
    },
    update(chunk) {
      for (const hash of hashes.values()) hash.update(chunk);
      size += chunk.length;
    },
    digests() {
      const result: Partial<Record<ChecksumAlgorithm, string>> = {};
      // A hash can be finished only once: finish a copy.
      for (const [algorithm, hash] of hashes) result[algorithm] = hash.copy().digest('hex');
      return result;
    },
    digestWith(algorithm, suffix) {
      for (const [name, hash] of hashes) if (name === algorithm) return hash.copy().update(suffix).digest();
      return null;
    },
    copy() {
      return wrap(new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.copy()])), size);
    },
  };
}
