/** Hashing a body while it streams: on this thread, or beside it. */
import type { Digests } from '../../proof/checksum/claim.js';
import type { SignatureHash } from '../../proof/openpgp/packet/signed-document.js';

/** Takes a body in pieces and gives its digests once, at the end. */
export interface BodyDigester {
  /** Resolves when more may be given. */
  update(chunk: Uint8Array): void | Promise<void>;
  /** Null where it could not be done: hash the file instead. */
  digests(): Digests | Promise<Digests | null>;
  /**
   * The digest of the body with this after it, as a signature over it needs; to be asked before {@link BodyDigester.digests}.
   * Null where that hash was not computed, or it could not be done: hash the file instead.
   */
  digestWith(hash: SignatureHash, suffix: Uint8Array): Uint8Array | null | Promise<Uint8Array | null>;
}
