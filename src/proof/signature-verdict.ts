/** Verdicts on the signatures of one file. */
import { type SignatureStatus, signatureStatuses } from '../base/words.js';

export { type SignatureStatus, signatureStatuses };

/** One signature packet, judged by itself: whether it is good. Trust in its signer is decided later. */
export interface SignatureFinding {
  readonly status: Extract<SignatureStatus, 'good' | 'bad' | 'unknown-key' | 'expired' | 'revoked' | 'weak' | 'malformed'>;
  /** Fingerprint of the primary key, upper-case hex; null if the key is unknown. */
  readonly fingerprint: string | null;
  /** Fingerprint of the key that made it, which may be a subkey; if the key is unknown, the issuer fingerprint that the signature names, or null. */
  readonly signingKey: string | null;
  /** 16 upper-case hex digits, as the signature names its issuer; null if it names none. */
  readonly keyId: string | null;
  /** Primary user ID as it is written, NOT escaped; null if the key is unknown or has none. */
  readonly userId: string | null;
  /** Milliseconds since 1970. */
  readonly signedAtMs: number | null;
  /** `RSA 4096`, `Ed25519`, `ECDSA P-256`, …; null if the key is unknown. */
  readonly algorithm: string | null;
  /** `SHA-256`, …; null if malformed. */
  readonly hash: string | null;
  /** One sentence for the user. Control characters are escaped. */
  readonly sentence: string;
  /** Additional remarks, such as `the key has expired since`. Escaped. */
  readonly notes: readonly string[];
}

/** The verdict on a file: its best signature, with trust, coordinate and history taken into account. */
export interface SignatureVerdict extends Omit<SignatureFinding, 'status'> {
  readonly status: SignatureStatus;
}
