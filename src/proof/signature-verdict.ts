/** What verification concludes about the signatures of one file. */
import { type SignatureStatus, signatureStatuses } from '../base/words.js';

export { type SignatureStatus, signatureStatuses };

/** One signature packet of a signature file, judged by itself: whether it is good, not yet whether its signer is trusted. */
export interface SignatureFinding {
  readonly status: Extract<SignatureStatus, 'good' | 'bad' | 'unknown-key' | 'expired' | 'revoked' | 'weak' | 'malformed'>;
  /** Fingerprint of the primary key, upper-case hex; null where the key is not known. */
  readonly fingerprint: string | null;
  /** Fingerprint of the key that made it, which may be a subkey; where the key is not known, the issuer fingerprint that the signature claims, or null. */
  readonly signingKey: string | null;
  /** 16 upper-case hex digits, as the signature names its issuer; null where it names none. */
  readonly keyId: string | null;
  /** Primary user ID as it is written, NOT escaped; null where there is none. */
  readonly userId: string | null;
  /** Milliseconds since 1970. */
  readonly signedAtMs: number | null;
  /** `RSA 4096`, `Ed25519`, `ECDSA P-256`, …; null where the key is not known. */
  readonly algorithm: string | null;
  /** `SHA-256`, …; null where malformed. */
  readonly hash: string | null;
  /** One sentence that a person understands. Control characters are escaped. */
  readonly sentence: string;
  /** What is good to know beside a verdict: `the key has expired since`. Escaped. */
  readonly notes: readonly string[];
}

/** The verdict on a file: its best signature, with trust, coordinate and history taken into account. */
export interface SignatureVerdict extends Omit<SignatureFinding, 'status'> {
  readonly status: SignatureStatus;
}
