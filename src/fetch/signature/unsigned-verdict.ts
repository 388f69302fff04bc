import type { SignatureVerdict } from '../../proof/signature-verdict.js';

/** Makes the verdict on a file without a signature. */
export function unsignedVerdict(sentence: string): SignatureVerdict {
  return {
    status: 'missing',
    fingerprint: null,
    signingKey: null,
    keyId: null,
    userId: null,
    signedAtMs: null,
    algorithm: null,
    hash: null,
    sentence,
    notes: [],
  };
}
