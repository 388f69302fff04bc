/** Whose signature counts: the contract that `keyring`, `web-of-trust` and `key-map` fulfil. */
import type { SignedSubject } from '../signed-subject.js';
import type { Certificate } from './certificate/certificate.js';

export interface SignerTrust {
  readonly trusted: boolean;
  /** One sentence: why, or what is missing. Escaped. */
  readonly sentence: string;
}

export interface TrustModel {
  readonly name: 'keyring' | 'web-of-trust' | 'key-map';
  /**
   * Whether a good signature by this certificate's owner counts for the subject. Never throws for what keys hold.
   * @param signingKey fingerprint of the key that made it, upper case, where that is known: a key map may name a subkey
   */
  judge(signer: Certificate, subject: SignedSubject, signingKey?: string): Promise<SignerTrust>;
  /** Differs whenever a judgement may differ: part of the verification cache's key. */
  readonly identity: string;
}
