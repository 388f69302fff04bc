/** Hashes a body while it streams, on this thread or on another. */
import type { Digests } from '../../proof/checksum/claim.js';
import type { SignatureHash } from '../../proof/openpgp/packet/signed-document.js';

/** Takes a body in pieces, and returns its digests at the end. */
export interface BodyDigester {
  /** Resolves when it can take more. */
  update(chunk: Uint8Array): void | Promise<void>;
  /** Whether it still needs chunks that it took: nothing may change them then, or free their memory. */
  readonly keepsChunks: boolean;
  /** Null if hashing failed: hash the file instead. */
  digests(): Digests | Promise<Digests | null>;
  /**
   * Returns the digest of the body followed by `suffix`, as a signature over it needs. Call it before
   * {@link BodyDigester.digests}. Null if that hash is not computed, or hashing failed: hash the file instead.
   */
  digestWith(hash: SignatureHash, suffix: Uint8Array): Uint8Array | null | Promise<Uint8Array | null>;
}
