/** What a remembered verdict depends on besides the file. */
import { policyDigest } from '../../proof/policy.js';
import type { Trust } from '../context.js';
import type { WantedFile } from '../wanted-file.js';

/** The policy of the file's group; if signatures are checked, the keyrings and the trust model too, which costs a few stats once. */
export async function verdictKey({ signatures }: Trust, { policy }: Pick<WantedFile, 'policy'>): Promise<string> {
  return policyDigest(policy, policy.signatures === 'off' ? '' : await signatures.identity());
}
