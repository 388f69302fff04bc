/**
 * Checksums: what mirrors publish about a file's bytes, and how it is read and counted. This room imports only `base`. Read this file
 * first, then algorithm.ts (strength and form), digest.ts (digests of a body), sidecar.ts and header.ts (published checksums, from files
 * and from response headers), quorum.ts (how many operators agree) and trusted-file.ts (the user's own lists).
 */

export type ChecksumAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** Digests of a body, lower-case hex. */
export type Digests = Readonly<Partial<Record<ChecksumAlgorithm, string>>>;

/** A checksum that a mirror publishes for a file. */
export interface ChecksumClaim {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
  /** Base URL of the mirror that published it, or URL of the audit (display form, no credentials). */
  readonly mirror: string;
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /** Whether it came over verified https (or from a local file). */
  readonly secure: boolean;
  readonly source: 'sidecar' | 'header' | 'audit';
  /**
   * The host and the address that answered: operators that answer from the same place count as one. Empty for a local file, and for an audit:
   * a signature says who speaks, wherever it lies.
   */
  readonly places: readonly string[];
}
