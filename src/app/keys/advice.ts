/** Advises what to do so that signatures by certain keys count, with commands that can be copied. */
import type { CertificateSource } from '../../proof/openpgp/certificate/certificate-source.js';
import type { TrustModelName } from '../../proof/signature-policy.js';

export interface AdviceInput {
  readonly model: TrustModelName;
  /** Whether trust can start anywhere in the web of trust; see {@link hasOwnKey}. */
  readonly hasOwnKey: boolean;
  /** Fingerprints of known keys that do not count, each with an artifact that it signed. */
  readonly untrusted: readonly { readonly fingerprint: string; readonly artifact?: string | undefined }[];
  /** Fingerprints or key IDs of keys that no keyring has. */
  readonly missing: readonly string[];
}

/** Returns whole sentences, the first step first; empty if nothing needs to be done. */
export function adviseOnKeys({ model, hasOwnKey, untrusted, missing }: AdviceInput): readonly string[] {
  const [unknown] = missing;
  const [first] = untrusted;
  return [
    ...(unknown === undefined ? [] : [`Look up a missing key with 'clojars-fetch keys fetch ${unknown}'.`]),
    ...(first === undefined || model === 'keyring' ? [] : adviseOnTrust(model, hasOwnKey, first)),
  ];
}

function adviseOnTrust(
  model: TrustModelName,
  hasOwnKey: boolean,
  { fingerprint, artifact = 'GROUP' }: AdviceInput['untrusted'][number],
): readonly string[] {
  const line = `'${artifact} = 0x${fingerprint}'`;
  if (model === 'key-map')
    return [`Compare each fingerprint with one that its owner publishes, then add a line to the key map, such as ${line}.`];
  if (hasOwnKey) return [`Certify a key that you have checked with 'gpg --lsign-key ${fingerprint}', and import it again.`];
  return [
    "No key in the keyrings is marked as yours, so the web of trust makes no other key valid. If one is yours, run 'clojars-fetch keys trust FINGERPRINT ultimate'.",
    `Without a key of your own, compare each fingerprint with one that its owner publishes, write a key map with lines such as ${line}, and give it with '--key-map FILE'.`,
    "Or collect the keys that you accept in one file or folder, and run with '--trust-model keyring --keyring PATH': then every key in it counts.",
  ];
}

/** Whether a key in the keyrings has ultimate ownertrust. */
export async function hasOwnKey(source: CertificateSource): Promise<boolean> {
  for (const [fingerprint, trust] of await source.ownertrust()) {
    if (trust === 'ultimate' && (await source.find(fingerprint)).length > 0) return true;
  }
  return false;
}
