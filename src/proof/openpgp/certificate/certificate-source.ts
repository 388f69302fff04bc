/**
 * The contract between verification and keyrings: where OpenPGP keys come from. Keyrings are read elsewhere; nothing here touches the disk
 * or the network.
 */

/** One transferable public key (RFC 9580 section 10.1), a certificate for short: binary packets. Not checked in any way. */
export interface CertificateBytes {
  readonly bytes: Uint8Array;
  /** The file or server it came from, for messages. */
  readonly source: string;
}

/** How far an owner is trusted to certify others: GnuPG's ownertrust. */
export const ownertrusts = ['unknown', 'undefined', 'never', 'marginal', 'full', 'ultimate'] as const;
/** How far the owner of a key is trusted to certify others, as in GnuPG. */
export type Ownertrust = (typeof ownertrusts)[number];

export interface CertificateSource {
  /**
   * Finds the certificates with a primary key or subkey of this key ID (16 hex digits) or fingerprint (40 or 64), in upper case. Several if
   * key IDs collide, or if several keyrings hold the key; empty if no keyring holds it.
   * @throws ClojarsFetchError ERR_CONFIG if a keyring cannot be read
   */
  find(id: string): Promise<readonly CertificateBytes[]>;
  /** Yields every certificate, in the order of the keyrings, for the web of trust. Throws as {@link CertificateSource.find}. */
  all(): AsyncIterable<CertificateBytes>;
  /** Returns the ownertrust by fingerprint of the primary key, in upper case; absent means `unknown`. */
  ownertrust(): Promise<ReadonlyMap<string, Ownertrust>>;
  /** Changes whenever the contents may have changed (paths, sizes or times of the files): part of the verification cache's key. */
  readonly identity: string;
}
