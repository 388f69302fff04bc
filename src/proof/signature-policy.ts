/**
 * Decides what a verdict on a signature means for its file, by this table of modes and verdicts. Pure.
 *
 * | verdict                                                       | if-present | require |
 * |---------------------------------------------------------------|------------|---------|
 * | good                                                          | proof      | proof   |
 * | missing, unknown-key, untrusted, expired                      | warn       | fail    |
 * | weak                                                          | warn       | fail    |
 * | bad, revoked, malformed, signer-changed, signer-lost,         |            |         |
 * | wrong-coordinate                                              | fail       | fail    |
 */
import { type SignatureMode, signatureModes, type TrustModelName, weakPolicies, type WeakPolicy } from '../base/words.js';
import type { SignatureStatus } from './signature-verdict.js';

export { type SignatureMode, signatureModes, type TrustModelName, weakPolicies, type WeakPolicy };

/** The part of the trust policy that signatures are judged by. */
export interface SignaturePolicy {
  /** Whether signatures are checked. Default: `off`. */
  readonly signatures: SignatureMode;
  /** How to treat signatures made with weak algorithms. Default: `warn`. */
  readonly weak: WeakPolicy;
  /**
   * With `weak: 'accept'`: the end of that acceptance, in milliseconds since 1970. Later weak signatures are treated as
   * with `warn`. The signature's own date counts. Null (the default) sets no end.
   */
  readonly weakUntilMs: number | null;
  /** Fingerprints of trusted primary keys, upper-case hex; they replace the trust model. Null (the default): ask the model. */
  readonly signers: readonly string[] | null;
}

/** `proof`: raises the file to `signed`. `warn`: no proof, but the file is accepted. `fail`: refuses the file. `ignore`: not checked. */
export type SignatureDecision = 'proof' | 'warn' | 'fail' | 'ignore';

/** Looks a verdict up in the table. Weak signatures that the policy accepts arrive here as `good`. */
export function decideSignature(status: SignatureStatus, mode: SignatureMode, weak: WeakPolicy): SignatureDecision {
  if (mode === 'off') return 'ignore';
  switch (status) {
    case 'good':
      return 'proof';
    case 'bad':
    case 'revoked':
    case 'malformed':
    case 'signer-changed':
    case 'signer-lost':
    case 'wrong-coordinate':
      return 'fail';
    case 'weak':
      return mode === 'require' || weak === 'fail' ? 'fail' : 'warn';
    case 'missing':
    case 'unknown-key':
    case 'untrusted':
    case 'expired':
      return mode === 'require' ? 'fail' : 'warn';
  }
}

/** Returns a hint: what the user can do about a verdict. Empty for `good`. */
export function signatureHint(
  status: SignatureStatus,
  subject: { readonly group: string; readonly artifact: string },
  fingerprint: string | null,
): string {
  const own = `${subject.group}:${subject.artifact}`;
  switch (status) {
    case 'missing':
      return `If its author does not sign, make a rule for ${subject.group} with "signatures": "if-present", or sign it yourself into a signature store.`;
    case 'unknown-key':
      return `Get the signer's key, make sure that it is theirs, and import it${fingerprint === null ? '' : ` (${fingerprint})`}: gpg --import FILE, clojars-fetch keys import FILE, or --keyring FILE.`;
    case 'untrusted':
      return `Certify the key if you know whose it is (gpg --sign-key${fingerprint === null ? '' : ` ${fingerprint}`}); --trust-model keyring trusts every key of your keyrings.`;
    case 'expired':
      return "Fetch the signer's renewed key, if there is one; ask its author for a new release otherwise.";
    case 'weak':
      return '--weak accept takes weak algorithms, as GnuPG does with SHA-1; "weakUntil" takes them up to a date.';
    case 'signer-changed':
      return `Ask its authors whether they changed their key. If they did: --accept-signer ${own}=${fingerprint ?? 'FINGERPRINT'}`;
    case 'signer-lost':
      return `Ask its authors why this release has no signature that counts. If they no longer sign: --accept-signer ${own}=none`;
    case 'wrong-coordinate':
      return 'The signature is good, but on another artifact: the file is served under a wrong name. Do not use it.';
    case 'bad':
    case 'revoked':
    case 'malformed':
      return 'Do not use that file. Tell its author and the operator of the repository.';
    case 'good':
      return '';
  }
}
