/**
 * Where OpenPGP keys come from: the contract between verification and keyrings. Reading them is the business of
 * `src/keys`; nothing here touches a disk or the network.
 */

/** One transferable public key (RFC 9580 section 10.1), a certificate for short: binary packets. Not checked in any way. */
export interface CertificateBytes {
  readonly bytes: Uint8Array;
  /** File or server it came from, for messages. */
  readonly source: string;
}

/** How far an owner is trusted to certify others: GnuPG's ownertrust. */
export const ownertrusts = ['unknown', 'undefined', 'never', 'marginal', 'full', 'ultimate'] as const;
/** How far the owner of a key is trusted to certify others, as GnuPG has it. */
export type Ownertrust = (typeof ownertrusts)[number];

export interface CertificateSource {
  /**
   * Certificates with a primary key or subkey of this key ID (16 hex digits) or fingerprint (40 or 64), in upper case.
   * Several where key IDs collide, or where several keyrings hold the key. Empty if no keyring holds it.
   * @throws ClojarsFetchError ERR_CONFIG where a keyring cannot be read
   */
  find(id: string): Promise<readonly CertificateBytes[]>;
  /** Every certificate, in the order of the keyrings: for the web of trust. Errors as {@link CertificateSource.find}. */
  all(): AsyncIterable<CertificateBytes>;
  /** By fingerprint of the primary key, in upper case; absent means `unknown`. */
  ownertrust(): Promise<ReadonlyMap<string, Ownertrust>>;
  /** Differs whenever what it holds may differ (paths, sizes, times of its files): part of the verification cache's key. */
  readonly identity: string;
}
