/** How pins show among the proofs of a file. */
import type { Pin } from './evidence.js';

/** `pinned:sha256`; of a lockfile's pin with the level at locking, `pinned:sha256:origin`: a pin makes no weak start strong. */
export function formatPinProof({ algorithm, lockedLevel }: Pin): string {
  return `pinned:${algorithm}${lockedLevel === undefined ? '' : `:${lockedLevel}`}`;
}

/** Whether a proof is a lockfile's pin. */
export function isLockProof(proof: string): boolean {
  return /^pinned:[a-z0-9]+:/.test(proof);
}
