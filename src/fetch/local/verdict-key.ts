/** Keys of the verification cache: a remembered verdict counts only under the policy that produced it. */
import { checksumPolicyDigest, policyDigest } from '../../proof/policy.js';
import type { Trust } from '../context.js';
import type { WantedFile } from '../wanted-file.js';

/**
 * Returns the key of a complete verdict: the policy of the file's group and, if signatures are checked, the keyrings and the trust model,
 * which costs a few stats once.
 */
export async function verdictKey({ signatures }: Trust, { policy }: Pick<WantedFile, 'policy'>): Promise<string> {
  return policyDigest(policy, policy.signatures === 'off' ? '' : await signatures.identity());
}

/**
 * Returns the key of the proofs without the signature: the policy for checksums alone, so that a change of keys or of the trust model
 * leaves those proofs valid. Equal to {@link verdictKey} if signatures are not checked.
 */
export function checksumKey({ policy }: Pick<WantedFile, 'policy'>): string {
  return checksumPolicyDigest(policy);
}
