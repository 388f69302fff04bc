/** Whether a file is the pinned one, and how pins show among its proofs. */
import type { Pin } from './evidence.js';

/** Whether the file's digest, of the pin's algorithm, is one that the pin allows. */
export function fitsPin({ value, alternatives = [] }: Pick<Pin, 'value' | 'alternatives'>, digest: string | undefined): boolean {
  return digest !== undefined && (digest === value.toLowerCase() || alternatives.includes(digest));
}

/** `pinned:sha256`; of a lockfile's pin with the level at locking, `pinned:sha256:origin`: a pin makes no weak start strong. */
export function formatPinProof({ algorithm, lockedLevel }: Pin): string {
  return `pinned:${algorithm}${lockedLevel === undefined ? '' : `:${lockedLevel}`}`;
}

/** Whether a proof is a lockfile's pin. */
export function isLockProof(proof: string): boolean {
  return /^pinned:[a-z0-9]+:/.test(proof);
}
