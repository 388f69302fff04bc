import type { Ownertrust } from '../certificate/certificate-source.js';

/**
 * How certain it is that a key belongs to the user it names; `gpg --list-keys --with-colons` prints u, f, m, q, -, e and r. `undefined`:
 * certified by valid keys, but by none whose owner is trusted to certify.
 */
export type Validity = 'ultimate' | 'full' | 'marginal' | 'undefined' | 'unknown' | 'expired' | 'revoked';

/** The validity of a key and of each of its user IDs, as GnuPG computes it. */
export interface KeyValidity {
  /** Fingerprint of the primary key, upper-case hex. */
  readonly fingerprint: string;
  /** The best validity among its user IDs, unless it is revoked, has expired or is `invalid` (without any valid self-signature). */
  readonly key: Validity | 'invalid';
  /**
   * The validity that counts for signatures made before the key's end: as if it had not expired, and had not been revoked as superseded or
   * retired.
   */
  readonly beforeItsEnd: Validity | 'invalid';
  readonly userIds: readonly { readonly text: string; readonly validity: Validity }[];
  /** As set by the user, or higher if trust signatures raise it. */
  readonly ownertrust: Ownertrust;
}
