export type ChecksumAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** Digests of a body, lower-case hex. */
export type Digests = Readonly<Partial<Record<ChecksumAlgorithm, string>>>;

/** A checksum that a mirror publishes for a file. */
export interface ChecksumClaim {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
  /** Base URL of the mirror that published it (display form, no credentials). */
  readonly mirror: string;
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /** Whether it came over verified https (or from a local file). */
  readonly secure: boolean;
  readonly source: 'sidecar' | 'header';
  /** The host and the address that answered: operators that speak from one place are one opinion. Empty for a local file. */
  readonly places: readonly string[];
}
