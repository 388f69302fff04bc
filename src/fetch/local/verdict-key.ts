/** What a remembered verdict depends on besides the file. */
import { policyDigest, policyFor } from '../../proof/policy.js';
import type { Context } from '../context.js';

/** The policy of a group; where signatures are looked at, the keyrings and the trust model too, which costs some stats once. */
export async function verdictKey(context: Context, group: string): Promise<string> {
  const policy = policyFor(context.policy, group);
  return policyDigest(policy, policy.signatures === 'off' ? '' : await context.signatures.identity());
}
