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

/** The subject of a hint. */
export interface HintSubject {
  readonly group: string;
  readonly artifact: string;
  /** Of the signer's key, or of the key that the signature names; null if unknown. */
  readonly fingerprint: string | null;
  /** The signers that a rule names for the group; null if the trust model decides. */
  readonly signers: SignaturePolicy['signers'];
  /** The files of the key maps that decide; empty under another trust model. */
  readonly keyMaps?: readonly string[] | undefined;
}

/** Returns a hint: what the user can do about a verdict. Empty for `good`. */
export function signatureHint(status: SignatureStatus, subject: HintSubject): string {
  const { group, artifact, fingerprint, signers } = subject;
  switch (status) {
    case 'missing':
    case 'unknown-key':
    case 'untrusted':
      if (signers !== null) return hintOfRule(status, { ...subject, signers });
      return subject.keyMaps?.[0] === undefined ? hintOfModel(status, subject) : hintOfKeyMap(status, subject, subject.keyMaps);
    case 'expired':
      return "Fetch the signer's renewed key, if there is one; ask its author for a new release otherwise.";
    case 'weak':
      return '--weak accept takes weak algorithms, as GnuPG does with SHA-1; "weakUntil" takes them up to a date.';
    case 'signer-changed':
      return `Ask its authors whether they changed their key. If they did: --accept-signer ${group}:${artifact}=${fingerprint ?? 'FINGERPRINT'}`;
    case 'signer-lost':
      return `Ask its authors why this release has no signature that counts. If they no longer sign: --accept-signer ${group}:${artifact}=none`;
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

/** Verdicts that other keys, or another choice of signers, would change. */
type OpenStatus = Extract<SignatureStatus, 'missing' | 'unknown-key' | 'untrusted'>;

const howToImport = 'gpg --import FILE, clojars-fetch keys import FILE, or --keyring FILE';

function hintOfModel(status: OpenStatus, { group, fingerprint }: HintSubject): string {
  switch (status) {
    case 'missing':
      return `If its author does not sign, make a rule for ${group} with "signatures": "if-present", or sign it yourself into a signature store.`;
    case 'unknown-key':
      return `Get the signer's key, make sure that it is theirs, and import it${fingerprint === null ? '' : ` (${fingerprint})`}: ${howToImport}.`;
    case 'untrusted':
      return `Certify the key if you know whose it is (gpg --sign-key${fingerprint === null ? '' : ` ${fingerprint}`}); --trust-model keyring trusts every key of your keyrings.`;
  }
}

/** Under a key map, neither certifying a key nor owning it helps: only a line of the map does. */
function hintOfKeyMap(status: OpenStatus, { group, artifact, fingerprint }: HintSubject, keyMaps: readonly string[]): string {
  const [first = ''] = keyMaps;
  const named = `The key ${keyMaps.length === 1 ? 'map is' : 'maps are'} ${keyMaps.join(', ')}`;
  const line = (right: string): string =>
    /\.(?:xml|json)$/.test(first) ? `an entry for ${group}` : `the line '${group}:${artifact} = ${right}'`;
  switch (status) {
    case 'missing':
      return `${named}. If its author does not sign, allow that there with ${line('noSig')}, or sign it yourself into a signature store.`;
    case 'unknown-key':
      return `${named}. If a listed key made the signature, import that key: ${howToImport}.`;
    case 'untrusted':
      return `${named}. If ${fingerprint ?? 'this signer'} may sign it, add ${line(`0x${fingerprint ?? 'FINGERPRINT'}`)} there.`;
  }
}

/** The `signers` of a rule replace the trust model, so neither certifying a key nor another model would help. */
function hintOfRule(status: OpenStatus, { group, fingerprint, signers }: HintSubject & { readonly signers: readonly string[] }): string {
  const shown = signers.length > 3 ? `${signers.slice(0, 3).join(', ')} and ${signers.length - 3} more` : signers.join(', ');
  const named = signers.length === 0 ? `The rule for ${group} names no signers` : `The rule for ${group} names the signers ${shown}`;
  switch (status) {
    case 'missing':
      return `${named}. If its author does not sign, set "signatures": "if-present" in that rule, or sign it yourself into a signature store with a key that the rule names.`;
    case 'unknown-key':
      return `${named}. If one of them made the signature, import that key: ${howToImport}.`;
    case 'untrusted':
      return `${named}. If ${fingerprint ?? 'this signer'} may sign as well, add the fingerprint to the "signers" of that rule.`;
  }
}
