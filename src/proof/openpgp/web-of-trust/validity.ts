import type { Ownertrust } from '../certificate/certificate-source.js';

/**
 * How sure it is that a key belongs to whom it names; `gpg --list-keys --with-colons` prints u, f, m, q, -, e and r.
 * `undefined`: certified by valid keys, but by none whose owner is trusted to certify.
 */
export type Validity = 'ultimate' | 'full' | 'marginal' | 'undefined' | 'unknown' | 'expired' | 'revoked';

/** The validity of a key and of each of its user IDs, as GnuPG computes it. */
export interface KeyValidity {
  /** Fingerprint of the primary key, upper-case hex. */
  readonly fingerprint: string;
  /** The best of its user IDs, unless it is revoked, has expired or is `invalid`: nothing in it is signed well by itself. */
  readonly key: Validity | 'invalid';
  /** The same if it had not expired, and were not revoked as superseded or retired: what counts for a signature that was made before. */
  readonly beforeItsEnd: Validity | 'invalid';
  readonly userIds: readonly { readonly text: string; readonly validity: Validity }[];
  /** As the user set it, or more if trust signatures raise it. */
  readonly ownertrust: Ownertrust;
}
