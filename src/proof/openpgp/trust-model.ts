/** The contract of the trust models `keyring`, `web-of-trust` and `key-map`: which signers are trusted. */
import type { SignedSubject } from '../signed-subject.js';
import type { Certificate } from './certificate/certificate.js';

export interface SignerTrust {
  readonly trusted: boolean;
  /** One sentence: the reason, or the missing condition. Escaped. */
  readonly sentence: string;
}

export interface TrustModel {
  readonly name: 'keyring' | 'web-of-trust' | 'key-map';
  /**
   * Whether a good signature by this certificate's owner is trusted for the subject. Never throws because of a key's content.
   * @param signingKey upper-case fingerprint of the key that made the signature, if known: a key map may list a subkey
   */
  judge(signer: Certificate, subject: SignedSubject, signingKey?: string): Promise<SignerTrust>;
  /** Changes whenever a judgement may change: part of the verification cache's key. */
  readonly identity: string;
}
