/**
 * What a verdict on a signature means for the file: the table of modes and verdicts. Pure.
 *
 * | verdict                                                       | if-present | require |
 * |---------------------------------------------------------------|------------|---------|
 * | good                                                          | proof      | proof   |
 * | missing, unknown-key, untrusted, expired                      | warn       | fail    |
 * | weak                                                          | warn       | fail    |
 * | bad, revoked, malformed, signer-changed, wrong-coordinate     | fail       | fail    |
 */
import { type SignatureMode, signatureModes, type TrustModelName, weakPolicies, type WeakPolicy } from '../base/words.js';
import type { SignatureStatus } from './signature-verdict.js';

export { type SignatureMode, signatureModes, type TrustModelName, weakPolicies, type WeakPolicy };

/** The part of the policy that signatures are judged by. */
export interface SignaturePolicy {
  readonly signatures: SignatureMode;
  readonly weak: WeakPolicy;
  /**
   * With `accept`: only signatures made up to then (milliseconds since 1970) are accepted; later ones are as with
   * `warn`. By the signature's own date, as the signer is believed about the rest too. Null sets no end.
   */
  readonly weakUntilMs: number | null;
  /** Fingerprints of primary keys, upper case. Null leaves it to the trust model; a list takes its place. */
  readonly signers: readonly string[] | null;
}

/** `proof`: it counts. `warn`: it proves nothing and forbids nothing. `fail`: the file is refused. `ignore`: not looked at. */
export type SignatureDecision = 'proof' | 'warn' | 'fail' | 'ignore';

/** What a verdict means. A weak signature that the policy accepts is `good` already. */
export function decideSignature(status: SignatureStatus, mode: SignatureMode, weak: WeakPolicy): SignatureDecision {
  if (mode === 'off') return 'ignore';
  switch (status) {
    case 'good':
      return 'proof';
    case 'bad':
    case 'revoked':
    case 'malformed':
    case 'signer-changed':
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

/** What a person can do about a verdict. */
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
    case 'wrong-coordinate':
      return 'A good signature on another artifact: somebody serves a file under a wrong name. Do not use it.';
    case 'bad':
    case 'revoked':
    case 'malformed':
      return 'Do not use that file. Its author, and who runs the repository, should know.';
    case 'good':
      return '';
  }
}
