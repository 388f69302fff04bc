import type { ChecksumAlgorithm, Digests } from '../../proof/checksum/claim.js';
import { createDigester, type Digester, digestOf } from '../../proof/checksum/digest.js';
import type { SignatureHash } from '../../proof/openpgp/packet/signed-document.js';
import type { BodyDigester } from './body-digester.js';

/** As much as a temporary file gathers in memory. */
const gatheredBytes = 256 * 1024;

/**
 * Hashes a small body in one go at its end, and a larger one while it arrives. Without the state between two chunks, a small one needs half as
 * many hash objects, each of which costs as much as hashing ten kilobytes.
 */
export class GatheringDigester implements BodyDigester {
  readonly #algorithms: readonly ChecksumAlgorithm[];
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** Null while the body is small. */
  #digester: Digester | null = null;
  #digests: Digests | null = null;

  constructor(algorithms: readonly ChecksumAlgorithm[]) {
    this.#algorithms = algorithms;
  }

  get keepsChunks(): boolean {
    return this.#digester === null;
  }

  update(chunk: Uint8Array): void {
    this.#digests = null;
    if (this.#digester !== null) return this.#digester.update(chunk);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= gatheredBytes) return;
    this.#digester = this.#hashGathered(this.#algorithms);
    this.#chunks = [];
  }

  digests(): Digests {
    return (this.#digests ??= this.#digester?.digests() ?? digestOf(this.#gathered(), this.#algorithms));
  }

  digestWith(hash: SignatureHash, suffix: Uint8Array): Uint8Array | null {
    const digester = this.#digester ?? this.#hashGathered(this.#algorithms.filter((algorithm) => algorithm === hash));
    return digester.digestWith(hash, suffix);
  }

  #hashGathered(algorithms: readonly ChecksumAlgorithm[]): Digester {
    const digester = createDigester(algorithms);
    for (const chunk of this.#chunks) digester.update(chunk);
    return digester;
  }

  #gathered(): Uint8Array {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }
}
